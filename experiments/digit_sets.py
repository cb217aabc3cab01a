"""The two data sets of the experiments, cut in the same way for every arm of a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from minitorchcnn import datasets

TITLES = {
    "synthetic": "Synthetic digits, 28 x 28 pixels",
    "handwriting": "Real handwriting, 8 x 8 pixels",
}


@dataclass(frozen=True)
class DigitSet:
    """Training and test images of one seed.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (N, 1, height, width), float32 in [-1, 1]
    y_train, y_test : ndarray, shape (N,), int64
        The digits. In the training part they take turns (0, 1, ..., 9, 0, ...) as long as
        they last, so that its first k images are a fair small set, and a part of its first k + 1.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@lru_cache(maxsize=2)
def digit_set(name: str, seed: int, train: int, test: int) -> DigitSet:
    """Return a data set as a seed cuts it; the last two are remembered.

    Parameters
    ----------
    name : "synthetic" or "handwriting"
    seed : int
        Another seed draws other synthetic images, or splits the handwriting differently.
    train, test : int
        Numbers of synthetic images. The handwriting is always split 80/20, in proportion for
        every class.

    Returns
    -------
    DigitSet
    """
    if name == "synthetic":
        # Two streams of one seed: no imaginary writer is in both parts.
        x_train, y_train = datasets.synthetic_digits(train, seed=np.random.default_rng([seed, 0]))
        x_test, y_test = datasets.synthetic_digits(test, seed=np.random.default_rng([seed, 1]))
    else:
        x, y = datasets.handwriting()
        x_train, y_train, x_test, y_test = datasets.stratified_split(x, y, 0.2, seed)
    turns = _taking_turns(y_train)
    return DigitSet(x_train[turns], y_train[turns], x_test, y_test)


def _taking_turns(labels: np.ndarray) -> np.ndarray:
    """Return the order (N,) in which the first of every class come first, then the second, ..."""
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    return np.lexsort((labels, turn))
