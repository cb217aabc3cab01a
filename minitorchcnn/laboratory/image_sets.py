"""The image data sets of the experiments, cut in the same way for every variant of a seed.

Digits are our own; photographs (textures and faces) are read from the installed scikit-image:
nothing is copied into this package, nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import FormatError, datasets

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

#: What they can be called for together.
CHOICES = {"all": tuple(TITLES), "both": tuple(DIGITS), **{name: (name,) for name in TITLES}}

_TEN = tuple(str(digit) for digit in range(10))
_TEXTURES = ("brick", "grass", "gravel")
#: What the labels 0, 1, ... of each data set mean.
CLASS_NAMES = {
    "synthetic": _TEN,
    "handwriting": _TEN,
    "textures": _TEXTURES,
    "faces": ("no face", "face"),
}

#: Height and width of a piece of texture, in pixels.
_PIECE = 16

_Images = NDArray[np.float32]
_Labels = NDArray[np.int64]


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
def load_image_set(name: str, seed: int, train: int, test: int) -> ImageSet:
    """Return a data set as a seed cuts it; the last two are remembered.

    Parameters
    ----------
    name : "synthetic", "handwriting", "textures" or "faces"
    seed : int
        Another seed draws other synthetic images, cuts other pieces of texture, or splits the
        handwriting and the faces differently.
    train, test : int
        Numbers of synthetic images, and at the most of pieces of texture (1,500 and 900).
        The handwriting is always split 80/20 and the faces 50/50, in proportion for every class.
    """
    if name == "synthetic":
        # Two streams of one seed: no imaginary writer is in both parts.
        x_train, y_train = datasets.synthetic_digits(train, seed=np.random.default_rng([seed, 0]))
        x_test, y_test = datasets.synthetic_digits(test, seed=np.random.default_rng([seed, 1]))
    elif name == "handwriting":
        x, y = datasets.handwriting()
        x_train, y_train, x_test, y_test = datasets.stratified_split(x, y, 0.2, seed)
    elif name == "textures":
        # a half of 256 x 512 pixels holds 512 pieces side by side
        x_train, y_train, x_test, y_test = cut_textures(seed, min(train, 1500), min(test, 900))
    else:
        x_train, y_train, x_test, y_test = split_faces(seed)
    turns = _take_turns(y_train)
    return ImageSet(x_train[turns], y_train[turns], x_test, y_test)


def _take_turns(labels: np.ndarray) -> np.ndarray:
    """Return the order (N,) in which the first of every class come first, then the second, ..."""
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    return np.lexsort((labels, turn))


def cut_textures(seed: int, train: int, test: int) -> tuple[_Images, _Labels, _Images, _Labels]:
    """Cut pieces out of a brick wall, grass and gravel.

    Training pieces lie in the left halves of the photographs and test pieces in the right ones,
    so no pixel is in both. Every piece has mean 0 and standard deviation 1/3, cut to [-1, 1]:
    neither brightness nor contrast tells what it is.

    Parameters
    ----------
    seed : int
        Where the pieces lie.
    train, test : int
        How many, of all classes together.

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray
        Images of shape (N, 1, 16, 16) in [-1, 1], bright is 1; labels 0 to 2 as in `CLASS_NAMES`.

    Raises
    ------
    FormatError
        If this release of scikit-image comes without them.
    """
    rng = np.random.default_rng([seed, 2])
    photographs = [_photograph(name) for name in _TEXTURES]
    middle = photographs[0].shape[1] // 2
    parts: list[Any] = []
    for half, count in ((slice(None, middle), train), (slice(middle, None), test)):
        labels = np.arange(count, dtype=np.int64) % len(_TEXTURES)
        pieces = [_cut_piece(photographs[label][:, half], rng) for label in labels]
        parts += [np.stack(pieces)[:, np.newaxis].astype(np.float32), labels]
    return tuple(parts)


def split_faces(seed: int) -> tuple[_Images, _Labels, _Images, _Labels]:
    """Split 100 faces and 100 pieces of background into equal parts for training and testing.

    Parameters
    ----------
    seed : int
        Which are in which part.

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray
        100 images of shape (100, 1, 25, 25) in [-1, 1] in each part, bright is 1; label 1 is a
        face.

    Raises
    ------
    FormatError
        If this release of scikit-image comes without them.

    Notes
    -----
    ``skimage.data.lfw_subset``, from the set "Labeled Faces in the Wild", G. Huang et al., 2007.
    """
    images = np.load(_file("lfw_subset.npy"), allow_pickle=False)
    brightest = 255 if images.dtype == np.uint8 else 1
    x = (images * (2 / brightest) - 1)[:, np.newaxis].astype(np.float32)
    y = np.repeat(np.array([1, 0], dtype=np.int64), 100)
    return datasets.stratified_split(x, y, 0.5, seed)


@lru_cache(maxsize=len(_TEXTURES))
def _photograph(name: str) -> NDArray[np.float64]:
    from PIL import Image

    with Image.open(_file(f"{name}.png")) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float64)


def _cut_piece(photograph: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    top, left = (int(rng.integers(size - _PIECE + 1)) for size in photograph.shape)
    piece = photograph[top : top + _PIECE, left : left + _PIECE]
    spread = max(float(piece.std()), 1.0)  # of 255 grey levels: an even piece stays even
    scaled: NDArray[np.float64] = (piece - piece.mean()) / (3 * spread)
    return scaled.clip(-1, 1)


def _file(name: str) -> Path:
    """Return the path of a file in the installed scikit-image, which may lack it."""
    import skimage.data

    path = Path(skimage.data.__file__).parent / name
    if not path.is_file():
        raise FormatError(
            f"scikit-image {version('scikit-image')} comes without {name}, expected it in "
            f"{path.parent}: install another release, or choose other data sets."
        )
    return path
