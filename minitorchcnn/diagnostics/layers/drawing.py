"""Writes small arrays so that people can compare them: planes, aligned, side by side."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from minitorchcnn.types import Array

#: Columns of text that a report may take.
WIDTH = 88

#: Planes, rows and columns of an array that are shown.
MOST_PLANES, MOST_LINES = 4, 10


def wrapped(text: str, indent: str) -> list[str]:
    """Break a text into lines with an indent."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def block(title: str, value: Any, digits: int = 4) -> list[str]:
    """Return the lines that show one array under its title."""
    if isinstance(value, (np.generic, int, float)):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        return [title, f"  {value!r}"[:60]]
    if value.size == 0:
        return [f"{title}, shape {value.shape}", "  (empty)"]
    if value.ndim == 0:
        return [title, f"  {number(value.item(), digits)}"]
    planes = value.reshape(-1, *value.shape[-2:]) if value.ndim > 2 else np.atleast_2d(value)[None]
    lines = [f"{title}, shape {value.shape}"]
    texts = [[_cells(row, digits) for row in plane[:MOST_LINES]] for plane in planes[:MOST_PLANES]]
    width = max(len(cell) for plane in texts for row in plane for cell in row)
    for index, plane in zip(np.ndindex(*value.shape[:-2]), texts, strict=False):
        if len(planes) > 1:
            lines.append(f"  [{', '.join(map(str, index))}]")
        lines += ["  " + " ".join(cell.rjust(width) for cell in row) for row in plane]
        if value.ndim > 1 and value.shape[-2] > MOST_LINES:
            lines.append("  ...")
    if len(planes) > MOST_PLANES:
        lines.append(f"  ... and {len(planes) - MOST_PLANES} more")
    return lines


def _cells(row: Array, digits: int) -> list[str]:
    cells = [number(float(value), digits) for value in row[:MOST_LINES]]
    return [*cells, "..."] if len(row) > MOST_LINES else cells


def number(value: float, digits: int) -> str:
    """Write whole numbers without a point, others with a few digits."""
    if np.isfinite(value) and value == round(value) and abs(value) < 1e7:
        return str(round(value))
    return f"{value:.{digits}g}"


def digits_for(one: Any, other: Any) -> int:
    """Return how many digits it takes to see that two arrays differ."""
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return 4
    for digits in (4, 7, 10):
        if block("", one, digits) != block("", other, digits):
            return digits
    return 16


def beside(blocks: list[list[str]], indent: str) -> list[str]:
    """Set blocks side by side, as many as fit into one line, and the rest below."""
    lines: list[str] = []
    row: list[list[str]] = []
    for one in blocks:
        if row and _needed([*row, one], indent) > WIDTH:
            lines += [*_joined(row, indent), ""]
            row = []
        row.append(one)
    return [*lines, *_joined(row, indent)] if row else lines


def _needed(row: list[list[str]], indent: str) -> int:
    return len(indent) + sum(max(map(len, one)) + 4 for one in row) - 4


def _joined(row: list[list[str]], indent: str) -> list[str]:
    height, widths = max(map(len, row)), [max(map(len, one)) for one in row]
    filled = [[*one, *[""] * (height - len(one))] for one in row]
    return [
        (indent + "    ".join(t.ljust(w) for t, w in zip(line, widths, strict=True))).rstrip()
        for line in zip(*filled, strict=True)
    ]
