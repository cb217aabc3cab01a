"""Filters that are small drawings: 1 where ink is looked for, -1 where paper is."""

from __future__ import annotations

import numpy as np

from minitorchcnn.filters.shaping import normalize
from minitorchcnn.types import Array


def drawings(size: int) -> dict[str, Array]:
    """Return the drawings of 1 and -1, in the bank's order.

    Parameters
    ----------
    size : int
        Height and width in pixels: odd, so that a stroke can pass through the middle.

    Returns
    -------
    dict of str to ndarray, shape (size, size), float64
        A frame around paper, four strokes through the middle, four corners of the frame.
    """
    last, middle = size - 1, size // 2
    row, column = np.indices((size, size))
    top, bottom, left, right = row == 0, row == last, column == 0, column == last
    inked = {
        "box": top | bottom | left | right,
        "vertical": column == middle,
        "diagonal": row + column == last,
        "horizontal": row == middle,
        "antidiagonal": row == column,
        "corner_top_left": top | left,
        "corner_top_right": top | right,
        "corner_bottom_left": bottom | left,
        "corner_bottom_right": bottom | right,
    }
    return {name: np.where(ink, 1.0, -1.0) for name, ink in inked.items()}


def _constant(name: str) -> Array:
    kernel = normalize(drawings(3)[name])
    kernel.flags.writeable = False  # shared constants: a layer copies them before training
    return kernel


#: Ink around a paper centre; answers 1 on the loop of the tutorial's nine. Shape (3, 3).
box = _constant("box")

#: A vertical stroke one pixel wide. Shape (3, 3).
vertical = _constant("vertical")

#: A stroke rising from bottom left to top right. Shape (3, 3).
diagonal = _constant("diagonal")

#: A horizontal stroke one pixel high. Shape (3, 3).
horizontal = _constant("horizontal")

#: A stroke falling from top left to bottom right. Shape (3, 3).
antidiagonal = _constant("antidiagonal")


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
