"""Photographs that come with scikit-image, as two tasks other than digits: textures and faces.

They are read from the installed package: nothing is copied into ours, nothing is downloaded.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import FormatError, datasets

TEXTURES = ("brick", "grass", "gravel")
FACES = ("no face", "face")

#: Height and width of a piece of texture, in pixels.
PIECE = 16

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


def textures(seed: int, train: int, test: int) -> tuple[Images, Labels, Images, Labels]:
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
        Images of shape (N, 1, 16, 16) in [-1, 1], bright is 1; labels 0 to 2 as in `TEXTURES`.

    Raises
    ------
    FormatError
        If this release of scikit-image comes without them.
    """
    rng = np.random.default_rng([seed, 2])
    photographs = [_photograph(name) for name in TEXTURES]
    middle = photographs[0].shape[1] // 2
    parts: list[Any] = []
    for half, count in ((slice(None, middle), train), (slice(middle, None), test)):
        labels = np.arange(count, dtype=np.int64) % len(TEXTURES)
        pieces = [_piece(photographs[label][:, half], rng) for label in labels]
        parts += [np.stack(pieces)[:, np.newaxis].astype(np.float32), labels]
    return tuple(parts)


def faces(seed: int) -> tuple[Images, Labels, Images, Labels]:
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


@lru_cache(maxsize=len(TEXTURES))
def _photograph(name: str) -> NDArray[np.float64]:
    from PIL import Image

    with Image.open(_file(f"{name}.png")) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float64)


def _piece(photograph: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    top, left = (int(rng.integers(size - PIECE + 1)) for size in photograph.shape)
    piece = photograph[top : top + PIECE, left : left + PIECE]
    spread = max(float(piece.std()), 1.0)  # of 255 grey levels: an even piece stays even
    return np.clip((piece - piece.mean()) / (3 * spread), -1, 1)


def _file(name: str) -> Path:
    """Return the path of a file in the installed scikit-image, which may lack it."""
    import skimage.data

    path = Path(skimage.data.__file__).parent / name
    if not path.is_file():
        raise FormatError(
            f"scikit-image {skimage.__version__} comes without {name}, expected it in "
            f"{path.parent}: install another release, or choose other data sets."
        )
    return path
