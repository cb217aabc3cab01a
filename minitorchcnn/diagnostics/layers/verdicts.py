"""Judges one array of one trial: right, right but for rounding, wrong, or no array at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.runner import MISSING, Attempt
from minitorchcnn.diagnostics.layers.trial import Trial
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


def verdicts(trial: Trial, attempt: Attempt) -> dict[str, Verdict]:
    """Judge every array that a trial asks for."""
    found = {}
    blocked = ""
    for name, right in trial.expected.items():
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
