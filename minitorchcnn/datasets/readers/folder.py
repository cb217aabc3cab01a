"""A folder with one folder of pictures for each class, as people sort their own images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from minitorchcnn.datasets.readers.classes import Listing, listing, natural, parts_of
from minitorchcnn.datasets.readers.digit import prepare_digit
from minitorchcnn.datasets.readers.image_files import SUFFIXES, Pixels, fitted, read_image
from minitorchcnn.datasets.readers.images import Images, Part, assembled
from minitorchcnn.datasets.readers.options import IN_MEMORY_BYTES, MAX_PIXELS, Options
from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES, refuse_beyond
from minitorchcnn.errors import ArgumentError, DataError, FormatError
from minitorchcnn.validation import file_path

#: Side of a digit's image where nothing else is asked for, in pixels.
_DIGIT = 28


def read_folder(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    light_ink: bool | None = None,
    digit: bool = False,
    class_names: Sequence[str] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    max_pixels: int = MAX_PIXELS,
    limit_bytes: int = LIMIT_BYTES,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Images:
    """Read pictures (PNG, JPEG, BMP) from folders that are named like their classes.

    Parameters
    ----------
    path : str or Path
        A folder of class folders, such as "cat" and "dog", or one with the folders "train" and
        "test" of class folders. Classes are in alphabetical order, numbers by size.
    size, channels, light_ink, digit, class_names, on_error
        As for `load`.
    max_pixels, limit_bytes, in_memory_bytes
        As for `load`.

    Returns
    -------
    Images

    Raises
    ------
    FormatError
        If there are no such folders, a picture cannot be read, a class is empty, sizes are mixed
        and no `size` is given, or class names differ by case only. With ``on_error="skip"``
        these are put right and listed in `skipped`.
    """
    options = Options(
        size=size,
        channels=channels,
        light_ink=light_ink,
        digit=digit,
        class_names=class_names,
        on_error=on_error,
        max_pixels=max_pixels,
        limit_bytes=limit_bytes,
        in_memory_bytes=in_memory_bytes,
    )
    return folder(file_path(path, "read_folder: path"), options)


def folder(path: Path, options: Options) -> Images:
    """Do what `read_folder` says."""
    if options.channels not in (None, 1, 3):
        raise ArgumentError(f"pictures have 1 or 3 channels, got channels={options.channels}.")
    spelled: dict[str, str] = {}
    listings = [listing(root, options, spelled) for root in parts_of(path)]
    notes = [
        f"{found.ignored} file{'s' * (found.ignored > 1)} in {found.root} left out: not named as "
        f"{', '.join(SUFFIXES)}"
        for found in listings
        if found.ignored
    ]
    names = sorted({name for found in listings for name, _ in found.files.values()}, key=natural)
    if options.digit:
        channels, size = 1, _square(options)
    else:
        channels = options.channels or _channels(listings[0], notes)
        size = options.size or _size(listings[0], options, notes)
    parts = [_part(found, channels, size, options) for found in listings]
    notes.append(f"pictures became {channels} x {size[0]} x {size[1]}")
    if options.digit:
        notes.append("each digit was found, cropped and centred; its ink is 1")
    if options.class_names is None:
        options = replace(options, class_names=names)
    # the values are a picture's or a prepared digit's, whatever they happen to be
    light_ink = True if options.digit else options.light_ink
    return assembled(parts, replace(options, value_range=(0, 255), light_ink=light_ink), notes)


def _square(options: Options) -> tuple[int, int]:
    height, width = options.size or (_DIGIT, _DIGIT)
    if height != width or options.channels not in (None, 1):
        raise ArgumentError("digit=True gives square grey images: leave channels out, one size.")
    return height, width


def _channels(found: Listing, notes: list[str]) -> int:
    """Return 1 if all pictures are grey, else 3."""
    for path, (_, header) in found.files.items():
        if not header.grey:
            notes.append(f"3 channels, as {path.name} may have colours: channels=1 makes all grey")
            return 3
    return 1


def _size(found: Listing, options: Options, notes: list[str]) -> tuple[int, int]:
    """Return the size of the pictures, the commonest if they may differ."""
    counts = Counter((header.height, header.width) for _, header in found.files.values())
    (height, width), _ = counts.most_common(1)[0]
    if len(counts) > 1:
        path, other = next(
            (path, header)
            for path, (_, header) in found.files.items()
            if (header.height, header.width) != (height, width)
        )
        found.complain(
            options,
            f"{found.root} holds pictures of {len(counts)} sizes, most of {height} x {width}, but "
            f"{path} of {other.height} x {other.width}",
            advice="give size=(height, width) to resize all",
            done=f"all were resized to {height} x {width}",
        )
    return height, width


def _part(found: Listing, channels: int, size: tuple[int, int], options: Options) -> Part:
    """Decode the pictures of a part; one that is broken is left out or refused."""
    shape = (len(found.files), channels, *size)
    refuse_beyond(
        found.root, "its pictures", int(np.prod(shape, dtype=object)), options.limit_bytes
    )
    pixels = np.empty(shape, np.uint8)
    labels: list[str] = []
    for path, (name, _) in found.files.items():
        try:
            pixels[len(labels)] = _picture(path, channels, size, options)
        except (FormatError, DataError) as error:
            told = error if isinstance(error, FormatError) else f"{path}: {error}"
            found.complain(options, str(told))
        else:
            labels.append(name)
    if not labels:
        raise FormatError(f"{found.root} holds no picture that can be read.")
    return Part(pixels[: len(labels)], np.array(labels), found.root, found.skipped)


def _picture(path: Path, channels: int, size: tuple[int, int], options: Options) -> Pixels:
    pixels = read_image(path, options.max_pixels)
    if not options.digit:
        return fitted(pixels, channels, size)
    image = prepare_digit(pixels, size=size[0], light_ink=options.light_ink)
    return np.asarray(np.rint((image + 1) * 127.5), np.uint8)[np.newaxis]
