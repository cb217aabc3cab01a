"""One table in two shapes: lines of text for the screen, cells for an experiment report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    """

    heads: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    title: str = ""

    @property
    def columns(self) -> list[str]:
        """Return the heads, each in one line."""
        return [" ".join(filter(None, parts)) for parts in zip(*self.heads, strict=True)]

    def __str__(self) -> str:
        """Return the first column aligned to the left, the others to the right."""
        rows = [*self.heads, *self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for row in rows:
            cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
            cells[0] = row[0].ljust(widths[0])
            lines.append("  ".join(cells).rstrip())
        lines.insert(len(self.heads), "-" * max(map(len, lines)))
        return "\n".join([self.title, "", *lines] if self.title else lines)
