"""What a gradient check found, as numbers, as a table, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from minitorchcnn.diagnostics.gradients.faults import Fault
from minitorchcnn.errors import FormatError
from minitorchcnn.report.text_table import align

ROW_HEAD = ("layer", "", "array", "index", "analytic", "numeric", "error", "checked", "verdict")
FAULT_HEAD = ("layer", "", "array", "index", "analytic", "numeric", "kind", "what is wrong")


@dataclass(frozen=True)
class GradientRow:
    """How one array's gradient compares in the model as a whole.

    Attributes
    ----------
    name : str
        "x" for the input, otherwise the parameter's name.
    elements, checked : int
        Size of the array, and how many of its elements were measured one by one. All of them
        together are measured along random directions.
    index : tuple of int
        The worst element, with its `analytic` and `numeric` gradient and relative `error`.
        Empty if a random direction is worse than every element measured.
    kinks : int
        Elements that could only be measured at a nearby point.
    frozen : bool
        The parameter is (partly) frozen in the original; it was checked on a thawed copy.
    layer : int
        Index of the layer it belongs to; 0 for "x".
    title : str
        That layer.
    kind : str
        What is wrong, in words; empty if nothing is.
    """

    name: str
    elements: int
    checked: int
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    kinks: int
    frozen: bool
    layer: int = 0
    title: str = ""
    kind: str = ""


@dataclass(frozen=True)
class GradientReport:
    """The result of `check_gradients`: a row for the input and for every parameter.

    Attributes
    ----------
    rows : tuple of GradientRow
        The model as a whole, as training sees it.
    tolerance : float
        Largest relative error that passes.
    faults : tuple of Fault
        Mistakes of single layers, each checked by itself: a layer that only hands on what came
        wrong from above is not among them.
    notes : tuple of str
        What was done about randomness.
    """

    rows: tuple[GradientRow, ...]
    tolerance: float
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True if no layer has a fault and every row is within the tolerance."""
        return not self.faults and self.worst.error <= self.tolerance

    @property
    def worst(self) -> GradientRow:
        """The row with the largest error."""
        return max(self.rows, key=lambda row: row.error)

    def __str__(self) -> str:
        cells = [("", "checked", "error", "analytic", "numeric", "kinks", "worst index")]
        for row in self.rows:
            marks = "" if row.error <= self.tolerance else "  WRONG"
            marks += "  (frozen, checked thawed)" if row.frozen else ""
            cells.append(
                (
                    *(row.name, f"{row.checked}/{row.elements}", f"{row.error:.0e}"),
                    *(f"{row.analytic:.4e}", f"{row.numeric:.4e}", str(row.kinks)),
                    f"{row.index}{marks}",
                )
            )
        lines = align(cells, "<>>>>><")
        return "\n".join([*lines, *self.notes, *map(str, self.faults), self._verdict()])

    def _verdict(self) -> str:
        word = "passed"
        if self.worst.error > self.tolerance:
            word = f"FAILED, worst in {self.worst.name}"
        elif self.faults:
            word = "FAILED"
        return f"gradient check {word} (largest relative error allowed {self.tolerance:g})"

    def save(self, path: str | Path) -> None:
        """Write the report as a Markdown page: the faults, and a table of all gradients.

        Parameters
        ----------
        path : str or Path
            Overwritten if it exists.

        Raises
        ------
        FormatError
            If the file cannot be written.
        """
        try:
            Path(path).write_text(self.to_markdown(), encoding="utf-8")
        except OSError as error:
            raise FormatError(
                f"{path}: cannot be written ({error.strerror}). Choose another path."
            ) from None

    def to_markdown(self) -> str:
        """Return the page that `save` writes."""
        rows = [self._cells(row) for row in self.rows]
        parts = ["# Gradient check", f"**{self._verdict()}**", _table(ROW_HEAD, rows)]
        if self.faults:
            cells = [_fault_cells(fault) for fault in self.faults]
            parts[2:2] = ["## What is wrong", _table(FAULT_HEAD, cells), "## All gradients"]
        parts += [f"- {note}" for note in self.notes]
        return "\n\n".join(parts) + "\n"

    def _cells(self, row: GradientRow) -> list[str]:
        verdict = "right" if row.error <= self.tolerance else row.kind or "wrong"
        verdict += f", {row.kinks} at kinks" if row.kinks else ""
        return [
            *(str(row.layer), f"`{row.title}`", row.name, str(row.index)),
            *(f"{row.analytic:.6e}", f"{row.numeric:.6e}", f"{row.error:.0e}"),
            *(f"{row.checked} of {row.elements}", verdict + ", frozen" * row.frozen),
        ]


def _fault_cells(fault: Fault) -> list[str]:
    return [
        *("" if fault.layer is None else str(fault.layer), f"`{fault.title}`", fault.array),
        *(str(fault.index), f"{fault.analytic:.6e}", f"{fault.numeric:.6e}"),
        *(fault.kind, fault.sentence),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
