"""Real handwriting that is installed with the package, so that results mean something offline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A pixel counts the inked ones among the 4 x 4 that it was made of.
_MOST_INK = 16


def handwriting() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read the 1,797 handwritten digits of 8 x 8 pixels that come with the package.

    Returns
    -------
    x : ndarray, shape (1797, 1, 8, 8), float32
        In [-1, 1] in steps of 1/8: 1 is ink, -1 is paper.
    y : ndarray, shape (1797,), int64
        The digits 0 to 9, between 174 and 183 images of each.

    Notes
    -----
    The test part of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998,
    UCI Machine Learning Repository, CC BY 4.0, as redistributed by scikit-learn. Provenance and
    checksum: data/README.md.

    Examples
    --------
    >>> from minitorchcnn import datasets
    >>> x, y = datasets.handwriting()
    >>> x.shape, float(x.min()), float(x.max())
    ((1797, 1, 8, 8), -1.0, 1.0)
    """
    from importlib import resources  # slow to import

    source = resources.files("minitorchcnn.data").joinpath("handwritten_8x8.npz")
    with source.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    x = images[:, np.newaxis].astype(np.float32) / (_MOST_INK / 2) - 1
    return x, labels.astype(np.int64)
