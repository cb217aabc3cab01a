"""Gives verdicts: puts every case to a layer and judges each array that comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData, make_data
from minitorchcnn.diagnostics.layers.case_table import CASE_TABLE
from minitorchcnn.diagnostics.layers.runner import MISSING, Attempt, LayerUnderTest
from minitorchcnn.types import Array

#: Largest difference from the right numbers, as a share of the largest of them, in float64.
FINE = 1e-9

#: The same for numbers that went through float32 on the way.
COARSE = 1e-5


@dataclass(frozen=True)
class Verdict:
    """What became of one array.

    Attributes
    ----------
    state : str
        "right", "coarse" (right to float32 only), "wrong", "absent" (None, a list, missing),
        "crash", "unwritten" or "unreached".
    got : anything
        What the layer gave.
    note : str
        What is wrong beside the numbers, in words.
    """

    state: str
    got: Any = None
    note: str = ""


def judge_all(data: CaseData, attempt: Attempt) -> dict[str, Verdict]:
    """Judge every array that a data asks for."""
    found = {}
    blocked = ""
    for name, right in data.expected.items():
        if name in attempt.got:
            found[name] = judge(attempt.got[name], right)
        elif attempt.crash is not None and not blocked:
            found[name], blocked = Verdict("crash"), "unreached"
        elif attempt.unwritten:
            found[name] = Verdict("unwritten")
        else:
            found[name] = Verdict("unreached")
    return found


def judge(got: Any, right: Array) -> Verdict:
    """Compare what a layer gave with the right array."""
    absent = _absent(got, right)
    if absent:
        return Verdict("absent", got, absent)
    array = np.asarray(got)
    if array.shape != right.shape:
        return Verdict("wrong", array, f"has shape {array.shape} instead of {right.shape}")
    if not np.isfinite(array).all():
        return Verdict("wrong", array, "holds NaN or infinity")
    if close(array, right, FINE):
        return Verdict("right", array)
    return Verdict("coarse" if close(array, right, COARSE) else "wrong", array)


def _absent(got: Any, right: Array) -> str:
    if got is MISSING:
        return "is missing"
    if got is None:
        return "is None"
    if isinstance(got, np.ndarray) or (right.ndim == 0 and isinstance(got, (int, float))):
        kind = np.asarray(got).dtype.kind
        return "" if kind in "biuf" else f"holds {np.asarray(got).dtype}, not numbers"
    if isinstance(got, np.generic):
        return "" if right.ndim == 0 else "is a single number instead of an array"
    return f"is a {type(got).__name__} instead of a NumPy array"


def close(one: Array, other: Array, share: float) -> bool:
    """Return whether two arrays agree in shape and, to a share of the largest number, in value."""
    if one.shape != other.shape:
        return False
    if one.size == 0:
        return True
    finite = np.isfinite(other)
    if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
        return False
    scale = float(np.abs(other[finite]).max(initial=0.0))
    return bool((np.abs(one[finite] - other[finite]) <= share * max(scale, 1e-12)).all())


def narrow(got: Any) -> bool:
    """Return whether an answer to a float64 question is in float32 or less."""
    return isinstance(got, np.ndarray) and got.dtype.kind == "f" and got.dtype.itemsize < 8


@dataclass(frozen=True)
class CaseResult:
    """A data, what the layer did with it, and the verdict on every array."""

    data: CaseData
    attempt: Attempt
    verdicts: dict[str, Verdict]

    @property
    def asked(self) -> bool:
        """Whether the layer offers what the case needs."""
        return not self.attempt.not_offered

    def state(self, name: str) -> str:
        """Return the verdict on an array; empty if this data has no such array."""
        return self.verdicts[name].state if name in self.verdicts else ""

    @property
    def right(self) -> bool:
        """Whether all arrays are right, at least to float32."""
        return all(verdict.state in ("right", "coarse") for verdict in self.verdicts.values())


def run_case(tested: LayerUnderTest, data: CaseData) -> CaseResult:
    """Put one data to a layer."""
    attempt = tested.attempt(data)
    return CaseResult(data, attempt, judge_all(data, attempt))


def run_cases(tested: LayerUnderTest) -> list[CaseResult]:
    """Put every case of the table to a layer."""
    cases = CASE_TABLE[tested.like]
    first = make_data(tested.like, cases[0])
    _settle_form(tested, first)
    if tested.like in ("Conv2D", "Dense") and not tested.has_bias(first):
        tested.constructor.biased = False
        cases = [replace(case, bias=False) for case in cases if case.bias]
    found = [run_case(tested, make_data(tested.like, case)) for case in cases]
    if _unwritten(found) == {"forward"}:
        found = found[:1]
    return [_refusing(result, _unwritten(found)) for result in found]


def _settle_form(tested: LayerUnderTest, data: CaseData) -> None:
    """Write sizes as pairs if the layer does not understand ints."""
    if data.case.kernel is None or run_case(tested, data).attempt.crash is None:
        return
    tested.constructor.pairs = True
    if run_case(tested, data).attempt.crash is not None:
        tested.constructor.pairs = False


def _unwritten(results: list[CaseResult]) -> set[str]:
    """Return which methods are not written, as seen where no option is needed."""
    plain = [result for result in results if not result.data.case.needed()]
    return {result.attempt.unwritten for result in plain if result.attempt.unwritten}


def _refusing(result: CaseResult, unwritten: set[str]) -> CaseResult:
    """Take NotImplementedError for a refusal where it comes with options only."""
    stage = result.attempt.unwritten
    if not stage or stage in unwritten:
        return result
    reason = f"{stage} says it is not implemented"
    return replace(result, attempt=replace(result.attempt, not_offered=reason))
