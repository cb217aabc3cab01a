"""What a command trains on or measures with: our digits, or the files at a user's PATH."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minitorchcnn import ArgumentError, DataError, Sequential, datasets
from minitorchcnn.cli import digits
from minitorchcnn.cli.arguments import OptionGroup, add_number, in_options, positive
from minitorchcnn.datasets.readers.options import MAX_PIXELS
from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES, format_size
from minitorchcnn.errors import Message
from minitorchcnn.types import Array

#: Options that only mean something for a PATH.
OWN = (
    *("grey", "rgb", "light_ink", "dark_ink", "digit"),
    *("label_column", "skip_broken", "max_pixels", "limit_bytes"),
)


@dataclass(frozen=True)
class InputData:
    """Images with what a model file must know of them.

    Attributes
    ----------
    x : ndarray or StoredArray, shape (N, channels, height, width), float32
        To train on.
    y : ndarray, shape (N,), int64
    test : (x, y) or None
        Never trained on.
    preprocessing : dict
        How a picture becomes what the model takes, see `datasets.Preprocessing`.
    notes : tuple of str
        What the reader did, and what it left out.
    """

    title: str
    x: Any
    y: Array
    test: tuple[Any, Array] | None
    class_names: tuple[str, ...]
    preprocessing: dict[str, object]
    notes: tuple[str, ...] = ()


def add_reading(parser: OptionGroup) -> None:
    """Add the options that say how the files at PATH are to be read."""
    parser.add_argument(
        "--label-column",
        metavar="NAME",
        help="CSV files: the column with the classes, by its name or by its number from 0",
    )
    parser.add_argument(
        "--skip-broken",
        action="store_true",
        help="leave out what cannot be read, bring mixed sizes to the commonest, and tell",
    )
    add_max_pixels(parser)
    add_number(
        parser,
        "--limit-bytes",
        positive,
        f"refuse files that would fill more memory (default: {format_size(LIMIT_BYTES)})",
    )


def add_max_pixels(parser: OptionGroup) -> None:
    """Add the option that bounds a picture."""
    add_number(
        parser, "--max-pixels", positive, f"refuse larger pictures (default: {MAX_PIXELS:,})"
    )


def add_appearance(parser: OptionGroup) -> None:
    """Add the options that say what the images at PATH look like."""
    colour = parser.add_mutually_exclusive_group()
    colour.add_argument("--grey", action="store_true", help="turn the images at PATH grey")
    colour.add_argument("--rgb", action="store_true", help="keep three colours, make grey ones so")
    add_ink(parser)


def add_ink(parser: OptionGroup) -> None:
    """Add the options that say where in a picture the ink is."""
    ink = parser.add_mutually_exclusive_group()
    ink.add_argument("--light-ink", action="store_true", help="light ink on dark paper")
    ink.add_argument("--dark-ink", action="store_true", help="dark ink on light paper")
    parser.add_argument(
        "--digit",
        action="store_true",
        help="photographs or scans of one digit each: find the ink, crop, centre and scale it",
    )


def light_ink(options: argparse.Namespace) -> bool | None:
    """Return whether the user says that ink is light; None is not said."""
    return True if options.light_ink else False if options.dark_ink else None


def refuse_for_digits(options: argparse.Namespace) -> None:
    """Refuse options that mean nothing for our own digits."""
    given = [name for name in OWN if getattr(options, name, None)]
    if given:
        flag = "--" + given[0].replace("_", "-")
        raise ArgumentError(f"{flag} is for your own images: give the PATH of the files, too.")


def load_digits(name: str, size: int, images: int, seed: int) -> InputData:
    """Return one of our own sets.

    Parameters
    ----------
    name : str
        One of `digits.SETS`.
    size, images : int
        Pixels per side, and number, of synthetic ones.
    seed : int
        Which of them are the test part.
    """
    x, y = digits.load_training(name, size, images, seed)
    test = digits.load_test(name, x.shape[1:], digits.TEST_IMAGES, seed)
    look = datasets.Preprocessing(
        height=x.shape[2],
        width=x.shape[3],
        channels=1,
        light_ink=False,
        # drawn ones have the MNIST form, handwriting of 8 x 8 fills its square instead
        digit=name == "synthetic",
    )
    return InputData(name, x, y, test, digits.NAMES, look.to_dict())


def read_path(path: Path, options: argparse.Namespace) -> InputData:
    """Read the files at a path as `train` was asked to.

    Raises
    ------
    FormatError, DataError
        If they cannot be read, or hold fewer than two classes.
    """
    images = datasets.load(
        path,
        size=None if options.size is None else (options.size, options.size),
        channels=1 if options.grey else 3 if options.rgb else None,
        light_ink=light_ink(options),
        digit=options.digit,
        on_error="skip" if options.skip_broken else "raise",
        label_column=options.label_column,
        **_given_limits(options),
    )
    if len(images.class_names) < 2:
        raise DataError(
            f"{path} holds one class, {images.class_names[0]!r}: a network that tells classes "
            f"apart needs two or more, such as one folder of images for each."
        )
    return _to_input_data(path, images, options)


def read_for_model(model: Sequential, path: Path, options: argparse.Namespace) -> InputData:
    """Read the files at a path as a model takes them.

    Parameters
    ----------
    options : Namespace
        What `add_reading` adds.
    """
    reading = {
        "on_error": "skip" if options.skip_broken else "raise",
        "label_column": options.label_column,
        "class_names": model.class_names,
        **_given_limits(options),
    }
    if model.preprocessing is None:
        return _to_input_data(path, datasets.load(path, **reading), options)
    look = datasets.Preprocessing.from_dict(model.preprocessing)
    images = datasets.load(
        path,
        size=(look.height, look.width),
        channels=look.channels,
        light_ink=look.light_ink,
        digit=look.digit,
        **reading,
    )
    return _to_input_data(path, images, options)


def _given_limits(options: argparse.Namespace) -> dict[str, Any]:
    """Return the limits that were given."""
    limits = {name: getattr(options, name) for name in ("max_pixels", "limit_bytes")}
    return {name: value for name, value in limits.items() if value is not None}


def _to_input_data(path: Path, images: datasets.Images, options: argparse.Namespace) -> InputData:
    told = [*images.notes, *(Message("skipped: ", each) for each in images.skipped)]
    return InputData(
        str(path),
        images.x,
        images.y,
        None if images.test is None else (images.test.x, images.test.y),
        images.class_names,
        images.preprocessing.to_dict(),
        tuple(in_options(each, options) for each in told),
    )
