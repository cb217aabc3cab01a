"""Mistakes of activations, which are formulas of x, y and grad_y."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake, Results
from minitorchcnn.types import Array

#: x, y and grad_y to the results of a wrong layer.
Formula = Callable[[Array, Array, Array], Results]


def formula(key: str, hint: str, wrong: Formula) -> Mistake:
    """Return a mistake that is a formula of x, the right y, and grad_y."""
    return Mistake(key, hint, lambda t: wrong(t.x, t.expected["y"], t.grad_y))


def _logistic(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def _over(y: Array, grad_y: Array, slope: Callable[[Array], Array]) -> Results:
    return {"y": y, "grad_x": grad_y * slope(y)}


_NO_CHAIN = (
    "grad_y is not used: that is the slope alone. By the chain rule grad_x is grad_y times the "
    "slope."
)

RELU: tuple[Mistake, ...] = (
    formula(
        "slope at zero",
        "At x = 0 you let the gradient through; the slope of ReLU at 0 is taken as 0 (x > 0, not "
        "x >= 0).",
        lambda x, y, g: {"grad_x": g * (x >= 0)},
    ),
    formula(
        "sign of grad_y",
        "You look at the sign of grad_y; the gradient passes where x was positive. Keep x (or the "
        "mask x > 0) in forward.",
        lambda x, y, g: {"grad_x": np.maximum(g, 0)},
    ),
    formula(
        "gradient unmasked",
        "The gradient passes everywhere; where x was negative it must be 0.",
        lambda x, y, g: {"grad_x": g},
    ),
    formula("mask alone", _NO_CHAIN, lambda x, y, g: {"grad_x": (x > 0) * np.ones_like(x)}),
    formula(
        "mask reversed",
        "The mask is the wrong way round: the gradient passes where x was positive.",
        lambda x, y, g: {"y": np.minimum(x, 0), "grad_x": g * (x <= 0)},
    ),
    formula(
        "x instead of grad_y",
        "backward gives x itself where x is positive; it must give grad_y there.",
        lambda x, y, g: {"grad_x": np.maximum(x, 0)},
    ),
    formula(
        "times y",
        "The gradient is multiplied by y; the slope of ReLU is 1 where x is positive.",
        lambda x, y, g: {"grad_x": g * y},
    ),
    formula(
        "absolute value",
        "Negative numbers change their sign; ReLU sets them to 0.",
        lambda x, y, g: {"y": np.abs(x), "grad_x": g * np.sign(x)},
    ),
    formula(
        "nothing happens", "Negative numbers stay; ReLU sets them to 0.", lambda x, y, g: {"y": x}
    ),
)


def _slope(data: CaseData) -> float:
    return float(dict(data.case.extras).get("slope", 0.01))


def _leaky(key: str, hint: str, wrong: Callable[[Array, Array, float], Results]) -> Mistake:
    return Mistake(key, hint, lambda t: wrong(t.x, t.grad_y, _slope(t)))


LEAKY_RELU: tuple[Mistake, ...] = (
    _leaky(
        "slope at zero",
        "At x = 0 the gradient is taken as slope times grad_y (x > 0, not x >= 0).",
        lambda x, g, s: {"grad_x": np.where(x >= 0, g, s * g)},
    ),
    _leaky(
        "no slope",
        "Negative numbers become 0, as in ReLU; they are to be multiplied by slope.",
        lambda x, g, s: {"y": np.maximum(x, 0), "grad_x": g * (x > 0)},
    ),
    _leaky(
        "default slope",
        "The slope is always 0.01, whatever the constructor is given.",
        lambda x, g, s: {"y": np.where(x > 0, x, 0.01 * x), "grad_x": np.where(x > 0, g, 0.01 * g)},
    ),
    _leaky(
        "slope on the wrong side",
        "Positive numbers are multiplied by slope; the negative ones must be.",
        lambda x, g, s: {"y": np.where(x > 0, s * x, x), "grad_x": np.where(x > 0, s * g, g)},
    ),
    _leaky(
        "slope alone",
        _NO_CHAIN,
        lambda x, g, s: {"grad_x": np.where(x > 0, 1.0, s)},
    ),
    _leaky("gradient unmasked", "The gradient passes whole everywhere; where x was negative it is "
           "multiplied by slope.", lambda x, g, s: {"grad_x": g}),
)  # fmt: skip

SIGMOID: tuple[Mistake, ...] = (
    formula(
        "slope of x",
        "The slope is y * (1 - y) with the output y; yours takes x for y.",
        lambda x, y, g: {"grad_x": g * x * (1 - x)},
    ),
    formula("slope alone", _NO_CHAIN, lambda x, y, g: {"grad_x": y * (1 - y)}),
    formula("half a slope", "The slope is y * (1 - y); (1 - y) is missing.",
            lambda x, y, g: {"grad_x": g * y}),
    formula("slope of tanh", "The slope of sigmoid is y * (1 - y); 1 - y * y is that of tanh.",
            lambda x, y, g: {"grad_x": g * (1 - y * y)}),
    formula("sigmoid twice", "In backward sigmoid is applied a second time, to y; keep y and "
            "use it as it is.",
            lambda x, y, g: {"grad_x": g * _logistic(y) * (1 - _logistic(y))}),
    formula("overflow", "exp(x) / (1 + exp(x)) overflows for large x; 1 / (1 + exp(-x)) does not.",
            lambda x, y, g: _over(np.exp(x) / (1 + np.exp(x)), g, lambda y: y * (1 - y))),
    formula("sign in the exponent", "The exponent has the wrong sign: 1 / (1 + exp(-x)).",
            lambda x, y, g: {"y": 1 - y}),
)  # fmt: skip

TANH: tuple[Mistake, ...] = (
    formula("slope of x", "The slope is 1 - y * y with the output y; yours takes x for y.",
            lambda x, y, g: {"grad_x": g * (1 - x * x)}),
    formula("slope alone", _NO_CHAIN, lambda x, y, g: {"grad_x": 1 - y * y}),
    formula("not squared", "The slope is 1 - y * y; your y is not squared.",
            lambda x, y, g: {"grad_x": g * (1 - y)}),
    formula("slope of sigmoid", "The slope of tanh is 1 - y * y; y * (1 - y) is that of sigmoid.",
            lambda x, y, g: {"grad_x": g * y * (1 - y)}),
    formula("tanh twice", "In backward tanh is applied a second time, to y; keep y and use it as "
            "it is.", lambda x, y, g: {"grad_x": g * (1 - np.tanh(y) ** 2)}),
    formula("overflow", "exp(x) and exp(-x) overflow for large x, and infinity over infinity is "
            "NaN. np.tanh does not overflow.",
            lambda x, y, g: _over((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), g,
                                  lambda y: 1 - y * y)),
    formula("half the argument", "That is tanh(x / 2): (1 - exp(-x)) / (1 + exp(-x)). tanh has "
            "exp(-2 * x).", lambda x, y, g: {"y": np.tanh(x / 2)}),
)  # fmt: skip
