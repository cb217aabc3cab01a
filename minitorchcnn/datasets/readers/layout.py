"""Which axis of a user's array is what."""

from __future__ import annotations

import math

from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Shape

#: Numbers of channels by which an axis of colours is recognised.
_COLOURS = (1, 3)


def layout(shape: Shape, options: Options, where: str) -> tuple[Shape, bool, list[str]]:
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
        sample, notes = _from_row(shape[1], options, where)
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
    _refuse_another(sample, options, where)
    return sample, last, notes


def _from_row(pixels: int, options: Options, where: str) -> tuple[Shape, list[str]]:
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
            f"give size=(height, width), and channels if there are several."
        )
    return sample, [f"rows of {pixels} pixels became {channels} x {sample[1]} x {sample[2]}"]


def _refuse_another(sample: Shape, options: Options, where: str) -> None:
    for name, wanted, there in (
        ("channels", options.channels, sample[0]),
        ("size", options.size, sample[1:]),
    ):
        if wanted is not None and wanted != there:
            raise FormatError(
                f"{where} has {name} {there}, not {wanted}: arrays are not resized, only folders "
                f"of pictures are. Leave {name} out."
            )
