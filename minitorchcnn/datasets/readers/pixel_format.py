"""The format of pixels in an array: which axis is what, which value is black, which is ink."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.datasets.readers.stored import InkArray, Raw
from minitorchcnn.errors import Argument, FormatError, Hint, Message
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import PART, PIXEL_MAXIMA

#: Numbers of channels by which an axis of colours is recognised.
_COLOURS = (1, 3)

#: Images whose borders are looked at.
_SAMPLE = 256

#: A border this much brighter or darker than the middle is clearly paper.
_CLEAR = 0.2


def find_layout(shape: Shape, options: Options, where: str) -> tuple[Shape, bool, list[str]]:
    """Return (channels, height, width), whether channels come last, and notes.

    Parameters
    ----------
    shape : tuple of int
        (N, H, W), (N, C, H, W), (N, H, W, C) or (N, features).
    options : Options
        `size` and `channels` tell how rows of features are to be cut.
    where : str
        The file, for messages.

    Raises
    ------
    FormatError
        If that is no shape of images, or not the one asked for.
    """
    notes: list[str] = []
    last = False
    if len(shape) == 2:
        sample, notes = _cut_row(shape[1], options, where)
    elif len(shape) == 3:
        sample = (1, *shape[1:])
    elif len(shape) == 4:
        last = shape[3] in _COLOURS and shape[1] not in _COLOURS
        sample = (shape[3], shape[1], shape[2]) if last else shape[1:]
        if shape[3] in _COLOURS and shape[1] in _COLOURS:
            notes.append(f"images of {shape[1:]} are taken as (channels, height, width)")
    else:
        raise FormatError(
            f"{where}: an array of shape {shape} holds no images, expected (N, height, width), "
            f"(N, channels, height, width), (N, height, width, channels) or (N, pixels)."
        )
    if min(sample) < 1:
        raise FormatError(f"{where}: images of shape {shape[1:]} have no pixels.")
    _check_asked(sample, options, where)
    return sample, last, notes


def _cut_row(pixels: int, options: Options, where: str) -> tuple[Shape, list[str]]:
    """Cut a row of pixels: by the size given, else into a square."""
    channels = options.channels or 1
    if options.size is not None:
        sample = (channels, *options.size)
    else:
        side = math.isqrt(pixels // channels)
        sample = (channels, side, side)
    if math.prod(sample) != pixels:
        raise FormatError(
            f"{where}: rows of {pixels} pixels do not make {channels} x {sample[1]} x {sample[2]}: "
            f"give ",
            Argument("size", "(height, width)"),
            Hint(", and channels if there are several"),
            ".",
        )
    return sample, [f"rows of {pixels} pixels became {channels} x {sample[1]} x {sample[2]}"]


def _check_asked(sample: Shape, options: Options, where: str) -> None:
    for name, wanted, there in (
        ("channels", options.channels, sample[0]),
        ("size", options.size, sample[1:]),
    ):
        if wanted is not None and wanted != there:
            raise FormatError(
                f"{where} has {name} {there}, not {wanted}: arrays are not resized, only folders "
                f"of pictures are.",
                Hint(f" Leave {name} out."),
            )


def find_extent(parts: Sequence[Raw], where: str) -> tuple[float, float]:
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


def find_range(
    low: float, high: float, given: tuple[float, float] | None, where: str
) -> tuple[float, float]:
    """Return the values of black and white, given the least and largest one that occurs.

    Parameters
    ----------
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
        for top in PIXEL_MAXIMA:
            if high <= top:
                return 0.0, float(top)
    raise FormatError(
        f"{where}: values lie in {low:g} .. {high:g}, which is no usual range of pixels, such as "
        f"0 .. 255 or -1 .. 1",
        Hint(": give value_range=(black, white)"),
        ".",
    )


def detect_light_ink(images: InkArray) -> tuple[bool, str]:
    """Decide by the border, which is nearly always paper, whether ink is light, and say why.

    Parameters
    ----------
    images : InkArray, shape (N, 1, H, W)
        Read with light ink, so that white is 1.
    """
    some = images[:: -(-len(images) // _SAMPLE)]
    brightness = float(np.median(border(some))) / 2 + 0.5
    light_ink = brightness <= 0.5
    found = "light ink on dark paper: white" if light_ink else "dark ink on light paper: black"
    note = Message(f"{found} is 1 (the borders are {brightness:.0%} bright")
    if abs(brightness - 0.5) <= _CLEAR:
        note = Message(note, ", which is not clear: give ", Argument("light_ink"))
    return light_ink, Message(note, ")")


def border(images: Array) -> Array:
    """Return the outermost pixels of images (..., H, W) in one axis, (..., M)."""
    edges = images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1]
    return np.concatenate(edges, axis=-1)
