"""Batch normalization: gives every channel mean 0 and variance 1 over the batch."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minitorchcnn.types import Array


class SavedBatchNorm(NamedTuple):
    """What `batch_norm_backward` needs."""

    normalized: Array
    weight: Array
    inverse_deviation: Array
    batch_statistics: bool


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Return each channel's mean and (biased) variance over the batch and the image.

    Parameters
    ----------
    x : ndarray, shape (N, C) or (N, C, H, W)

    Returns
    -------
    mean, variance : ndarray, shape (C,), dtype of x
    """
    axes = _all_but_channels(x)
    return x.mean(axis=axes), x.var(axis=axes)


def batch_norm(
    x: Array,
    weight: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    *,
    epsilon: float,
    batch_statistics: bool,
) -> tuple[Array, SavedBatchNorm]:
    """Return ``weight * (x - mean) / sqrt(variance + epsilon) + bias``, channel by channel.

    Parameters
    ----------
    x : ndarray, shape (N, C) or (N, C, H, W)
    weight, bias, mean, variance : ndarray, shape (C,)
    epsilon : float
        Keeps a constant channel from dividing by zero.
    batch_statistics : bool
        True if mean and variance were computed from this x, so that the gradient must flow
        through them; False if they are constants.

    Returns
    -------
    y : ndarray, shape and dtype of x
    saved : SavedBatchNorm

    References
    ----------
    Ioffe and Szegedy, Batch Normalization, 2015, algorithm 1.
    """
    inverse_deviation = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    normalized = (x - _along(mean, x)) * _along(inverse_deviation, x)
    y = normalized * _along(weight, x) + _along(bias, x)
    return y, SavedBatchNorm(normalized, weight, inverse_deviation, batch_statistics)


def batch_norm_backward(grad_y: Array, saved: SavedBatchNorm) -> tuple[Array, Array, Array]:
    """Return the gradients of `batch_norm` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape of y
    saved : SavedBatchNorm

    Returns
    -------
    grad_x : ndarray, shape of x
    grad_weight, grad_bias : ndarray, shape (C,)
    """
    normalized, weight, inverse_deviation, from_batch = saved
    axes = _all_but_channels(grad_y)
    # grad_weight = sum grad_y * normalized, grad_bias = sum grad_y
    grad_weight, grad_bias = (grad_y * normalized).sum(axis=axes), grad_y.sum(axis=axes)
    grad_x = grad_y
    if from_batch:
        # what the mean and the variance take away:
        # grad_y - (grad_bias + normalized * grad_weight) / m
        m = math.prod(grad_y.shape[axis] for axis in axes)
        grad_x = grad_y - (_along(grad_bias, grad_y) + normalized * _along(grad_weight, grad_y)) / m
    return grad_x * _along(weight * inverse_deviation, grad_y), grad_weight, grad_bias


def _all_but_channels(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _along(values: Array, x: Array) -> Array:
    """Shape per-channel values (C,) so that they broadcast against x."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))
