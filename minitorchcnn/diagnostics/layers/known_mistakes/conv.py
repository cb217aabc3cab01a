"""Mistakes of convolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import (
    ONE_SAMPLE_ONLY,
    WHOLE_NUMBERS,
    Mistake,
    Results,
    correct_rule,
    only,
    picked,
    scaled,
    slide,
)
from minitorchcnn.diagnostics.layers.known_mistakes.reference import (
    WindowRule,
    convolution_gradients,
    convolve,
)
from minitorchcnn.diagnostics.layers.known_mistakes.windows import (
    KERNELS,
    SLIDES,
    WindowMistake,
    chain,
)
from minitorchcnn.types import Array


def convolution(data: CaseData, rule: WindowRule) -> Results:
    """Return y and all gradients of a convolution that slides like this."""
    x, weight, grad_y, groups = data.x, data.inputs["weight"], data.grad_y, data.case.groups
    found = {"y": convolve(x, weight, rule, groups)}
    gradients = convolution_gradients(x, weight, grad_y, rule, groups)
    found["grad_x"], found["grad_weight"] = gradients
    if "bias" in data.inputs:
        found["y"] += data.inputs["bias"][:, None, None]
        found["grad_bias"] = grad_y.sum(axis=(0, 2, 3))
    return found


def _slid(mistake: WindowMistake) -> Mistake:
    """Return the mistake of a convolution whose window slides wrongly."""
    key, hint, change = mistake

    return Mistake(key, hint, lambda data: slide(data, change, convolution), change)


def combined(first: Mistake, second: Mistake) -> Mistake | None:
    """Return a convolution that makes both mistakes, if both are about sliding."""
    if first.change is None or second.change is None or first.key == second.key:
        return None
    hint = f"Two mistakes at once. {first.hint} {second.hint}"
    both = chain(first.change, second.change)
    return _slid(WindowMistake(f"{first.key} + {second.key}", hint, both))


def _bias(data: CaseData) -> Any:
    return data.inputs["bias"][:, None, None] if "bias" in data.inputs else 0.0


def _bias_times(factor: Callable[[CaseData], float]) -> Callable[[CaseData], Results]:
    return lambda t: {"y": t.expected["y"] + factor(t) * _bias(t)}


def _before_bias(change: Callable[[CaseData, Array], Array]) -> Callable[[CaseData], Results]:
    return lambda t: {"y": change(t, t.expected["y"] - _bias(t)) + _bias(t)}


def _elements(data: CaseData) -> float:
    return float(np.prod(data.case.kernel or 1))


def _positions(data: CaseData) -> float:
    return float(np.prod(data.grad_y.shape[2:]))


def _last_filter_assigned(data: CaseData) -> Results:
    silenced = only(1, -1)(data)
    rule = replace(correct_rule(data.case), assign="window")
    return {"grad_x": convolution(silenced, rule)["grad_x"]}


def _last_window(data: CaseData) -> CaseData:
    kept = np.zeros_like(data.grad_y)
    kept[:, :, -1, -1] = data.grad_y[:, :, -1, -1]
    return data.with_inputs(grad_y=kept)


def _bias_sums(axes: tuple[int, ...]) -> Callable[[CaseData], Results]:
    return lambda t: {"grad_bias": t.grad_y.sum(axis=axes)} if "bias" in t.inputs else {}


_UNSUMMED = (
    "grad_bias must have one number per filter: sum grad_y over the batch and over all places, "
    "grad_y.sum(axis=(0, 2, 3)). "
)

_OWN: tuple[Mistake, ...] = (
    Mistake("bias missing", "The bias is not added.", _bias_times(lambda t: -1.0)),
    Mistake(
        "bias per channel",
        "The bias is added once for every input channel; it belongs there once per filter.",
        _bias_times(lambda t: t.x.shape[1] - 1.0),
    ),
    Mistake(
        "bias per pixel",
        "The bias is added once for every element of the window; it belongs there once.",
        _bias_times(lambda t: t.inputs["weight"][0].size - 1.0),
    ),
    Mistake(
        "mean of the window",
        "You take the mean over the kernel's elements; a convolution is the sum. (A filter that "
        "shall give means has weights that are divided already.)",
        _before_bias(lambda t, y: y / _elements(t)),
    ),
    Mistake(
        "mean of the window",
        "The gradient is divided by the number of kernel elements; it is a plain sum.",
        scaled(("grad_x", "grad_weight"), lambda t: 1 / _elements(t)),
    ),
    Mistake("whole numbers", WHOLE_NUMBERS, _before_bias(lambda t, y: np.trunc(y))),
    Mistake(
        "first channel only",
        "Only the first input channel is used: the sum runs over all channels.",
        picked(only(1, 0, "weight"), "y", "grad_x"),
    ),
    Mistake(
        "last channel only",
        "Only the last input channel counts: in the loop over channels you assign where you must "
        "add.",
        picked(only(1, -1, "weight"), "y", "grad_x"),
    ),
    Mistake(
        "last filter only",
        "Only the last filter counts: grad_x is a sum over all filters, so in the loop over "
        "filters you must add (+= instead of =).",
        picked(only(1, -1), "grad_x"),
    ),
    Mistake(
        "last filter only",
        "In the loops over filters and windows you assign where you must add: grad_x is a sum "
        "over all filters and all windows that a pixel lies in (+= instead of =).",
        _last_filter_assigned,
    ),
    Mistake(
        "first filter only",
        "Only the first filter counts: grad_x is a sum over all filters.",
        picked(only(1, 0), "grad_x"),
    ),
    Mistake(
        "bias not summed over the batch",
        _UNSUMMED + "Yours is not summed over the batch.",
        _bias_sums((2, 3)),
    ),
    Mistake(
        "bias not summed over places",
        _UNSUMMED + "Yours is not summed over height and width.",
        _bias_sums((0,)),
    ),
    Mistake(
        "bias summed over filters",
        _UNSUMMED + "Yours is summed over the filters as well.",
        _bias_sums((0, 1, 2, 3)),
    ),
    *ONE_SAMPLE_ONLY,
    Mistake(
        "last window only",
        "Only the last window counts: the gradient is a sum over all windows (+= instead of =).",
        picked(_last_window, "grad_weight", "grad_bias"),
    ),
    Mistake(
        "mean over places",
        "You average the gradient over the places of the window; it is a sum.",
        scaled(("grad_weight", "grad_bias"), lambda t: 1 / _positions(t)),
    ),
    Mistake(
        "mean over batch and places",
        "You average the gradient over the batch and the places of the window; it is a sum.",
        scaled(("grad_weight", "grad_bias"), lambda t: 1 / _positions(t) / len(t.x)),
    ),
    Mistake(
        "filters and channels exchanged",
        "Filters and channels are exchanged: grad_weight has the shape of weight, (filters, "
        "channels, height, width).",
        lambda t: {"grad_weight": t.expected["grad_weight"].swapaxes(0, 1)},
    ),
)

CONVOLUTION: tuple[Mistake, ...] = (
    *(_slid(mistake) for mistake in KERNELS),
    *_OWN,
    *(_slid(mistake) for mistake in SLIDES),
)
