"""Which column of a table is the one of classes, and whether its first row is a header."""

from __future__ import annotations

import re
from pathlib import Path

from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.errors import FormatError

#: Names of the column of classes, lower case.
LABELS = ("label", "labels", "class", "target", "digit", "category", "y")


def is_header(names: list[str], body: list[list[str]]) -> bool:
    """Tell whether the first row stands over the others: a word over numbers, or a known name."""
    words = [at for at, name in enumerate(names) if number(name) is None]
    if any(names[at].lower() in LABELS[:-1] for at in words):
        return True
    if not body:
        return len(words) > 1
    return any(all(number(row[at]) is not None for row in body) for at in words)


def label_column(
    names: list[str] | None, body: list[list[str]], options: Options, path: Path, width: int
) -> tuple[int, str]:
    """Return the number of the column of classes, and why it is that one."""
    if options.label_column is not None:
        return _asked_for(options.label_column, names, path, width), "as asked for"
    for at, name in enumerate(names or ()):
        if name.lower() in LABELS:
            return at, "by its name"
    words = [
        at for at in range(width) if any(len(row) > at and number(row[at]) is None for row in body)
    ]
    if len(words) == 1:
        return words[0], "the one of words"
    for at, which in ((0, "first"), (-1, "last")):
        if len({row[at] for row in body}) > 1:
            return at % width, f"the {which} one: give label_column if it is another"
    raise FormatError(f"{path}: no column looks like classes: give label_column.")


def _asked_for(wanted: str | int, names: list[str] | None, path: Path, width: int) -> int:
    """Return the number of the column that the user named or numbered."""
    known = names or []
    if isinstance(wanted, str) and known.count(wanted) == 1:
        return known.index(wanted)
    if isinstance(wanted, str):
        if wanted in known or re.fullmatch(r"-?\d{1,9}", wanted) is None:
            more = ", ..." if len(known) > 6 else ""
            header = f"the columns {', '.join(known[:6])}{more}" if known else "no header"
            raise FormatError(
                f"{path} has {header}, not one column {wanted!r}: give label_column by its name, "
                f"or by its number from 0 to {width - 1}."
            )
        wanted = int(wanted)
    if not -width <= wanted < width:
        raise FormatError(f"{path} has columns 0 .. {width - 1}, not {wanted}.")
    return wanted % width


def number(field: str) -> float | None:
    """Return what a field holds, or None if that is no number."""
    try:
        return float(field)
    except ValueError:
        return None
