"""Turns what went wrong into findings: one for each thing to mend, in the order of mending."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from minitorchcnn.diagnostics.layers.diagnose import Explanation, explanations, meets
from minitorchcnn.diagnostics.layers.finding import Finding, counted, shown
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake
from minitorchcnn.diagnostics.layers.records import Record
from minitorchcnn.diagnostics.layers.runner import Crash, Subject
from minitorchcnn.diagnostics.layers.trial import LOSS
from minitorchcnn.diagnostics.layers.unexplained import describe
from minitorchcnn.diagnostics.layers.verdicts import FINE, close, narrow


def findings(subject: Subject, records: list[Record]) -> Iterator[Finding]:
    """Yield all there is to mend, in the order in which one would."""
    records = sorted(records, key=lambda record: record.trial.case.size())
    asked = [record for record in records if record.asked]
    explained = explanations(asked, subject.like)
    known = [explanation for explanation in explained if explanation.mistake is not None]
    # a known mistake first, as crashes are often its doing
    yield from (_wrong(subject, asked, explanation) for explanation in known)
    yield from _crashes(subject, asked)
    yield from _absent(subject, asked)
    yield from (_wrong(subject, asked, e) for e in explained if e.mistake is None)
    yield from _modified(subject, asked)
    yield from _coarse(subject, asked, [e.mistake for e in known if e.mistake])
    yield from _unwritten(subject, asked)


def _crashes(subject: Subject, asked: list[Record]) -> Iterator[Finding]:
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in asked:
        if record.attempt.crash is not None:
            groups.setdefault(record.attempt.crash.identity, []).append(record)
    well = [record for record in asked if record.attempt.crash is None]
    for identity, group in groups.items():
        crash = group[0].attempt.crash
        if crash is None:
            continue
        title = f"{crash.stage} raises {crash.kind} {counted(group, asked, well)}."
        finding = Finding("crash", (), title, _crash_hint(crash))

        def same(record: Record, identity: tuple[str, str, str] = identity) -> bool:
            found = record.attempt.crash
            return record.asked and found is not None and found.identity == identity

        yield shown(finding, subject, group[0], same)


def _crash_hint(crash: Crash) -> str:
    text = f"{crash.kind}: {crash.message}"
    if crash.line:
        text += f" ({crash.line})"
    if crash.kind == "AttributeError" and crash.stage in crash.message:
        text += f". The class needs a method {crash.stage}."
    return text


def _absent(subject: Subject, asked: list[Record]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in asked:
        for name, verdict in record.verdicts.items():
            if verdict.state == "absent":
                groups.setdefault((name, verdict.note), []).append(record)
    for (name, note), group in groups.items():
        well = [r for r in asked if r.state(name) in ("right", "coarse")]
        title = f"{name} {note} {counted(group, asked, well)}."
        finding = Finding("absent", (name,), title, _absent_hint(name, note, subject.like))

        def same(record: Record, name: str = name, note: str = note) -> bool:
            return record.state(name) == "absent" and record.verdicts[name].note == note

        yield shown(finding, subject, group[0], same)


def _absent_hint(name: str, note: str, like: str) -> str:
    if like == LOSS:
        return "The function returns a pair: the loss, a number, and its gradient, an array."
    method = {"y": "forward", "grad_x": "backward"}.get(name)
    if method is None:
        return f"backward must keep it in the layer: self.{name} = ..."
    if note == "is None":
        return f"{method} ends without giving anything back: is a `return {name}` missing?"
    return f"{method} must return a NumPy array of floating point numbers."


def _wrong(subject: Subject, asked: list[Record], explanation: Explanation) -> Finding:
    name = explanation.names[0]
    group = [record for record, n in explanation.wrong if n == name]
    # first a case whose numbers differ: a wrong shape alone tells a reader little
    group.sort(key=lambda record: (not _differs(record, name), record.trial.case.size()))
    telling = _differs(group[0], name)
    judged = [r for r in asked if r.state(name) in ("right", "coarse", "wrong")]
    well = [record for record in judged if record.state(name) != "wrong"]
    mistake = explanation.mistake
    kind, hint = (mistake.key, mistake.hint) if mistake else _pattern(group, name)
    if mistake is not None and _half_right(mistake, group, explanation.names):
        hint = f"Forward has it right, backward does not. {hint}"
    title = f"{_listed(explanation.names)} wrong {counted(group, judged, well)}."

    def same(record: Record) -> bool:
        if record.state(name) != "wrong" or (telling and not _differs(record, name)):
            return False
        if mistake is None:
            return _pattern([record], name)[0] == kind
        return meets(mistake, record.trial, name, record.verdicts[name].got)

    return shown(Finding(kind, explanation.names, title, hint), subject, group[0], same)


def _half_right(mistake: Mistake, group: list[Record], names: tuple[str, ...]) -> bool:
    """Return whether forward avoids, in these cases, what goes wrong in backward."""
    if mistake.change is None and mistake.rules is None:
        return False
    for record in group:
        y = mistake.given(record.trial, "y")
        if record.state("y") == "right" and y is not None:
            return "y" not in names and not close(y, record.trial.expected["y"], FINE)
    return False


def _differs(record: Record, name: str) -> bool:
    """Return whether the numbers differ, apart from axes of length 1."""
    got, right = np.squeeze(record.verdicts[name].got), np.squeeze(record.trial.expected[name])
    return not close(got, right, FINE)


def _pattern(group: list[Record], name: str) -> tuple[str, str]:
    return describe([(record.trial, name, record.verdicts[name].got) for record in group])


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"


def _modified(subject: Subject, asked: list[Record]) -> Iterator[Finding]:
    for name in ("x", "weight", "bias", "grad_y", "logits", "labels"):
        group = [record for record in asked if name in record.attempt.changed]
        if not group:
            continue
        well = [record for record in asked if record not in group]
        title = f"The input {name} is modified in place {counted(group, asked, well)}."
        hint = (
            f"The array {name} belongs to the caller, who may still need it. Work on a copy "
            f"({name}.copy()) or make a new array."
        )

        def same(record: Record, name: str = name) -> bool:
            return record.asked and name in record.attempt.changed

        yield shown(Finding("modifies its input", (), title, hint), subject, group[0], same)


def _coarse(subject: Subject, asked: list[Record], mistakes: list[Mistake]) -> Iterator[Finding]:
    def rounded(record: Record, name: str) -> bool:
        state = record.state(name)
        if state == "coarse":
            got = record.verdicts[name].got
            given = (mistake.given(record.trial, name) for mistake in mistakes)
            return not any(g is not None and close(got, g, FINE) for g in given)
        return state == "right" and narrow(record.verdicts[name].got)

    known = dict.fromkeys(name for record in asked for name in record.trial.expected)
    names = tuple(name for name in known if any(rounded(record, name) for record in asked))
    if not names:
        return
    group = [record for record in asked if rounded(record, names[0])]
    coarse = [r for r in group if r.state(names[0]) == "coarse"]
    title = f"{', '.join(names)}: x is float64, but the result is only as exact as float32."
    hint = (
        "Somewhere inside numbers pass through float32, so no gradient check can be exact. Make "
        "arrays with the dtype of x: np.zeros(shape, dtype=x.dtype), np.zeros_like(x)."
    )
    first = (coarse or group)[0]
    state = first.state(names[0])
    yield shown(
        Finding("float32", names, title, hint), subject, first, lambda r: r.state(names[0]) == state
    )


def _unwritten(subject: Subject, asked: list[Record]) -> Iterator[Finding]:
    stages = sorted({r.attempt.unwritten for r in asked if r.attempt.unwritten}, reverse=True)
    for stage in stages:
        advice = "It still raises NotImplementedError."
        if stage == "forward":
            advice += " Write it first, then run this check again; backward comes after it."
        if stage == "backward":
            advice += " Write it next, then run this check again."
        yield Finding("not written", (), f"{stage} is not written yet.", advice)
