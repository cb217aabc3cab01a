"""Every named filter in one place, of any size for which it makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from minitorchcnn.errors import ArgumentError
from minitorchcnn.filters.classical import blurs, edges, gabor, odd
from minitorchcnn.filters.drawn import drawings
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
    width = odd(size, "bank: size")
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
