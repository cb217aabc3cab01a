"""What a check answers: a table of what works, and for what does not a hint and a small case."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.case import LOSS
from minitorchcnn.diagnostics.layers.findings import LayerFinding
from minitorchcnn.diagnostics.layers.runner import MISSING
from minitorchcnn.diagnostics.layers.verdicts import CaseResult
from minitorchcnn.types import Array

#: Columns of text that a report may take.
WIDTH = 88

#: Planes, rows and columns of an array that are shown.
MOST_PLANES, MOST_LINES = 4, 10

#: How the states of a verdict are written in the table, the worst first.
WORDS = {
    "crash": "crash",
    "absent": "none",
    "wrong": "WRONG",
    "unwritten": "to do",
    "unreached": "-",
    "coarse": "ok",
    "right": "ok",
}


@dataclass(frozen=True)
class CaseRow:
    """One line of the table.

    Attributes
    ----------
    name : str
        What its cases have in common.
    states : dict of str to str
        For each array the worst verdict; empty if the layer does not offer it.
    not_offered : str
        Why the cases were left out; empty if they were not.
    """

    name: str
    states: dict[str, str]
    not_offered: str


@dataclass(frozen=True)
class LayerReport:
    """The result of `check_layer`; ``print(report)`` shows it.

    Attributes
    ----------
    layer, like : str
        Name of the checked class, and of the layer it is compared with.
    rows : tuple of CaseRow
        What was tried and how each array came out.
    findings : tuple of LayerFinding
        What is to mend, the first first: `kind`, `title`, `hint`, and the smallest failing case
        with `call`, `inputs`, `expected` and `got`.
    cases, right : int
        Number of cases that the layer offers, and of those in which every array is right.
    """

    layer: str
    like: str
    rows: tuple[CaseRow, ...]
    findings: tuple[LayerFinding, ...]
    cases: int
    right: int

    @property
    def passed(self) -> bool:
        """True if there is nothing to mend; what is not offered does not count."""
        return not self.findings

    @property
    def not_offered(self) -> tuple[str, ...]:
        """The rows that the layer does not offer."""
        return tuple(row.name for row in self.rows if row.not_offered)

    def __str__(self) -> str:
        lines = [f"{self.layer}, checked like {self.like}", ""]
        if any(state != "unwritten" for row in self.rows for state in row.states.values()):
            lines += [*_table(self.rows), ""]
        for number, finding in enumerate(self.findings, 1):
            lines += [*_finding(number, finding, self.like), ""]
        return "\n".join([*lines, *self._verdict()])

    def _verdict(self) -> list[str]:
        if self.passed:
            text = f"passed: {self.layer} does what {self.like} does, in all {self.cases} cases."
            if self.not_offered:
                text += " What it does not offer was left out; that is no fault."
            return wrapped(text, "")
        count = len(self.findings)
        if all(finding.kind == "not written" for finding in self.findings):
            some = any("right" in row.states.values() for row in self.rows)
            done = ", so far nothing is wrong" if some else ""
            return [f"not finished{done}: {self.findings[0].title}"]
        things = "one thing" if count == 1 else f"{count} things"
        share = f"{self.right} of {self.cases} cases"
        text = f"FAILED: the numbers are right in {share}, {things} to mend."
        if count > 1:
            text += " Begin with the first: what follows may be its doing."
        return wrapped(text, "")


def table_rows(results: list[CaseResult]) -> tuple[CaseRow, ...]:
    """Gather the results of one row of the matrix, in the order of the matrix."""
    rows = []
    for name in dict.fromkeys(result.data.case.row for result in results):
        mine = [result for result in results if result.data.case.row == name]
        asked = [result for result in mine if result.asked]
        order = list(WORDS)
        states = {
            array: min((r.verdicts[array].state for r in asked), key=order.index)
            for array in (mine[0].data.expected if asked else ())
        }
        rows.append(CaseRow(name, states, "" if asked else mine[0].attempt.not_offered))
    return tuple(rows)


def _table(rows: tuple[CaseRow, ...]) -> list[str]:
    names = next((list(row.states) for row in rows if row.states), [])
    width = max(len(row.name) for row in rows)
    head = f"{'':{width}}   " + "  ".join(f"{name:<11}" for name in names)
    lines = [head.rstrip()]
    for row in rows:
        if row.not_offered:
            reason = " ".join(row.not_offered.split())
            text = f"not offered ({reason})"
            room = WIDTH - width - 3
            text = text if len(text) <= room else text[: room - 4] + "...)"
        else:
            text = "  ".join(
                f"{WORDS[row.states[name]] if name in row.states else '-':<11}" for name in names
            )
        lines.append(f"{row.name:{width}}   {text}".rstrip())
    return lines


def _finding(number: int, finding: LayerFinding, like: str) -> list[str]:
    lines = wrapped(f"{number}. {finding.title}", "")
    lines += ["", *wrapped(finding.hint, "   ")]
    if not finding.inputs:
        return lines
    lines += ["", "   The smallest case that shows it:", ""]
    lines += [f"     {line}" for line in _steps(finding, like)]
    shown = {k: v for k, v in finding.inputs.items() if k != "grad_y" or _needs_backward(finding)}
    lines += ["", *beside([block(name, value) for name, value in shown.items()], "     ")]
    if finding.arrays and finding.expected is not None:
        digits = digits_for(finding.expected, finding.got)
        name = finding.arrays[0]
        right = block(f"{name} should be", finding.expected, digits)
        pair = [right, block(f"{name} of yours", finding.got, digits)]
        lines += ["", *beside(pair[:1] if finding.got is MISSING else pair, "     ")]
    return lines


def _needs_backward(finding: LayerFinding) -> bool:
    if finding.arrays:
        return finding.arrays[0] != "y"
    return finding.title.startswith(("backward", "The input grad_y"))


def _steps(finding: LayerFinding, like: str) -> list[str]:
    """Return the lines of code that lead to the wrong array."""
    if like == LOSS:
        return [f"loss, grad_logits = {finding.call}"]
    steps = [f"layer = {finding.call}", "y = layer.forward(x)"]
    if _needs_backward(finding):
        steps.append("grad_x = layer.backward(grad_y)")
    return steps


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
