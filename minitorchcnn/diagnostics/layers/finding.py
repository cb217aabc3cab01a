"""One thing to mend, with the smallest case that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from minitorchcnn.diagnostics.layers.records import Record, tried
from minitorchcnn.diagnostics.layers.runner import Subject
from minitorchcnn.diagnostics.layers.shrink import smallest
from minitorchcnn.diagnostics.layers.signature import written
from minitorchcnn.diagnostics.layers.traits import where
from minitorchcnn.diagnostics.layers.trial import LOSS
from minitorchcnn.types import Array

#: Whether a record shows what a finding is about.
Same = Callable[[Record], bool]


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    Attributes
    ----------
    kind : str
        Short name: of the mistake whose numbers these are ("assigns", "flipped", ...), or
        "crash", "absent", "not written", "cannot be made", "modifies its input", "float32",
        or the pattern of numbers that no known mistake gives.
    arrays : tuple of str
        What is wrong: "y", "grad_x", "grad_weight", ...
    title : str
        What is wrong and where, in one sentence.
    hint : str
        What to mend, in words.
    call : str
        How to make the layer of the smallest case; empty where no case is at fault.
    inputs : dict of str to ndarray
        The arrays of the smallest failing case.
    expected, got : ndarray or anything
        What the first of `arrays` should be in that case, and what it is.
    """

    kind: str
    arrays: tuple[str, ...]
    title: str
    hint: str
    call: str = ""
    inputs: dict[str, Array] | None = None
    expected: Any = None
    got: Any = None


def shown(finding: Finding, subject: Subject, first: Record, same: Same) -> Finding:
    """Return a finding together with the smallest case that shows it."""
    trial = smallest(first.trial, lambda t: same(tried(subject, t)))
    record = first if trial is first.trial else tried(subject, trial)
    name = finding.arrays[0] if finding.arrays else ""
    call = subject.kind.__name__ + "(logits, labels)"
    if subject.like != LOSS:
        call = written(subject.constructor, trial)
    return replace(
        finding,
        call=call,
        inputs=trial.inputs,
        expected=trial.expected.get(name),
        got=record.attempt.got.get(name),
    )


def counted(wrong: list[Record], asked: list[Record], well: list[Record]) -> str:
    """Say how many cases are wrong, and what they have in common that others lack."""
    if len(wrong) == len(asked):
        return f"in all {len(asked)} cases" if len(asked) > 1 else "in the only case"
    places = where([r.trial for r in wrong], [r.trial for r in well])
    return f"in {len(wrong)} of {len(asked)} cases{places}"
