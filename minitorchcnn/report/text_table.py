"""Text tables: columns under heads, for the screen; reports take their cells apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def align(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Return each row as a line, with columns two spaces apart.

    Parameters
    ----------
    rows : sequence of rows
        All with as many cells as there are sides.
    sides : str
        Where each column stands: "<" left, ">" right.

    Examples
    --------
    >>> align([("box", "9"), ("vertical", "10")], "<>")
    ['box        9', 'vertical  10']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    form = [f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True)]
    return ["  ".join(form).format(*row).rstrip() for row in rows]


@dataclass(frozen=True)
class Table:
    """Rows of cells under heads of one or more lines.

    Attributes
    ----------
    heads : sequence of rows
        Lines of the head.
    rows : sequence of rows
        Each row has as many cells as each head.
    title : str
        A line above it; may be empty.
    sides : str
        Where each column stands, "<" left or ">" right; empty puts the first one left and the
        others right.
    """

    heads: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    title: str = ""
    sides: str = ""

    @property
    def columns(self) -> list[str]:
        """Return the heads, each in one line."""
        return [" ".join(filter(None, parts)) for parts in zip(*self.heads, strict=True)]

    def __str__(self) -> str:
        lines = align([*self.heads, *self.rows], self.sides or "<".ljust(len(self.heads[0]), ">"))
        lines.insert(len(self.heads), "-" * max(map(len, lines)))
        return "\n".join([self.title, "", *lines] if self.title else lines)
