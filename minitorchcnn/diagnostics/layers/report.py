"""What a check answers: a table of what works, and for what does not a hint and a small case."""

from __future__ import annotations

from dataclasses import dataclass

from minitorchcnn.diagnostics.layers.drawing import WIDTH, beside, block, digits_for, wrapped
from minitorchcnn.diagnostics.layers.finding import Finding
from minitorchcnn.diagnostics.layers.records import Record
from minitorchcnn.diagnostics.layers.runner import MISSING
from minitorchcnn.diagnostics.layers.trial import LOSS

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
class Row:
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
    rows : tuple of Row
        What was tried and how each array came out.
    findings : tuple of Finding
        What is to mend, the first first: `kind`, `title`, `hint`, and the smallest failing case
        with `call`, `inputs`, `expected` and `got`.
    cases, right : int
        Number of cases that the layer offers, and of those in which every array is right.
    """

    layer: str
    like: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
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


def table_rows(records: list[Record]) -> tuple[Row, ...]:
    """Gather the records of one row of the matrix, in the order of the matrix."""
    rows = []
    for name in dict.fromkeys(record.trial.case.row for record in records):
        mine = [record for record in records if record.trial.case.row == name]
        asked = [record for record in mine if record.asked]
        order = list(WORDS)
        states = {
            array: min((r.verdicts[array].state for r in asked), key=order.index)
            for array in (mine[0].trial.expected if asked else ())
        }
        rows.append(Row(name, states, "" if asked else mine[0].attempt.not_offered))
    return tuple(rows)


def _table(rows: tuple[Row, ...]) -> list[str]:
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


def _finding(number: int, finding: Finding, like: str) -> list[str]:
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


def _needs_backward(finding: Finding) -> bool:
    if finding.arrays:
        return finding.arrays[0] != "y"
    return finding.title.startswith(("backward", "The input grad_y"))


def _steps(finding: Finding, like: str) -> list[str]:
    """Return the lines of code that lead to the wrong array."""
    if like == LOSS:
        return [f"loss, grad_logits = {finding.call}"]
    steps = [f"layer = {finding.call}", "y = layer.forward(x)"]
    if _needs_backward(finding):
        steps.append("grad_x = layer.backward(grad_y)")
    return steps
