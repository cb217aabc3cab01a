"""Fashion-MNIST as its makers publish it: 70,000 pictures of clothes, or how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from minitorchcnn import FormatError, datasets

#: Where the Debian package dataset-fashion-mnist puts the files.
FOLDER = Path("/usr/share/datasets/fashion-mnist")

#: The files hold numbers; these are the names that the makers give them.
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class FashionImages(NamedTuple):
    """The two parts, in our conventions.

    Attributes
    ----------
    x, x_test : ndarray, shape (N, 1, 28, 28), float32
        In [-1, 1]; -1 is the empty background.
    y, y_test : ndarray, shape (N,), int64
        Places in CLASSES.
    preprocessing : dict
        How the pixels became numbers, for the model file.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    preprocessing: dict[str, object]


def load_fashion(folder: Path = FOLDER, images: int | None = None) -> FashionImages:
    """Read both parts.

    Parameters
    ----------
    folder : Path
        With the four IDX files, compressed or not.
    images : int or None
        The first so many of the training images; None for all 60,000.

    Raises
    ------
    FormatError
        If the files are not there, or not what they should be.
    """
    if not any(folder.glob("train-images*")):
        raise FormatError(
            f"there is no Fashion-MNIST in {folder}. On Debian and Ubuntu, `sudo apt-get install "
            f"dataset-fashion-mnist` puts its four files into {FOLDER}; if you have them "
            f"elsewhere, give their folder by --data FOLDER."
        )
    found = datasets.load(folder)
    if found.test is None:
        raise FormatError(f"{folder} has no test part: expected t10k-images and t10k-labels, too.")
    return FashionImages(
        found.x[:images],
        found.y[:images],
        found.test.x[:],
        found.test.y,
        found.preprocessing.to_dict(),
    )
