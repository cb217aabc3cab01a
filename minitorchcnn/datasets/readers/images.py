"""What a reader hands over: images, labels, and an account of what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from minitorchcnn.datasets.readers.labels import LabelArray, numbered
from minitorchcnn.datasets.readers.layout import layout
from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.datasets.readers.pixel_format import black_and_white, extent, light_is_ink
from minitorchcnn.datasets.readers.preprocessing import Preprocessing
from minitorchcnn.datasets.readers.safe_io import bytes_of, readable_size
from minitorchcnn.datasets.readers.stored import InkArray, Raw, Scale
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
class Part:
    """Pixels and labels as a file has them."""

    pixels: Raw
    labels: Array
    where: Path
    skipped: list[str] = field(default_factory=list)


def assembled(parts: Sequence[Part], options: Options, notes: Sequence[str] = ()) -> Images:
    """Bring the training part, and a test part in the same way, into the package's form.

    Parameters
    ----------
    parts : sequence of one or two Part
    options : Options
    notes : sequence of str
        What the reader has to say already.

    Raises
    ------
    FormatError
        If images and labels do not fit to each other, or values have no meaning.
    """
    train, where = parts[0], str(parts[0].where)
    for part in parts:
        _refuse_unequal(part)
    shape, channels_last, said = layout(train.pixels.shape, options, where)
    notes = [*notes, *said]
    for part in parts[1:]:
        if part.pixels.shape[1:] != train.pixels.shape[1:]:
            raise FormatError(
                f"{part.where}: images of shape {part.pixels.shape[1:]}, but those for training "
                f"have {train.pixels.shape[1:]}: both parts must be alike."
            )
    pixels = [part.pixels for part in parts]
    scale = _scale(pixels, shape, channels_last, options, where, notes)
    labels, names, said = numbered([part.labels for part in parts], options.class_names, where)
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
        made = Images(_loaded(stored, options), y, names, how, notes, part.skipped, made)
    if made is None:
        raise FormatError(f"{where} holds no images.")
    if isinstance(made.x, StoredArray):
        count = readable_size(bytes_of(made.x.shape, made.x.dtype))
        notes.append(f"{count} as float32: converted batch by batch, not kept in memory")
    return made


def _refuse_unequal(part: Part) -> None:
    if len(part.pixels) != len(part.labels):
        raise FormatError(
            f"{part.where} holds {len(part.pixels):,} images but {len(part.labels):,} labels: "
            f"expected one label for each image."
        )
    if len(part.pixels) == 0:
        raise FormatError(f"{part.where} holds no images: expected at least one.")


def _scale(
    pixels: Sequence[Raw],
    shape: Shape,
    channels_last: bool,
    options: Options,
    where: str,
    notes: list[str],
) -> Scale:
    """Decide what the values mean, and note it."""
    low, high = extent(pixels, where)
    black, white = black_and_white(low, high, options.value_range, where)
    notes.append(f"{pixels[0].dtype} {black:g} .. {white:g} became -1 .. 1")
    scale = Scale(black, white)
    if options.light_ink is not None:
        return Scale(black, white, options.light_ink)
    if shape[0] != 1:
        notes.append("colours are kept: bright is 1")
        return scale
    images = InkArray(pixels[0], shape, channels_last=channels_last, scale=scale)
    light_ink, note = light_is_ink(images)
    notes.append(note)
    return Scale(black, white, light_ink)


def _loaded(stored: InkArray, options: Options) -> Samples:
    small = bytes_of(stored.shape, stored.dtype) <= options.in_memory_bytes
    return stored[:] if small else stored
