"""Edits of source text, so that a mutant reads like the line a person would have written.

Text is cut by the positions of syntax nodes. Printing a changed tree instead would lose the
layout, and differ between versions of Python.
"""

import ast
import re
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace the bytes start .. stop - 1 of a source by `text`."""

    start: int
    stop: int
    text: str


class Source:
    """A module's text, and where its syntax nodes lie in it; positions are in bytes."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.tree = ast.parse(text)
        self._lines = [0]
        for line in self.data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def start(self, node: ast.AST) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def stop(self, node: ast.AST) -> int:
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.AST) -> str:
        return self.data[self.start(node) : self.stop(node)].decode()

    def replace(self, node: ast.AST, text: str) -> Edit:
        return Edit(self.start(node), self.stop(node), text)

    def operator(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Edit:
        """Replace the operator `old` that stands between two nodes, brackets aside."""
        begin, end = self.stop(left), self.start(right)
        gap = self.data[begin:end].decode()
        word = rf"\b{old}\b" if old[0].isalpha() else re.escape(old)
        found = re.search(word.replace(r"\ ", r"\s+"), gap)
        if found is None:
            raise ValueError(f"no {old!r} in {gap!r}")
        return Edit(begin + found.start(), begin + found.end(), new)

    def swap(self, first: ast.AST, second: ast.AST) -> Edit:
        """Exchange two neighbouring nodes; what stands between them stays."""
        between = self.data[self.stop(first) : self.start(second)].decode()
        both = self.text(second) + between + self.text(first)
        return Edit(self.start(first), self.stop(second), both)

    def changed(self, statement: ast.AST, edit: Edit) -> str:
        """Return the text of a statement with an edit inside it made."""
        before = self.data[self.start(statement) : edit.start]
        return (before + edit.text.encode() + self.data[edit.stop : self.stop(statement)]).decode()

    def shown(self, edit: Edit) -> str:
        """Return the lines around an edit before and after, without layout: its name."""
        first = self.data.rfind(b"\n", 0, edit.start) + 1
        last = self.data.find(b"\n", edit.stop)
        head, tail = self.data[first : edit.start], self.data[edit.stop : last]
        before = b"".join((head, self.data[edit.start : edit.stop], tail))
        after = b"".join((head, edit.text.encode(), tail))
        return " → ".join(f"`{_plain(line.decode())}`" for line in (before, after))


def _plain(lines: str) -> str:
    """Put code on one line, its comment dropped."""
    return " ".join(re.sub(r"\s+# .*", "", lines).split())
