"""Describes wrong numbers that no known mistake gives, by comparing them with the right ones."""

from __future__ import annotations

from collections import Counter

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.verdicts import close
from minitorchcnn.types import Array

#: A name for the pattern, and the words for it.
Pattern = tuple[str, str]

_UNKNOWN: Pattern = (
    "unexplained",
    "No mistake that is known here gives these numbers. Work the small case below through by hand.",
)


def describe(wrong: list[tuple[CaseData, str, Array]]) -> Pattern:
    """Return the pattern that most of the wrong arrays follow."""
    found = [_pattern(data, name, got) for data, name, got in wrong]
    counts = Counter(key for key, _ in found)
    key, count = counts.most_common(1)[0]
    if count * 2 <= len(found) or key == "unexplained":
        return _UNKNOWN
    return next(pattern for pattern in found if pattern[0] == key)


def _pattern(data: CaseData, name: str, got: Array) -> Pattern:
    right = data.expected[name]
    if got.shape != right.shape:
        return _shape(got, right)
    if not np.isfinite(got).all():
        return "NaN", (
            "Some numbers are NaN or infinite: a division by zero, an overflow of exp, or an array "
            "made by np.empty that was never filled."
        )
    return _factor(data, got, right) or _order(got, right) or _places(got, right) or _UNKNOWN


def _shape(got: Array, right: Array) -> Pattern:
    if got.size == 0:
        return "empty", (
            "The array is empty: a slice such as [p:-p] is empty where p is 0. Cut the padding off "
            "by [p : p + height]."
        )
    if got.size == right.size and close(got.reshape(right.shape), right, 1e-6):
        return "shape only", (
            f"The numbers are right, only the shape is not: {got.shape} must be {right.shape}."
        )
    return "shape", "The shape is wrong, so look at how the sizes are worked out first."


def _factor(data: CaseData, got: Array, right: Array) -> Pattern | None:
    """Name a constant factor between wrong and right numbers."""
    flat, wanted = got.ravel(), right.ravel()
    if not np.array_equal(flat == 0, wanted == 0) or (wanted != 0).sum() < 2:
        return None
    ratios = flat[wanted != 0] / wanted[wanted != 0]
    if np.ptp(ratios) > 1e-9 * abs(ratios[0]):
        return None
    return "factor", (
        f"All numbers are {_told(float(ratios[0]))} times the right ones: look for a division or "
        f"a product too many, or one that is missing."
    )


def _told(ratio: float) -> str:
    if 0 < abs(ratio) < 1 and abs(1 / ratio - round(1 / ratio)) < 1e-9:
        return f"1/{round(1 / ratio)}"
    return f"{ratio:.6g}"


def _order(got: Array, right: Array) -> Pattern | None:
    if right.size < 3 or not close(np.sort(got, axis=None), np.sort(right, axis=None), 1e-9):
        return None
    return "order", (
        "These are the right numbers in the wrong places: look for exchanged indices, a reshape "
        "where a transpose belongs, or axes in another order."
    )


def _places(got: Array, right: Array) -> Pattern | None:
    """Say where the numbers are wrong, if it is a telling part of the array only."""
    bad = np.abs(got - right) > 1e-6 * max(float(np.abs(right).max()), 1e-12)
    if right.ndim == 4 and min(right.shape[2:]) > 2 and not bad[:, :, 1:-1, 1:-1].any():
        return "border", "Only the pixels at the border are wrong; those inside are right."
    if right.ndim >= 2 and len(right) > 1:
        samples = bad.reshape(len(bad), -1).any(axis=1)
        if not samples[0] and samples[1:].all():
            return "later rows", (
                "Along the first axis only index 0 is right: something is carried over from one "
                "turn of the loop to the next, or an index is fixed."
            )
    if right.ndim >= 2 and right.shape[1] > 1:
        channels = bad.any(axis=(0, *range(2, bad.ndim)))
        if not channels[0] and channels[1:].all():
            return "later channels", (
                "Along the second axis only index 0 is right: something is carried over from one "
                "turn of the loop to the next, or an index is fixed."
            )
    return None
