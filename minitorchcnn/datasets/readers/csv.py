"""CSV files: a row for each image, its pixels in columns beside the column of its class."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO, Unpack

import numpy as np

from minitorchcnn.datasets.readers.images import Images, RawImages, assemble
from minitorchcnn.datasets.readers.options import ArrayOptions, LabelColumn, Options, takes
from minitorchcnn.datasets.readers.safe_io import check_limit, explain_reading
from minitorchcnn.errors import Argument, FormatError, Message
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path

KIND = "a CSV file"

#: Names of the column of classes, lower case.
LABELS = ("label", "labels", "class", "target", "digit", "category", "y")

#: Characters of one line: more is no row of an image's pixels.
LONGEST = 2**22

#: Rows, and fields, that are held as text at a time.
_ROWS, _FIELDS = 1024, 2**20


@takes(ArrayOptions)
def read_csv(
    path: str | Path, label_column: LabelColumn = None, **options: Unpack[ArrayOptions]
) -> Images:
    """Read images from a CSV file, with or without a header.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8; its columns are parted by commas, semicolons or tabs.
    label_column : str, int or None
        Name in the header, or number from 0 (-1 is the last), of the column of classes, which
        are numbers or words. Text such as "3" is a number where no column is named so. None takes
        the column named "label", "class", "target" or alike; without a header the one of words,
        else the first or last that is not always the same.
    **options
        As for `load`. Without `size` the other columns are the pixels of a square, row by row.

    Returns
    -------
    Images

    Raises
    ------
    FormatError
        If the file is no such table; the message names the line.
    """
    given = Options(label_column=label_column, **options)
    return read_csv_file(file_path(path, "read_csv: path"), given)


def read_csv_file(path: Path, options: Options) -> Images:
    """Do what `read_csv` says."""
    with explain_reading(path, KIND), _explain_encoding(path):
        check_limit(path, "the text", path.stat().st_size, options.limit_bytes)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(file, path)
            begin = _take_block(rows)
            plan = _plan(begin, options, path)
            pixels, labels = _read(begin[plan.header :], rows, plan, options, path)
    numbers = [_whole_number(label) for label in labels]
    classes = np.array(labels if None in numbers else numbers)
    return assemble([RawImages(pixels, classes, path)], options, [plan.note])


@contextmanager
def _explain_encoding(path: Path) -> Iterator[None]:
    """Say what to do with text of another encoding, as spreadsheets write it."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path} is not text in UTF-8, byte {error.object[error.start]:#04x} is none of it: "
            f"save it as CSV in UTF-8."
        ) from error


class _Plan(NamedTuple):
    """How a row is to be read."""

    header: int  # rows of it, 0 or 1
    column: int
    width: int
    note: str


Row = tuple[int, list[str]]


def _rows(file: TextIO, path: Path) -> Iterator[Row]:
    """Yield (line number, fields) of every row that is not blank."""
    first = file.readline(LONGEST)
    file.seek(0)
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(_lines(file, path), delimiter=delimiter, strict=True)
    for row in reader:
        if row and any(field.strip() for field in row):
            yield reader.line_num, row


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    while line := file.readline(LONGEST):
        if len(line) == LONGEST:
            raise FormatError(
                f"{path} has a line of more than {LONGEST:,} characters: expected one row of "
                f"pixels in each line."
            )
        yield line


def _plan(begin: list[Row], options: Options, path: Path) -> _Plan:
    """Find header and labels from the first rows."""
    if not begin:
        raise FormatError(f"{path} is empty: expected a row for each image.")
    names = [field.strip() for field in begin[0][1]]
    width = len(names)
    if width < 2:
        raise FormatError(
            f"{path} has one column: expected one of classes and others of pixels, parted by "
            f"commas, semicolons or tabs."
        )
    body = [row for _, row in begin[1:] if len(row) == width]
    header = int(_is_header(names, body))
    body = body if header else [names, *body]
    if len(begin) == header:
        raise FormatError(f"{path} has a header only: expected a row for each image.")
    column, why = _label_column(names if header else None, body, options, path, width)
    called = f" ({names[column]!r})" if header else ""
    note = Message(f"classes are in column {column}{called}, ", why)
    return _Plan(header, column, width, note)


