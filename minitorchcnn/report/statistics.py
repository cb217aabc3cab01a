"""Statistics of results: 95 % confidence intervals and confusion matrices.

Without its interval a difference may be chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from minitorchcnn.errors import DataError


@dataclass(frozen=True)
class Interval:
    """A mean and the range that holds the true one in 95 of 100 repetitions.

    Attributes
    ----------
    mean, low, high : float
        In the unit of the values; low and high are infinite for a single value.
    """

    mean: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """False when there was one value only, which says nothing of chance."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def half_width(values: npt.ArrayLike, axis: int = 0) -> npt.NDArray[np.float64]:
    """Return the half-width of the 95 % confidence interval of the mean, by Student's t.

    Parameters
    ----------
    values : array_like
        Independent runs along `axis`.

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
    from scipy import stats  # slow to import, and seldom needed

    runs = np.asarray(values, dtype=np.float64)
    n = runs.shape[axis]
    if n == 0:
        raise DataError("half_width needs at least one run, got none.")
    if n == 1:
        return np.full(runs.mean(axis=axis).shape, np.nan)
    return np.asarray(stats.t.ppf(0.975, n - 1) * runs.std(axis=axis, ddof=1) / math.sqrt(n))


def interval(values: Sequence[float]) -> Interval:
    """Return mean and 95 % t-interval of independent values.

    Parameters
    ----------
    values : sequence of float
        At least one; for a paired comparison, the differences.

    Examples
    --------
    >>> interval([0.9, 0.8, 1.0])
    Interval(mean=0.9, low=0.6515..., high=1.1484...)
    """
    mean = math.fsum(values) / len(values)
    half = float(half_width(values)) if len(values) > 1 else math.inf
    return Interval(mean, mean - half, mean + half)


def paired(values: Sequence[float], others: Sequence[float]) -> Interval:
    """Return the interval of values - others, seed by seed: what both share cancels."""
    return interval([value - other for value, other in zip(values, others, strict=True)])


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share that was found with so many images.

    It stays inside [0, 1] near its ends.

    Parameters
    ----------
    share : float
        In [0, 1]; a mean over several networks need not be a whole number of images.
    count : int
        Images.

    Examples
    --------
    >>> low, high = wilson(0.5, 100)
    >>> round(low, 3), round(high, 3)
    (0.404, 0.596)
    """
    from scipy import stats

    below, rest = divmod(share * count, 1)
    # scipy takes whole numbers: go between the two next to the share
    limits = [
        stats.binomtest(hits, count).proportion_ci(method="wilson")
        for hits in (int(below), min(int(below) + 1, count))
    ]
    low, high = ((1 - rest) * one + rest * other for one, other in zip(*limits, strict=True))
    return float(low), float(high)


def confusion_matrix(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, classes: int
) -> npt.NDArray[np.int64]:
    """Count how often each class is taken for each other one.

    Parameters
    ----------
    labels, predicted : array_like of int, shape (N,)

    Returns
    -------
    ndarray, shape (classes, classes)
        Rows are the true classes.
    """
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (np.asarray(labels), np.asarray(predicted)), 1)
    return matrix


def percent(value: float) -> str:
    """Return a share as percent: 0.8312 gives '83.1'."""
    return f"{100 * value:.1f}"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, signed: 0.071 gives '+7.1'."""
    return f"{100 * value:+.1f}"


def percent_range(found: Interval) -> str:
    """Return the limits of a share in percent, or a dash where one seed gives none."""
    return f"{percent(found.low)} .. {percent(found.high)}" if found.known else "-"


def points_range(found: Interval) -> str:
    """Return the limits of a difference in points, or a dash where one seed gives none."""
    return f"{points(found.low)} .. {points(found.high)}" if found.known else "-"
