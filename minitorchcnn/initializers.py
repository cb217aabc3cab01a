"""First values of weights: how large random weights must be so that signals keep their scale."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.types import Array, Shape

Initializer = Callable[[Shape, "np.random.Generator"], Array]  # quoted: loads nothing


def _fans(shape: Shape) -> tuple[int, int]:
    """Return how many inputs feed one output, and how many outputs one input feeds."""
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def he_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Return normal values of variance 2 / fan_in: keeps the scale through ReLU layers.

    Parameters
    ----------
    shape : tuple of int
        (filters, channels // groups, kernel_height, kernel_width) or (units, features).
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, float64; layers convert it to their dtype.

    References
    ----------
    He, Zhang, Ren and Sun, Delving Deep into Rectifiers, 2015, eq. (10).
    """
    return rng.normal(0.0, math.sqrt(2.0 / _fans(shape)[0]), shape)


def glorot_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Return uniform values in +-sqrt(6 / (fan_in + fan_out)): suits tanh and sigmoid layers.

    Parameters and return value as in `he_normal`.

    References
    ----------
    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010, eq. (16).
    """
    limit = math.sqrt(6.0 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Return normal values of standard deviation 0.05, whatever the shape."""
    return rng.normal(0.0, 0.05, shape)


def zeros(shape: Shape, rng: np.random.Generator) -> Array:
    """Return zeros. As weights of a hidden layer they do not train; see the experiments."""
    return np.zeros(shape)


NAMED: dict[str, Initializer] = {
    "he_normal": he_normal,
    "glorot_uniform": glorot_uniform,
    "normal": normal,
    "zeros": zeros,
}


def get(initializer: str | Initializer) -> Initializer:
    """Return the initializer of a name, or the callable itself.

    Raises
    ------
    ArgumentError
        If the name is unknown; the message lists the names.
    """
    if callable(initializer):
        return initializer
    if not isinstance(initializer, str) or initializer not in NAMED:
        raise ArgumentError(
            f"initializer {initializer!r} is unknown: use one of {', '.join(sorted(NAMED))}, "
            f"or a function (shape, rng) -> array."
        )
    return NAMED[initializer]
