"""Puts the whole matrix to a layer, and keeps for every case what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from minitorchcnn.diagnostics.layers.case_table import MATRIX
from minitorchcnn.diagnostics.layers.runner import Attempt, Subject
from minitorchcnn.diagnostics.layers.trial import Trial, make
from minitorchcnn.diagnostics.layers.verdicts import Verdict, verdicts


@dataclass(frozen=True)
class Record:
    """A trial, what the layer did with it, and the verdict on every array."""

    trial: Trial
    attempt: Attempt
    verdicts: dict[str, Verdict]

    @property
    def asked(self) -> bool:
        """Whether the layer offers what the case needs."""
        return not self.attempt.not_offered

    def state(self, name: str) -> str:
        """Return the verdict on an array; empty if this trial has no such array."""
        return self.verdicts[name].state if name in self.verdicts else ""

    @property
    def right(self) -> bool:
        """Whether all arrays are right, at least to float32."""
        return all(verdict.state in ("right", "coarse") for verdict in self.verdicts.values())


def tried(subject: Subject, trial: Trial) -> Record:
    """Put one trial to a layer."""
    attempt = subject.attempt(trial)
    return Record(trial, attempt, verdicts(trial, attempt))


def matrix(subject: Subject) -> list[Record]:
    """Put every case of the matrix to a layer, small ones first."""
    trials = [make(subject.like, case) for case in MATRIX[subject.like]]
    _settle_form(subject, trials[0])
    if subject.like in ("Conv2D", "Dense") and not subject.has_bias(trials[0]):
        subject.constructor.biased = False
        trials = list(_without_bias(trials))
    found = [tried(subject, trial) for trial in trials]
    if _unwritten(found) == {"forward"}:
        found = found[:1]
    return [_refusing(record, _unwritten(found)) for record in found]


def _settle_form(subject: Subject, trial: Trial) -> None:
    """Write sizes as pairs if the layer does not understand ints."""
    if trial.case.kernel is None or tried(subject, trial).attempt.crash is None:
        return
    subject.constructor.pairs = True
    if tried(subject, trial).attempt.crash is not None:
        subject.constructor.pairs = False


def _without_bias(trials: list[Trial]) -> Iterator[Trial]:
    for trial in trials:
        if trial.case.bias:
            yield make(trial.like, replace(trial.case, bias=False))


def _unwritten(records: list[Record]) -> set[str]:
    """Return which methods are not written, as seen where no option is needed."""
    plain = [record for record in records if not record.trial.case.needed()]
    return {record.attempt.unwritten for record in plain if record.attempt.unwritten}


def _refusing(record: Record, unwritten: set[str]) -> Record:
    """Take NotImplementedError for a refusal where it comes with options only."""
    stage = record.attempt.unwritten
    if not stage or stage in unwritten:
        return record
    reason = f"{stage} says it is not implemented"
    return replace(record, attempt=replace(record.attempt, not_offered=reason))
