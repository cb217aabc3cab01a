"""Element-wise functions: without them a stack of linear layers would be one linear layer."""

from __future__ import annotations

import numpy as np

from minitorchcnn.types import Array


def relu(x: Array) -> tuple[Array, Array]:
    """Return ``max(x, 0)``, any shape; saved is y."""
    # NumPy compares two arrays several times faster than an array and a number
    y = np.maximum(x, np.zeros(x.shape[1:], x.dtype))
    return y, y


def relu_backward(grad_y: Array, saved: Array) -> Array:
    """Return ``grad_x = grad_y where y > 0, else 0``; the slope at x = 0 is taken as 0."""
    # as numbers: NumPy multiplies mixed types in slow small pieces
    grad_x = (saved > 0).astype(saved.dtype, order="C")
    grad_x *= grad_y
    return grad_x


def leaky_relu(x: Array, slope: float) -> tuple[Array, Array]:
    """Return ``x where x > 0, else slope * x``, any shape; saved is x."""
    return np.where(x > 0, x, x * slope), x


def leaky_relu_backward(grad_y: Array, saved: Array, slope: float) -> Array:
    """Return ``grad_x = grad_y where x > 0, else slope * grad_y``; at x = 0 it is `slope`."""
    return np.where(saved > 0, grad_y, grad_y * slope)


def sigmoid(x: Array) -> tuple[Array, Array]:
    """Return ``1 / (1 + exp(-x))``, any shape, without overflow; saved is y."""
    decay = np.exp(-np.abs(x))  # in (0, 1], so that nothing overflows on either side
    y = np.where(x >= 0, 1, decay) / (1 + decay)
    return y, y


def sigmoid_backward(grad_y: Array, saved: Array) -> Array:
    """Return ``grad_x = grad_y * y * (1 - y)``."""
    return np.asarray(grad_y * saved * (1 - saved))


def tanh(x: Array) -> tuple[Array, Array]:
    """Return ``tanh(x)``, any shape; saved is y."""
    y = np.tanh(x)
    return y, y


def tanh_backward(grad_y: Array, saved: Array) -> Array:
    """Return ``grad_x = grad_y * (1 - y^2)``."""
    return np.asarray(grad_y * (1 - saved * saved))


def dropout(x: Array, rate: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return x with a random share `rate` set to 0 and the rest divided by ``1 - rate``.

    Parameters
    ----------
    x : ndarray, any shape
    rate : float
        In [0, 1).
    rng : numpy.random.Generator

    Returns
    -------
    y : ndarray, shape and dtype of x; its expectation is x
    saved : ndarray, shape of x
        The factors: 0 or ``1 / (1 - rate)``.
    """
    factors = (rng.random(x.shape, dtype=x.dtype) >= rate) / x.dtype.type(1 - rate)
    return x * factors, factors


def dropout_backward(grad_y: Array, saved: Array) -> Array:
    """Return ``grad_x = grad_y * factors``."""
    return grad_y * saved
