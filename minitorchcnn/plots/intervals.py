"""How far a mean of a few runs can be trusted, without loading a statistics library."""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.errors import DataError

#: 97.5 % points of Student's t for 1, 2, ... degrees of freedom.
SMALL = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)

#: 97.5 % point of the normal distribution.
NORMAL = 1.959964


def half_width(values: Array, axis: int = 0) -> Array:
    """Return the half-width of the 95 % confidence interval of the mean, by Student's t.

    Parameters
    ----------
    values : array_like
        Independent runs along `axis`.
    axis : int

    Returns
    -------
    ndarray
        Without `axis`; NaN where there is only one run, because one run says nothing about
        the spread.

    Raises
    ------
    DataError
        If there is no run at all.

    Examples
    --------
    >>> runs = [0.97, 0.98, 0.96, 0.98, 0.97]
    >>> print(f"{np.mean(runs):.3f} +- {half_width(runs):.3f}")
    0.972 +- 0.010
    """
    runs = np.asarray(values, dtype=np.float64)
    n = runs.shape[axis]
    if n == 0:
        raise DataError("half_width needs at least one run, got none.")
    if n == 1:
        return np.full(runs.mean(axis=axis).shape, np.nan)
    return np.asarray(_t(n - 1) * runs.std(axis=axis, ddof=1) / math.sqrt(n))


def _t(degrees: int) -> float:
    """Return the 97.5 % point of Student's t, to 4 decimals."""
    if degrees <= len(SMALL):
        return SMALL[degrees - 1]
    z = NORMAL
    # Cornish-Fisher: t = z + (z^3 + z) / 4d + (5 z^5 + 16 z^3 + 3 z) / 96 d^2 + ... / 384 d^3
    first = (z**3 + z) / (4 * degrees)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    return z + first + second + third
