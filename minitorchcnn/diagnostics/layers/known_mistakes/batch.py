"""Mistakes of what looks at the batch as a whole: batch normalization and cross-entropy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake, Results, scaled
from minitorchcnn.types import Array


def _axes(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _along(values: Array, x: Array) -> Array:
    return values.reshape(-1, *(1,) * (x.ndim - 2))


def _normalized(
    data: CaseData,
    axes: tuple[int, ...] | None = None,
    deviation: Callable[[Array, float, int], Array] | None = None,
) -> Results:
    """Return what other statistics give, with the usual formulas in backward."""
    x, axes = data.x, axes or _axes(data.x)
    epsilon = float(dict(data.case.extras).get("epsilon", 1e-5))
    count = math.prod(x.shape[axis] for axis in axes)
    variance = x.var(axis=axes, keepdims=True)
    spread = (deviation or (lambda v, e, m: np.sqrt(v + e)))(variance, epsilon, count)
    normalized = (x - x.mean(axis=axes, keepdims=True)) / spread
    weight, bias = (_along(data.inputs[name], x) for name in ("weight", "bias"))
    grad = data.grad_y * weight
    means = (v.mean(axis=axes, keepdims=True) for v in (grad, grad * normalized))
    grad_mean, grad_variance = means
    return {
        "y": normalized * weight + bias,
        "grad_x": (grad - grad_mean - normalized * grad_variance) / spread,
        "grad_weight": (data.grad_y * normalized).sum(axis=_axes(x)),
    }


def _constant_statistics(data: CaseData, *, through_mean: bool) -> Results:
    """Return grad_x as if the variance, and perhaps the mean, did not depend on x."""
    x, axes = data.x, _axes(data.x)
    epsilon = float(dict(data.case.extras).get("epsilon", 1e-5))
    scale = _along(data.inputs["weight"], x) / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)
    grad = data.grad_y * scale
    return {"grad_x": grad - grad.mean(axis=axes, keepdims=True) if through_mean else grad}


def _without_weight(data: CaseData) -> Results:
    return {"grad_x": data.expected["grad_x"] / _along(data.inputs["weight"], data.x)}


_OF_BATCH = "Mean and variance depend on x, so their gradients belong into grad_x as well. "

BATCH_NORM: tuple[Mistake, ...] = (
    Mistake("unbiased variance", "The variance is divided by m - 1; batch normalization divides by "
            "m (x.var() does).",
            lambda t: _normalized(t, None, lambda v, e, m: np.sqrt(v * m / max(m - 1, 1) + e))),
    Mistake("epsilon outside", "epsilon stands outside the root: sqrt(variance + epsilon).",
            lambda t: _normalized(t, None, lambda v, e, m: np.sqrt(v) + e)),
    Mistake("epsilon missing", "epsilon is not the one that was given.",
            lambda t: _normalized(t, None, lambda v, e, m: np.sqrt(v + 1e-5))),
    Mistake("variance without root", "You divide by the variance; divide by its root.",
            lambda t: _normalized(t, None, lambda v, e, m: v + e)),
    Mistake("per pixel", "Statistics are taken for every pixel apart; they go over batch, height "
            "and width, one mean per channel.", lambda t: _normalized(t, (0,))),
    Mistake("per sample", "Statistics are taken for every sample apart; they go over the batch.",
            lambda t: _normalized(t, tuple(range(1, t.x.ndim)))),
    Mistake("over everything", "One mean is taken over all channels; every channel has its own.",
            lambda t: _normalized(t, tuple(range(t.x.ndim)))),
    Mistake("mean and variance constant", _OF_BATCH + "Yours takes both for constants.",
            lambda t: _constant_statistics(t, through_mean=False)),
    Mistake("variance constant", _OF_BATCH + "Yours takes the variance for a constant.",
            lambda t: _constant_statistics(t, through_mean=True)),
    Mistake("weight missing", "grad_x lacks the factor weight.", _without_weight),
    Mistake("bias not summed", "grad_bias has one number per channel: sum grad_y over batch, "
            "height and width.", lambda t: {"grad_bias": t.grad_y.sum(axis=0)}),
    Mistake("average", "You average over batch, height and width; gradients are sums.",
            scaled(("grad_weight", "grad_bias"),
                   lambda t: len(t.inputs["weight"]) / t.x.size)),
    Mistake("x instead of normalized x", "grad_weight is the sum of grad_y times the normalized "
            "x; yours takes x.", lambda t: {"grad_weight": (t.grad_y * t.x).sum(axis=_axes(t.x))}),
)  # fmt: skip


def _probabilities(data: CaseData, axis: int = 1) -> Array:
    powers = np.exp(data.x - data.x.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _one_hot(data: CaseData) -> Array:
    return np.eye(data.x.shape[1])[data.inputs["labels"]]


def _rows(data: CaseData) -> int:
    return len(data.x)


def _wrong_axis(data: CaseData) -> Results:
    p = _probabilities(data, axis=0)
    wrong = (p - _one_hot(data)) / len(p)
    return {"loss": -np.log(p[np.arange(len(p)), data.inputs["labels"]]).mean(),
            "grad_logits": wrong}  # fmt: skip


def _other_logarithm(data: CaseData) -> Results:
    return {"loss": data.expected["loss"] / np.log(2)}


def _naive_exponentials(data: CaseData) -> Results:
    powers = np.exp(data.x)
    p = powers / powers.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(p)), data.inputs["labels"]]).mean()
    return {"loss": loss, "grad_logits": (p - _one_hot(data)) / len(p)}


CROSS_ENTROPY: tuple[Mistake, ...] = (
    Mistake("sum over the batch", "You sum over the batch; the loss is the mean, so that the "
            "learning rate does not depend on the batch size.",
            lambda t: {k: v * _rows(t) for k, v in t.expected.items()}),
    Mistake("divided twice", "You divide by the batch size twice.",
            lambda t: {k: v / _rows(t) for k, v in t.expected.items()}),
    Mistake("divided by classes", "You divide by the number of all logits; divide by the number of "
            "rows.", lambda t: {k: v / t.x.shape[1] for k, v in t.expected.items()}),
    Mistake("right class not subtracted", "The gradient is (softmax - onehot) / N: subtract 1 from "
            "the probability of the right class.",
            lambda t: {"grad_logits": _probabilities(t) / _rows(t)}),
    Mistake("right class not subtracted", "The gradient is (softmax - onehot) / N: subtract 1 from "
            "the probability of the right class, and divide by N.",
            lambda t: {"grad_logits": _probabilities(t)}),
    Mistake("wrong axis", "Softmax runs over the batch; it must run over the classes (axis=1).",
            _wrong_axis),
    Mistake("wrong logarithm", "The logarithm has base 2; the natural one (np.log) is meant.",
            _other_logarithm),
    Mistake("overflow", "exp overflows for large scores: subtract each row's largest score first, "
            "that changes nothing else.", _naive_exponentials),
)  # fmt: skip
