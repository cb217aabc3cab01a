"""The hand-set filters: what a person would look for in a digit, before anything is learned.

All of them are cross-correlation kernels for images in [-1, 1] with ink 1 and paper -1,
already divided by their number of elements, so a perfect match answers exactly 1.
"""

from __future__ import annotations

import numpy as np

from minitorchcnn.arrays import Array


def _averaged(rows: list[list[int]]) -> Array:
    kernel = np.array(rows, dtype=np.float64)
    kernel /= kernel.size
    kernel.flags.writeable = False  # shared constants: a layer copies them before training
    return kernel


#: Ink around a paper centre; answers 1 on the loop of the tutorial's nine. Shape (3, 3).
box = _averaged([[1, 1, 1], [1, -1, 1], [1, 1, 1]])

#: A vertical stroke one pixel wide. Shape (3, 3).
vertical = _averaged([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]])

#: A stroke rising from bottom left to top right. Shape (3, 3).
diagonal = _averaged([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]])

#: A horizontal stroke one pixel high. Shape (3, 3).
horizontal = _averaged([[-1, -1, -1], [1, 1, 1], [-1, -1, -1]])

#: A stroke falling from top left to bottom right. Shape (3, 3).
antidiagonal = _averaged([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])


def tutorial() -> Array:
    """Return the tutorial's three filters as a Conv2D weight.

    Returns
    -------
    ndarray, shape (3, 1, 3, 3), float64
        box, vertical, diagonal, each divided by 9.

    Examples
    --------
    >>> tutorial().shape
    (3, 1, 3, 3)
    """
    return np.stack([box, vertical, diagonal])[:, np.newaxis]


def bank() -> dict[str, Array]:
    """Return every named filter.

    Returns
    -------
    dict of str to ndarray, shape (3, 3), float64, read-only
        In a fixed order.

    Examples
    --------
    >>> list(bank())
    ['box', 'vertical', 'diagonal', 'horizontal', 'antidiagonal']
    """
    return {
        "box": box,
        "vertical": vertical,
        "diagonal": diagonal,
        "horizontal": horizontal,
        "antidiagonal": antidiagonal,
    }
