"""The data sets of the experiments, cut in the same way for every arm of a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from minitorchcnn import datasets
from minitorchcnn.laboratory import pictures

#: The two that are digits, and how they are called in tables.
DIGITS = {
    "synthetic": "Synthetic digits, 28 x 28 pixels",
    "handwriting": "Real handwriting, 8 x 8 pixels",
}
TITLES = {
    **DIGITS,
    "textures": "Textures, 16 x 16 pixels",
    "faces": "Faces and backgrounds, 25 x 25 pixels",
}

_TEN = tuple(str(digit) for digit in range(10))
#: What the labels 0, 1, ... of each data set mean.
CLASS_NAMES = {
    "synthetic": _TEN,
    "handwriting": _TEN,
    "textures": pictures.TEXTURES,
    "faces": pictures.FACES,
}


@dataclass(frozen=True)
class ImageSet:
    """Training and test images of one seed.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (N, 1, height, width), float32 in [-1, 1]
    y_train, y_test : ndarray, shape (N,), int64
        The classes. In the training part they take turns (0, 1, ..., 9, 0, ...) as long as they
        last, so that its first k images are a fair small set, and a part of its first k + 1.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def classes(self) -> int:
        """Return how many classes there are."""
        return int(self.y_train.max()) + 1


@lru_cache(maxsize=2)
def image_set(name: str, seed: int, train: int, test: int) -> ImageSet:
    """Return a data set as a seed cuts it; the last two are remembered.

    Parameters
    ----------
    name : "synthetic", "handwriting", "textures" or "faces"
    seed : int
        Another seed draws other synthetic images, cuts other pieces of texture, or splits the
        handwriting and the faces differently.
    train, test : int
        Numbers of synthetic images, and at the most of pieces of texture (`most_pieces`). The
        handwriting is always split 80/20 and the faces 50/50, in proportion for every class.

    Returns
    -------
    ImageSet
    """
    if name == "synthetic":
        # Two streams of one seed: no imaginary writer is in both parts.
        x_train, y_train = datasets.synthetic_digits(train, seed=np.random.default_rng([seed, 0]))
        x_test, y_test = datasets.synthetic_digits(test, seed=np.random.default_rng([seed, 1]))
    elif name == "handwriting":
        x, y = datasets.handwriting()
        x_train, y_train, x_test, y_test = datasets.stratified_split(x, y, 0.2, seed)
    elif name == "textures":
        x_train, y_train, x_test, y_test = pictures.textures(seed, *most_pieces(train, test))
    else:
        x_train, y_train, x_test, y_test = pictures.faces(seed)
    turns = _taking_turns(y_train)
    return ImageSet(x_train[turns], y_train[turns], x_test, y_test)


def most_pieces(train: int, test: int) -> tuple[int, int]:
    """Return how many pieces are cut: a half of 256 x 512 pixels holds 512 side by side."""
    return min(train, 1500), min(test, 900)


def _taking_turns(labels: np.ndarray) -> np.ndarray:
    """Return the order (N,) in which the first of every class come first, then the second, ..."""
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    return np.lexsort((labels, turn))
