"""Mistakes as numbers: what a layer that makes a certain mistake would give.

A hint is never guessed from the case that fails. It is given when the learner's wrong numbers
are the very numbers of a known mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from minitorchcnn.diagnostics.layers.case import Case, CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.reference import (
    Change,
    Shares,
    Value,
    WindowRule,
)
from minitorchcnn.geometry import window_geometry
from minitorchcnn.types import Array

Results = dict[str, Array]

GRADIENTS = ("grad_x", "grad_weight", "grad_bias", "grad_logits")


@dataclass(frozen=True)
class Mistake:
    """A known mistake.

    Attributes
    ----------
    key : str
        Short name.
    hint : str
        What is wrong and what would be right, in one or two sentences.
    results : callable
        CaseData to the arrays of a layer with this mistake; arrays may be left out.
    change, rules : callable and pair of callables, or None
        How it was made, for mistakes about windows: two of them can be combined.
    """

    key: str
    hint: str
    results: Callable[[CaseData], Results]
    change: Change | None = None
    rules: tuple[Value, Shares] | None = None

    def given(self, data: CaseData, name: str) -> Array | None:
        """Return one array of a layer with this mistake, or None if the data cannot show it."""
        if self not in data.memo:
            try:
                data.memo[self] = self.results(data)
            except (
                ValueError,
                IndexError,
                ZeroDivisionError,
            ):  # the mistake does not work on these sizes
                data.memo[self] = {}
        found = data.memo[self].get(name)
        return None if found is None else np.asarray(found)


@lru_cache(maxsize=512)
def correct_rule(case: Case) -> WindowRule:
    """Return how the window of a case slides rightly."""
    (height, width), extras = case.x_shape[2:], dict(case.extras)
    up = bool(extras.get("ceil_mode", False))
    window = window_geometry(
        (height, width),
        case.kernel or (1, 1),
        stride=case.step,
        padding=case.padding,
        dilation=case.dilation,
        ceil_mode=up,
    )
    return WindowRule.of(
        window,
        same=case.padding == "same",
        default_stride=case.stride is None,
        up=up,
        counts_padding=bool(extras.get("count_include_pad", True)),
    )


def slide(
    data: CaseData,
    change: Change | None,
    compute: Callable[[CaseData, WindowRule], Results],
    rules: tuple[Value, Shares] | None = None,
) -> Results:
    """Return what a layer gives that slides by a changed rule; rules that are equal, only once."""
    right = correct_rule(data.case)
    rule = right if change is None else change(right)
    if rule is None:
        return {}
    if rule == right and rules is None:
        return data.expected
    if (rule, rules) not in data.memo:
        data.memo[rule, rules] = compute(data, rule)
    return data.memo[rule, rules]


def scaled(
    names: tuple[str, ...], factor: Callable[[CaseData], float]
) -> Callable[[CaseData], Results]:
    """Return results that are the right ones times a number."""
    return lambda t: {k: v * factor(t) for k, v in t.expected.items() if k in names}


def only(axis: int, index: int, name: str = "grad_y") -> Callable[[CaseData], CaseData]:
    """Return a function that silences all of an input but one slice."""

    def masked(data: CaseData) -> CaseData:
        kept = np.zeros_like(data.inputs[name])
        np.moveaxis(kept, axis, 0)[index] = np.moveaxis(data.inputs[name], axis, 0)[index]
        return data.with_inputs(**{name: kept})

    return masked


def picked(mask: Callable[[CaseData], CaseData], *names: str) -> Callable[[CaseData], Results]:
    """Return those right results that belong to inputs with something silenced."""

    def results(data: CaseData) -> Results:
        silenced = mask(data).expected
        return {name: silenced[name] for name in names if name in silenced}

    return results


def _piled(data: CaseData) -> Results:
    return {k: 2 * v for k, v in data.expected.items()} if data.case.reused else {}


def _first_sample_only(data: CaseData) -> Results:
    found: Results = {}
    for name in ("y", "grad_x"):
        if name in data.expected:
            found[name] = np.zeros_like(data.expected[name])
            found[name][:1] = data.expected[name][:1]
    return found


def _first_sample_for_all(data: CaseData) -> Results:
    names = [name for name in ("y", "grad_x") if name in data.expected]
    return {k: np.repeat(data.expected[k][:1], len(data.x), axis=0) for k in names}


def _turned(data: CaseData) -> Results:
    return {k: v.swapaxes(-1, -2) for k, v in data.expected.items() if v.ndim >= 2}


def _without_grad_y(data: CaseData) -> Results:
    if "grad_y" not in data.inputs:
        return {}
    ones = data.with_inputs(grad_y=np.ones_like(data.grad_y)).expected
    return {k: v for k, v in ones.items() if k in GRADIENTS[:3]}


WHOLE_NUMBERS = (
    "The fractions are cut off: an array of integers is made somewhere, so numbers lose what is "
    "behind the point. Give np.zeros the dtype of x."
)

GENERAL: tuple[Mistake, ...] = (
    Mistake(
        "piles up",
        "Gradients pile up from call to call: backward must begin at zeros each time. Make the "
        "array with np.zeros_like inside backward.",
        _piled,
    ),
    Mistake(
        "batch average",
        "You average the gradient over the batch. The loss is a mean already, so the layer must "
        "add the gradients of the samples and not divide by their number.",
        scaled(GRADIENTS[:3], lambda t: 1 / len(t.x)),
    ),
    Mistake(
        "sign",
        "The sign is wrong: your numbers are the right ones times -1.",
        lambda t: {k: -v for k, v in t.expected.items()},
    ),
    Mistake(
        "zeros",
        "All zeros: the array is made, but nothing is ever written into it.",
        lambda t: {k: np.zeros_like(v) for k, v in t.expected.items()},
    ),
    Mistake(
        "grad_y unused",
        "grad_y is not used: these are the right numbers for a grad_y of ones. Multiply by grad_y "
        "(the chain rule).",
        _without_grad_y,
    ),
    Mistake(
        "first sample only",
        "Only the first sample of the batch is worked on; the others stay zero. Loop over all of "
        "axis 0.",
        _first_sample_only,
    ),
    Mistake(
        "first sample for all",
        "All samples get the numbers of the first one: the index of the sample is missing "
        "somewhere.",
        _first_sample_for_all,
    ),
    Mistake("transposed", "The last two axes are exchanged (transposed).", _turned),
    Mistake(
        "whole numbers", WHOLE_NUMBERS, lambda t: {k: np.trunc(v) for k, v in t.expected.items()}
    ),
)

#: Of layers with a weight: the gradient of one sample is taken for that of the batch.
ONE_SAMPLE_ONLY: tuple[Mistake, ...] = (
    Mistake(
        "last sample only",
        "Only the last sample counts: in the loop over the batch you assign where you must add "
        "(+= instead of =).",
        picked(only(0, -1), "grad_weight", "grad_bias"),
    ),
    Mistake(
        "first sample only",
        "Only the first sample counts: the gradient is a sum over the batch.",
        picked(only(0, 0), "grad_weight", "grad_bias"),
    ),
)
