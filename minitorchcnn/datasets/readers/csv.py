"""CSV files: a row for each image, its pixels in columns beside the column of its class."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from minitorchcnn.datasets.readers.columns import is_header, label_column, number
from minitorchcnn.datasets.readers.images import Images, Part, assembled
from minitorchcnn.datasets.readers.options import IN_MEMORY_BYTES, Options
from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES, refuse_beyond, understood
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path

KIND = "a CSV file"

#: Characters of one line: more is no row of an image's pixels.
LONGEST = 2**22

#: Rows, and fields, that are held as text at a time.
_ROWS, _FIELDS = 1024, 2**20


def read_csv(
    path: str | Path,
    label_column: str | int | None = None,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    light_ink: bool | None = None,
    value_range: tuple[float, float] | None = None,
    class_names: Sequence[str] | None = None,
    digit: bool = False,
    limit_bytes: int = LIMIT_BYTES,
    in_memory_bytes: int = IN_MEMORY_BYTES,
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
    size, channels, light_ink, value_range, class_names, digit, limit_bytes, in_memory_bytes
        As for `load`. Without `size` the other columns are the pixels of a square, row by row.

    Returns
    -------
    Images

    Raises
    ------
    FormatError
        If the file is no such table; the message names the line.
    """
    options = Options(
        label_column=label_column,
        size=size,
        channels=channels,
        light_ink=light_ink,
        value_range=value_range,
        class_names=class_names,
        digit=digit,
        limit_bytes=limit_bytes,
        in_memory_bytes=in_memory_bytes,
    )
    return table(file_path(path, "read_csv: path"), options)


def table(path: Path, options: Options) -> Images:
    """Do what `read_csv` says."""
    with understood(path, KIND), _in_utf8(path):
        refuse_beyond(path, "the text", path.stat().st_size, options.limit_bytes)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(file, path)
            begin = _block(rows)
            plan = _plan(begin, options, path)
            pixels, labels = _read(begin[plan.header :], rows, plan, options, path)
    numbers = [_whole_number(label) for label in labels]
    classes = np.array(labels if None in numbers else numbers)
    return assembled([Part(pixels, classes, path)], options, [plan.note])


@contextmanager
def _in_utf8(path: Path) -> Iterator[None]:
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
    header = int(is_header(names, body))
    body = body if header else [names, *body]
    if len(begin) == header:
        raise FormatError(f"{path} has a header only: expected a row for each image.")
    column, why = label_column(names if header else None, body, options, path, width)
    called = f" ({names[column]!r})" if header else ""
    return _Plan(header, column, width, f"classes are in column {column}{called}, {why}")


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
        refuse_beyond(path, "its pixels", taken, options.limit_bytes)
    return np.concatenate(blocks), labels


def _blocks(begin: list[Row], rows: Iterator[Row]) -> Iterator[list[Row]]:
    block = begin
    while block:
        yield block
        block = _block(rows)


def _block(rows: Iterator[Row]) -> list[Row]:
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
        bad = next(field for field in fields if number(field) is None)
        raise FormatError(
            f"{path}, line {line}: {bad!r:.40} is no number, expected pixels."
        ) from None


def _whole_number(label: str) -> int | None:
    """Return the number of a class, "3" or "3.0", else None."""
    value = number(label)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else None