def _read(
    begin: list[Row], rows: Iterator[Row], plan: _Plan, options: Options, path: Path
) -> tuple[Array, list[str]]:
    """Read all rows; the pixels are bytes where all of them fit into bytes."""
    blocks: list[Array] = []
    labels: list[str] = []
    taken = 0
    for block in _blocks(begin, rows):
        pixels = np.array([_pixels(row, plan, labels, path) for row in block], np.float32)
        whole = ((pixels >= 0) & (pixels <= 255) & (pixels == np.rint(pixels))).all()
        blocks.append(pixels.astype(np.uint8) if whole else pixels)
        taken += blocks[-1].nbytes
        check_limit(path, "its pixels", taken, options.limit_bytes)
    return np.concatenate(blocks), labels


def _blocks(begin: list[Row], rows: Iterator[Row]) -> Iterator[list[Row]]:
    block = begin
    while block:
        yield block
        block = _take_block(rows)


def _take_block(rows: Iterator[Row]) -> list[Row]:
    """Take some rows, fewer where they are long."""
    block: list[Row] = []
    fields = 0
    while len(block) < _ROWS and fields < _FIELDS:
        row = next(rows, None)
        if row is None:
            break
        block.append(row)
        fields += len(row[1])
    return block


def _pixels(row: Row, plan: _Plan, labels: list[str], path: Path) -> list[float]:
    """Return the pixels of a row, and append its label."""
    line, fields = row
    if len(fields) != plan.width:
        raise FormatError(
            f"{path}, line {line}: {len(fields)} columns, expected {plan.width} as in the first."
        )
    label = fields.pop(plan.column).strip()
    if not label:
        raise FormatError(f"{path}, line {line}: the class in column {plan.column} is empty.")
    labels.append(label)
    try:
        return list(map(float, fields))
    except ValueError:
        bad = next(field for field in fields if _number(field) is None)
        raise FormatError(
            f"{path}, line {line}: {bad!r:.40} is no number, expected pixels."
        ) from None


def _whole_number(label: str) -> int | None:
    """Return the number of a class, "3" or "3.0", else None."""
    value = _number(label)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else None


def _is_header(names: list[str], body: list[list[str]]) -> bool:
    """Tell whether the first row stands over the others: a word over numbers, or a known name."""
    words = [at for at, name in enumerate(names) if _number(name) is None]
    if any(names[at].lower() in LABELS[:-1] for at in words):
        return True
    if not body:
        return len(words) > 1
    return any(all(_number(row[at]) is not None for row in body) for at in words)


def _label_column(
    names: list[str] | None, body: list[list[str]], options: Options, path: Path, width: int
) -> tuple[int, str]:
    """Return the number of the column of classes, and why it is that one."""
    if options.label_column is not None:
        return _given_column(options.label_column, names, path, width), "as asked for"
    for at, name in enumerate(names or ()):
        if name.lower() in LABELS:
            return at, "by its name"
    words = [
        at for at in range(width) if any(len(row) > at and _number(row[at]) is None for row in body)
    ]
    if len(words) == 1:
        return words[0], "the one of words"
    for at, which in ((0, "first"), (-1, "last")):
        if len({row[at] for row in body}) > 1:
            advice = Message(": give ", Argument("label_column"), " if it is another")
            return at % width, Message(f"the {which} one", advice)
    raise FormatError(f"{path}: no column looks like classes: give ", Argument("label_column"), ".")


def _given_column(wanted: str | int, names: list[str] | None, path: Path, width: int) -> int:
    """Return the number of the column that the user named or numbered."""
    known = names or []
    if isinstance(wanted, str) and known.count(wanted) == 1:
        return known.index(wanted)
    if isinstance(wanted, str):
        if wanted in known or re.fullmatch(r"-?\d{1,9}", wanted) is None:
            more = ", ..." if len(known) > 6 else ""
            header = f"the columns {', '.join(known[:6])}{more}" if known else "no header"
            raise FormatError(
                f"{path} has {header}, not one column {wanted!r}: give ",
                Argument("label_column"),
                f" by its name, or by its number from 0 to {width - 1}.",
            )
        wanted = int(wanted)
    if not -width <= wanted < width:
        raise FormatError(f"{path} has columns 0 .. {width - 1}, not {wanted}.")
    return wanted % width


def _number(field: str) -> float | None:
    """Return what a field holds, or None if that is no number."""
    try:
        return float(field)
    except ValueError:
        return None
