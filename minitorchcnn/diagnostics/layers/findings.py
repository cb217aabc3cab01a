"""Turns what went wrong into findings: one for each thing to mend, in the order of mending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.case import LOSS
from minitorchcnn.diagnostics.layers.diagnose import Explanation, explanations, meets
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake
from minitorchcnn.diagnostics.layers.runner import Crash, LayerUnderTest
from minitorchcnn.diagnostics.layers.shrink import smallest
from minitorchcnn.diagnostics.layers.signature import write_call
from minitorchcnn.diagnostics.layers.traits import where
from minitorchcnn.diagnostics.layers.unexplained import describe
from minitorchcnn.diagnostics.layers.verdicts import FINE, CaseResult, close, narrow, run_case
from minitorchcnn.types import Array

#: What makes results show the same: a tuple of names.
Key = tuple[str, ...]

#: Whether a result shows what a finding is about.
Same = Callable[[CaseResult], bool]


@dataclass(frozen=True)
class LayerFinding:
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


def find_all(tested: LayerUnderTest, results: list[CaseResult]) -> Iterator[LayerFinding]:
    """Yield all there is to mend, in the order in which one would."""
    results = sorted(results, key=lambda result: result.data.case.size())
    asked = [result for result in results if result.asked]
    explained = explanations(asked, tested.like)
    known = [explanation for explanation in explained if explanation.mistake is not None]
    # a known mistake first, as crashes are often its doing
    yield from (_wrong(tested, asked, explanation) for explanation in known)
    yield from _crashes(tested, asked)
    yield from _absent(tested, asked)
    yield from (_wrong(tested, asked, e) for e in explained if e.mistake is None)
    yield from _modified(tested, asked)
    yield from _coarse(tested, asked, [e.mistake for e in known if e.mistake])
    yield from _unwritten(tested, asked)


def _gather(
    asked: list[CaseResult], keys: Callable[[CaseResult], Iterable[Key]]
) -> Iterator[tuple[Key, list[CaseResult], Same]]:
    """Yield each key of the results, those that have it, and whether another result has it."""
    groups: dict[Key, list[CaseResult]] = {}
    for result in asked:
        for key in keys(result):
            groups.setdefault(key, []).append(result)
    for key, group in groups.items():

        def same(result: CaseResult, key: Key = key) -> bool:
            return result.asked and key in keys(result)

        yield key, group, same


def _crashes(tested: LayerUnderTest, asked: list[CaseResult]) -> Iterator[LayerFinding]:
    def identities(result: CaseResult) -> list[Key]:
        return [result.attempt.crash.identity] if result.attempt.crash else []

    well = [result for result in asked if result.attempt.crash is None]
    for (stage, kind, _), group, same in _gather(asked, identities):
        title = f"{stage} raises {kind} {counted(group, asked, well)}."
        crash = group[0].attempt.crash
        hint = _crash_hint(crash) if crash else ""
        yield with_smallest(LayerFinding("crash", (), title, hint), tested, group[0], same)


def _crash_hint(crash: Crash) -> str:
    text = f"{crash.kind}: {crash.message}"
    if crash.line:
        text += f" ({crash.line})"
    if crash.kind == "AttributeError" and crash.stage in crash.message:
        text += f". The class needs a method {crash.stage}."
    return text


def _absent(tested: LayerUnderTest, asked: list[CaseResult]) -> Iterator[LayerFinding]:
    def absences(result: CaseResult) -> list[Key]:
        return [(n, v.note) for n, v in result.verdicts.items() if v.state == "absent"]

    for (name, note), group, same in _gather(asked, absences):
        well = [r for r in asked if r.state(name) in ("right", "coarse")]
        title = f"{name} {note} {counted(group, asked, well)}."
        finding = LayerFinding("absent", (name,), title, _absent_hint(name, note, tested.like))
        yield with_smallest(finding, tested, group[0], same)


def _absent_hint(name: str, note: str, like: str) -> str:
    if like == LOSS:
        return "The function returns a pair: the loss, a number, and its gradient, an array."
    method = {"y": "forward", "grad_x": "backward"}.get(name)
    if method is None:
        return f"backward must keep it in the layer: self.{name} = ..."
    if note == "is None":
        return f"{method} ends without giving anything back: is a `return {name}` missing?"
    return f"{method} must return a NumPy array of floating point numbers."


def _wrong(
    tested: LayerUnderTest, asked: list[CaseResult], explanation: Explanation
) -> LayerFinding:
    name = explanation.names[0]
    group = [result for result, n in explanation.wrong if n == name]
    # first a case whose numbers differ: a wrong shape alone tells a reader little
    group.sort(key=lambda result: (not _differs(result, name), result.data.case.size()))
    telling = _differs(group[0], name)
    judged = [r for r in asked if r.state(name) in ("right", "coarse", "wrong")]
    well = [result for result in judged if result.state(name) != "wrong"]
    mistake = explanation.mistake
    kind, hint = (mistake.key, mistake.hint) if mistake else _pattern(group, name)
    if mistake is not None and _half_right(mistake, group, explanation.names):
        hint = f"Forward has it right, backward does not. {hint}"
    title = f"{_listed(explanation.names)} wrong {counted(group, judged, well)}."

    def same(result: CaseResult) -> bool:
        if result.state(name) != "wrong" or (telling and not _differs(result, name)):
            return False
        if mistake is None:
            return _pattern([result], name)[0] == kind
        return meets(mistake, result.data, name, result.verdicts[name].got)

    return with_smallest(LayerFinding(kind, explanation.names, title, hint), tested, group[0], same)


def _half_right(mistake: Mistake, group: list[CaseResult], names: tuple[str, ...]) -> bool:
    """Return whether forward avoids, in these cases, what goes wrong in backward."""
    if mistake.change is None and mistake.rules is None:
        return False
    for result in group:
        y = mistake.given(result.data, "y")
        if result.state("y") == "right" and y is not None:
            return "y" not in names and not close(y, result.data.expected["y"], FINE)
    return False


def _differs(result: CaseResult, name: str) -> bool:
    """Return whether the numbers differ, apart from axes of length 1."""
    got, right = np.squeeze(result.verdicts[name].got), np.squeeze(result.data.expected[name])
    return not close(got, right, FINE)


def _pattern(group: list[CaseResult], name: str) -> tuple[str, str]:
    return describe([(result.data, name, result.verdicts[name].got) for result in group])


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"


def _modified(tested: LayerUnderTest, asked: list[CaseResult]) -> Iterator[LayerFinding]:
    order = ("x", "weight", "bias", "grad_y", "logits", "labels")
    found = _gather(asked, lambda result: [(name,) for name in result.attempt.changed])
    for (name,), group, same in sorted(found, key=lambda one: order.index(one[0][0])):
        well = [result for result in asked if result not in group]
        title = f"The input {name} is modified in place {counted(group, asked, well)}."
        hint = (
            f"The array {name} belongs to the caller, who may still need it. Work on a copy "
            f"({name}.copy()) or make a new array."
        )
        finding = LayerFinding("modifies its input", (), title, hint)
        yield with_smallest(finding, tested, group[0], same)


def _coarse(
    tested: LayerUnderTest, asked: list[CaseResult], mistakes: list[Mistake]
) -> Iterator[LayerFinding]:
    def rounded(result: CaseResult, name: str) -> bool:
        state = result.state(name)
        if state == "coarse":
            got = result.verdicts[name].got
            given = (mistake.given(result.data, name) for mistake in mistakes)
            return not any(g is not None and close(got, g, FINE) for g in given)
        return state == "right" and narrow(result.verdicts[name].got)

    known = dict.fromkeys(name for result in asked for name in result.data.expected)
    names = tuple(name for name in known if any(rounded(result, name) for result in asked))
    if not names:
        return
    group = [result for result in asked if rounded(result, names[0])]
    coarse = [r for r in group if r.state(names[0]) == "coarse"]
    title = f"{', '.join(names)}: x is float64, but the result is only as exact as float32."
    hint = (
        "Somewhere inside numbers pass through float32, so no gradient check can be exact. Make "
        "arrays with the dtype of x: np.zeros(shape, dtype=x.dtype), np.zeros_like(x)."
    )
    first, finding = (coarse or group)[0], LayerFinding("float32", names, title, hint)
    state = first.state(names[0])
    yield with_smallest(finding, tested, first, lambda r: r.state(names[0]) == state)


def _unwritten(tested: LayerUnderTest, asked: list[CaseResult]) -> Iterator[LayerFinding]:
    stages = sorted({r.attempt.unwritten for r in asked if r.attempt.unwritten}, reverse=True)
    for stage in stages:
        advice = "It still raises NotImplementedError."
        if stage == "forward":
            advice += " Write it first, then run this check again; backward comes after it."
        if stage == "backward":
            advice += " Write it next, then run this check again."
        yield LayerFinding("not written", (), f"{stage} is not written yet.", advice)


def with_smallest(
    finding: LayerFinding, tested: LayerUnderTest, first: CaseResult, same: Same
) -> LayerFinding:
    """Return a finding together with the smallest case that shows it."""
    data = smallest(first.data, lambda smaller: same(run_case(tested, smaller)))
    result = first if data is first.data else run_case(tested, data)
    name = finding.arrays[0] if finding.arrays else ""
    loss = tested.like == LOSS
    return replace(
        finding,
        call=f"{tested.kind.__name__}(logits, labels)"
        if loss
        else write_call(tested.constructor, data),
        inputs={key: array.copy() for key, array in data.inputs.items()},
        expected=data.expected[name].copy() if name else None,
        got=result.attempt.got.get(name),
    )


def counted(wrong: list[CaseResult], asked: list[CaseResult], well: list[CaseResult]) -> str:
    """Say how many cases are wrong, and what they have in common that others lack."""
    if len(wrong) == len(asked):
        return f"in all {len(asked)} cases" if len(asked) > 1 else "in the only case"
    places = where([r.data for r in wrong], [r.data for r in well])
    return f"in {len(wrong)} of {len(asked)} cases{places}"
