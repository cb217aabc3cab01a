"""The bank of named filters: small drawings, 1 where ink is looked for, and the classical ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.filters.classical import blurs, check_odd, edges, gabor
from minitorchcnn.filters.shaping import check_normalization, normalize
from minitorchcnn.types import Array
from minitorchcnn.validation import number

_ANGLES = (0, 45, 90, 135)


def bank(
    size: int = 3,
    *,
    normalization: str = "tutorial",
    angles: Sequence[float] = _ANGLES,
    frequency: float | None = None,
) -> dict[str, Array]:
    """Return every named filter.

    Parameters
    ----------
    size : int
        Height and width in pixels, odd, at least 3.
    normalization : "tutorial" or "unit"
        See `normalize`.
    angles : sequence of float
        Of the Gabor filters, in degrees, see `gabor`.
    frequency : float or None
        Of the Gabor filters, in waves per pixel; None is one wave in the window.

    Returns
    -------
    dict of str to ndarray, shape (size, size), float64, read-only
        In a fixed order: drawings (box, strokes, corners), edges (Sobel, Prewitt, Scharr,
        Laplacian), gaussian, sharpen, Gabor. Edges are 3 x 3 by definition, so other sizes are
        without them.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    Notes
    -----
    Edges, gaussian, sharpen and Gabor are scikit-image's, which is loaded by the first call.

    Examples
    --------
    >>> list(bank())[:5]
    ['box', 'vertical', 'diagonal', 'horizontal', 'antidiagonal']
    >>> len(bank()), len(bank(5))
    (22, 15)
    """
    width = check_odd(size, "bank: size")
    check_normalization(normalization)
    if not isinstance(angles, (tuple, list)):
        raise ArgumentError(f"bank: angles must be a list of degrees, got {angles!r}.")
    degrees = tuple(number(a, "bank: angles", low=-360, high=360, closed=True) for a in angles)
    if frequency is not None:
        frequency = number(frequency, "bank: frequency", low=0.02, high=0.5, closed=True)
    return dict(_bank(width, normalization, degrees, frequency))


@lru_cache(maxsize=32)
def _bank(
    size: int, normalization: str, angles: tuple[float, ...], frequency: Any
) -> dict[str, Array]:
    raw = drawings(size)
    if size == 3:
        raw.update(edges())
    raw.update(blurs(size))
    raw.update({f"gabor_{a:g}": gabor(a, frequency, size=size) for a in angles})
    found = {name: normalize(kernel, normalization) for name, kernel in raw.items()}
    for kernel in found.values():
        kernel.flags.writeable = False  # remembered and shared: a layer copies them
    return found


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
