"""What a reader hands over: images, labels, and an account of what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from minitorchcnn.datasets.readers.labels import LabelArray, number_classes
from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.datasets.readers.pixel_format import (
    detect_light_ink,
    find_extent,
    find_layout,
    find_range,
)
from minitorchcnn.datasets.readers.preprocessing import Preprocessing
from minitorchcnn.datasets.readers.safe_io import array_bytes, format_size
from minitorchcnn.datasets.readers.stored import InkArray, PixelScale, Raw
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array, Samples, Shape, StoredArray


@dataclass
class Images:
    """Labelled images that a reader found.

    Attributes
    ----------
    x : ndarray or StoredArray, shape (N, channels, height, width), float32
        In [-1, 1], 1 is ink. A plain array if it is small; otherwise the pixels stay as they
        are, in the file or in memory, and come as float32 batch by batch.
    y : ndarray, shape (N,), int64
        Classes from 0.
    class_names : tuple of str
        What class 0, 1, ... is called.
    preprocessing : Preprocessing
        What a picture has to go through to look like these.
    notes : list of str
        What was decided and done, for people.
    skipped : list of str
        What was left out or put right because of ``on_error="skip"``.
    test : Images or None
        The test part, where the source has one.
    """

    x: Samples
    y: LabelArray
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    test: Images | None = None

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        test = "" if self.test is None else f" and {len(self.test):,} for tests"
        shape = "x".join(map(str, self.x.shape[1:]))
        return f"<Images: {len(self):,} images{test} of {shape}, {len(self.class_names)} classes>"


@dataclass
class RawImages:
    """Pixels and labels as a file has them."""

    pixels: Raw
    labels: Array
    where: Path
    skipped: list[str] = field(default_factory=list)


def assemble(parts: Sequence[RawImages], options: Options, notes: Sequence[str] = ()) -> Images:
    """Bring the training part, and a test part in the same way, into the package's form.

    Parameters
    ----------
    notes : sequence of str
        What the reader has to say already.

    Raises
    ------
    FormatError
        If images and labels do not fit to each other, or values have no meaning.
    """
    train, where = parts[0], str(parts[0].where)
    for part in parts:
        _check_lengths(part)
    shape, channels_last, said = find_layout(train.pixels.shape, options, where)
    notes = [*notes, *said]
    for part in parts[1:]:
        if part.pixels.shape[1:] != train.pixels.shape[1:]:
            raise FormatError(
                f"{part.where}: images of shape {part.pixels.shape[1:]}, but those for training "
                f"have {train.pixels.shape[1:]}: both parts must be alike."
            )
    pixels = [part.pixels for part in parts]
    scale = _find_scale(pixels, shape, channels_last, options, where, notes)
    labels, names, said = number_classes(
        [part.labels for part in parts], options.class_names, where
    )
    notes += said
    how = Preprocessing(
        height=shape[1],
        width=shape[2],
        channels=shape[0],
        light_ink=scale.light_ink,
        digit=options.digit,
    )
    made: Images | None = None
    for part, y in zip(reversed(parts), reversed(labels), strict=True):
        stored = InkArray(part.pixels, shape, channels_last=channels_last, scale=scale)
        made = Images(_load_if_small(stored, options), y, names, how, notes, part.skipped, made)
    if made is None:
        raise FormatError(f"{where} holds no images.")
    if isinstance(made.x, StoredArray):
        count = format_size(array_bytes(made.x.shape, made.x.dtype))
        notes.append(f"{count} as float32: converted batch by batch, not kept in memory")
    return made


def _check_lengths(part: RawImages) -> None:
    if len(part.pixels) != len(part.labels):
        raise FormatError(
            f"{part.where} holds {len(part.pixels):,} images but {len(part.labels):,} labels: "
            f"expected one label for each image."
        )
    if len(part.pixels) == 0:
        raise FormatError(f"{part.where} holds no images: expected at least one.")


def _find_scale(
    pixels: Sequence[Raw],
    shape: Shape,
    channels_last: bool,
    options: Options,
    where: str,
    notes: list[str],
) -> PixelScale:
    """Decide what the values mean, and note it."""
    low, high = find_extent(pixels, where)
    black, white = find_range(low, high, options.value_range, where)
    notes.append(f"{pixels[0].dtype} {black:g} .. {white:g} became -1 .. 1")
    scale = PixelScale(black, white)
    if options.light_ink is not None:
        return PixelScale(black, white, options.light_ink)
    if shape[0] != 1:
        notes.append("colours are kept: bright is 1")
        return scale
    images = InkArray(pixels[0], shape, channels_last=channels_last, scale=scale)
    light_ink, note = detect_light_ink(images)
    notes.append(note)
    return PixelScale(black, white, light_ink)


def _load_if_small(stored: InkArray, options: Options) -> Samples:
    small = array_bytes(stored.shape, stored.dtype) <= options.in_memory_bytes
    return stored[:] if small else stored
