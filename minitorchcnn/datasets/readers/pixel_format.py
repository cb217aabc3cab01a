"""What the numbers of a file mean: which value is black, which white, and which of them is ink."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minitorchcnn.datasets.readers.stored import InkArray, Raw
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array
from minitorchcnn.validation import PART

#: Whole ranges that images come in: from bits over scans and cameras to 16 bits.
_TOPS = (1, 16, 255, 4095, 65535)

#: Images whose borders are looked at.
_SAMPLE = 256

#: A border this much brighter or darker than the middle is clearly paper.
_CLEAR = 0.2


def extent(parts: Sequence[Raw], where: str) -> tuple[float, float]:
    """Return the least and the largest value of all parts, reading them piece by piece.

    Raises
    ------
    FormatError
        If a value is NaN or infinite.
    """
    low, high = math.inf, -math.inf
    for raw in parts:
        rows = max(1, PART // max(1, math.prod(raw.shape[1:])))
        for start in range(0, len(raw), rows):
            piece = raw[start : start + rows]
            least, most = float(piece.min()), float(piece.max())
            if not (math.isfinite(least) and math.isfinite(most)):
                bad = ~np.isfinite(piece).reshape(len(piece), -1).all(axis=1)
                raise FormatError(
                    f"{where}: image {start + int(np.argmax(bad))} holds NaN or infinity, expected "
                    f"finite pixels: remove or mend it."
                )
            low, high = min(low, least), max(high, most)
    return low, high


def black_and_white(
    low: float, high: float, given: tuple[float, float] | None, where: str
) -> tuple[float, float]:
    """Return the values of black and white, given the least and largest one that occurs.

    Parameters
    ----------
    low, high : float
    given : (float, float) or None
        The user's word for it.
    where : str
        The file, for messages.

    Raises
    ------
    FormatError
        If values lie outside of the given range, or in no usual one.
    """
    if given is not None:
        if low < given[0] or high > given[1]:
            raise FormatError(
                f"{where}: values lie in {low:g} .. {high:g}, beyond value_range={given}."
            )
        return given
    if low < 0:
        if low >= -1 and high <= 1:
            return -1.0, 1.0
    else:
        for top in _TOPS:
            if high <= top:
                return 0.0, float(top)
    raise FormatError(
        f"{where}: values lie in {low:g} .. {high:g}, which is no usual range of pixels, such as "
        f"0 .. 255 or -1 .. 1: give value_range=(black, white)."
    )


def light_is_ink(images: InkArray) -> tuple[bool, str]:
    """Decide by the border, which is nearly always paper, whether ink is light, and say why.

    Parameters
    ----------
    images : InkArray, shape (N, 1, H, W)
        Read with light ink, so that white is 1.

    Returns
    -------
    light_ink : bool
    note : str
    """
    some = images[:: -(-len(images) // _SAMPLE)]
    brightness = float(np.median(border(some))) / 2 + 0.5
    light_ink = brightness <= 0.5
    found = "light ink on dark paper: white" if light_ink else "dark ink on light paper: black"
    doubt = "" if abs(brightness - 0.5) > _CLEAR else ", which is not clear: give light_ink"
    return light_ink, f"{found} is 1 (the borders are {brightness:.0%} bright{doubt})"


def border(images: Array) -> Array:
    """Return the outermost pixels of images (..., H, W) in one axis, (..., M)."""
    edges = images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1]
    return np.concatenate(edges, axis=-1)
