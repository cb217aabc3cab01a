"""One's own filters: from an array, from a text file, from a small picture."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.errors import FormatError
from minitorchcnn.filters.shaping import check_numbers, normalize
from minitorchcnn.types import Array

#: In pixels, each side. Larger pictures are photographs, not filters.
LARGEST = 64
_LARGEST_FILE = 1_000_000  # bytes


def from_array(values: Any, normalization: str | None = "tutorial") -> Array:
    """Return a filter made from numbers.

    Parameters
    ----------
    values : array, shape (height, width), (channels, height, width) or (filters, channels, ...)
    normalization : "tutorial", "unit" or None
        See `normalize`; None leaves the numbers as they are.

    Returns
    -------
    ndarray, shape of values, float64
        A new array.

    Raises
    ------
    ArgumentError
        If values are no such array, or a filter to be normalised is all zeros.

    Examples
    --------
    >>> from_array([[1, -1], [-1, 1]])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    if normalization is None:
        return check_numbers(values, (2, 3, 4), "from_array: values")
    return normalize(check_numbers(values, (2, 3, 4), "from_array: values"), normalization)


def from_text(path: str | Path, normalization: str | None = "tutorial") -> Array:
    """Read a filter from a text file: one row on each line.

    Numbers are parted by blanks, commas or semicolons and may be fractions such as ``-1/9``.
    Empty lines are skipped, and so is what follows a ``#``.

    Parameters
    ----------
    path : str or Path
    normalization : "tutorial", "unit" or None
        See `normalize`; None leaves the numbers as they are.

    Returns
    -------
    ndarray, shape (height, width), float64

    Raises
    ------
    FormatError
        If the file cannot be read or is no table of finite numbers; the message names the line.
    """
    rows: list[list[float]] = []
    for line_number, line in enumerate(_read_text(Path(path)).splitlines(), start=1):
        words = [word for word in re.split(r"[\s,;]+", line.partition("#")[0]) if word]
        if not words:
            continue
        rows.append([_parse_number(word, f"{path}, line {line_number}") for word in words])
        if len(rows[-1]) != len(rows[0]):
            raise FormatError(
                f"{path}, line {line_number}: a row of {len(rows[-1])} numbers, expected "
                f"{len(rows[0])} like the first: a filter's rows are equally long."
            )
    if not rows:
        raise FormatError(f"{path}: no numbers, expected one row of the filter on each line.")
    _check_size((len(rows), len(rows[0])), path)
    return _normalize(np.array(rows), normalization, path)


def from_image(path: str | Path, normalization: str | None = "tutorial") -> Array:
    """Read a filter from a small picture: black is ink, 1, and white is paper, -1.

    Parameters
    ----------
    path : str or Path
        A picture that Pillow can read, at most 64 x 64 pixels. Colours become grey, transparent
        pixels paper.
    normalization : "tutorial", "unit" or None
        See `normalize`; None leaves the numbers in [-1, 1].

    Returns
    -------
    ndarray, shape (height, width), float64

    Raises
    ------
    FormatError
        If the file cannot be read, is no picture, or is too large.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            _check_size((picture.height, picture.width), path)
            if picture.mode.startswith(("I", "F")):
                raise FormatError(
                    f"{path}: a picture of mode {picture.mode}, expected 8 bits for each "
                    f"colour: save it as an ordinary PNG."
                )
            colours = picture.convert("RGBA")
            paper = Image.new("RGBA", colours.size, "white")
            grey = Image.alpha_composite(paper, colours).convert("L")
    except FormatError:
        raise
    # a broken file makes Pillow raise nearly anything
    except Exception as error:
        raise FormatError(
            f"{path}: cannot be read as a picture ({error}): expected a small PNG or the like."
        ) from error
    return _normalize(1.0 - np.asarray(grey) / 127.5, normalization, path)


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise FormatError(f"{path}: larger than 1 MB, expected a small table of numbers.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path}: not a text file, expected numbers; for a picture use from_image."
        ) from error


def _parse_number(word: str, place: str) -> float:
    """Return a number or a fraction as float, or raise `FormatError` naming the place."""
    try:
        # Fraction reads "1/9"; it would work out 1e999999999 in full, so it gets nothing else
        value = float(Fraction(word)) if re.fullmatch(r"[+-]?\d+/\d+", word) else float(word)
    except (ValueError, ZeroDivisionError, OverflowError):
        value = None
    if value is None or not np.isfinite(value):
        raise FormatError(
            f"{place}: {word[:40]!r} is no finite number, expected such as 1, -0.5 or -1/9."
        )
    return value


def _check_size(shape: tuple[int, int], path: str | Path) -> None:
    if max(shape) > LARGEST:
        raise FormatError(
            f"{path}: {shape[0]} x {shape[1]}, expected at most {LARGEST} x {LARGEST}: filters "
            f"are small, make it smaller first."
        )


def _normalize(kernel: Array, normalization: str | None, path: str | Path) -> Array:
    if normalization is None:
        return kernel
    if not kernel.any():
        raise FormatError(f"{path}: all zeros, which cannot be normalised: ask for None instead.")
    return normalize(kernel, normalization)
