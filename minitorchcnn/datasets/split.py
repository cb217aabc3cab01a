"""Training and test parts that both hold every class, so that a test score means every class."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import DataError
from minitorchcnn.types import Array, Samples, StoredArray, Subset


def stratified_split(
    x: Samples, y: Array, fraction: float = 0.2, seed: int | np.random.Generator = 0
) -> tuple[Any, Array, Any, Array]:
    """Split samples into two parts, every class in proportion.

    Parameters
    ----------
    x : ndarray or StoredArray, shape (N, ...)
        Samples.
    y : ndarray, shape (N,)
        Class of each sample.
    fraction : float, default 0.2
        Share of each class that goes to the test part, above 0 and below 1. The count is rounded
        to the nearest, but at least one sample of each class goes to either part.
    seed : int or numpy.random.Generator, default 0
        Which samples, and their order.

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarrays
        Copies in shuffled order; together every sample once. Parts of a stored x are stored.

    Raises
    ------
    DataError
        If there are no samples, the lengths differ, y is not flat, a class has a single sample,
        or fraction is out of its range.

    Examples
    --------
    >>> from minitorchcnn import datasets
    >>> x, y = datasets.handwriting()
    >>> x_train, y_train, x_test, y_test = datasets.stratified_split(x, y, fraction=0.2)
    >>> len(x_train), len(x_test)
    (1438, 359)
    """
    x, y = x if isinstance(x, StoredArray) else np.asarray(x), np.asarray(y)
    _check_samples(x, y)
    # Written so that NaN fails.
    if not 0 < fraction < 1:
        raise DataError(
            f"fraction is {fraction!r}, expected a number above 0 and below 1: the share of each "
            f"class in the test part, such as 0.2."
        )
    classes, class_of, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        raise DataError(
            f"class {classes[counts.argmin()]} has 1 sample, expected 2 or more: a split needs one "
            f"for each part. Leave the class out or add samples."
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    in_test = np.zeros(len(y), dtype=bool)
    for label, count in enumerate(counts.tolist()):
        share = min(max(int(fraction * count + 0.5), 1), count - 1)
        # The order is random already: the first few of a class are a random few.
        in_test[np.flatnonzero(class_of[order] == label)[:share]] = True
    train, test = order[~in_test], order[in_test]
    if isinstance(x, StoredArray):
        return Subset(x, train), y[train], Subset(x, test), y[test]
    return x[train], y[train], x[test], y[test]


def _check_samples(x: Samples, y: Array) -> None:
    if y.ndim != 1:
        raise DataError(
            f"y has shape {y.shape}, expected (N,): one class for each sample. "
            f"Turn one-hot rows into classes by y.argmax(axis=1)."
        )
    if x.ndim == 0 or len(x) != len(y):
        samples = "no axis of samples" if x.ndim == 0 else f"{len(x)} samples"
        raise DataError(f"x has {samples} and y {len(y)} labels, expected one label per sample.")
    if len(y) == 0:
        raise DataError(f"x of shape {x.shape} has 0 samples, expected 2 or more of each class.")
