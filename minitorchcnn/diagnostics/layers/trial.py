"""A case with its arrays and the right answers, which come from the package's own layers.

Those layers are held to naive loops, to PyTorch and to ONNX by the tests; the naive loops that
this folder has for wrong answers are held to them in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minitorchcnn import layers
from minitorchcnn.diagnostics.layers.case import Case, draw, short
from minitorchcnn.layers.base import Layer
from minitorchcnn.ops.loss import softmax_cross_entropy
from minitorchcnn.types import Array

LOSS = "softmax_cross_entropy"

#: What a learner's class can be checked like: name and the package's own class (none for a loss).
LIKE: dict[str, type[Layer] | None] = {
    "Conv2D": layers.Conv2D,
    "MaxPool": layers.MaxPool,
    "AvgPool": layers.AvgPool,
    "GlobalAvgPool": layers.GlobalAvgPool,
    "ReLU": layers.ReLU,
    "LeakyReLU": layers.LeakyReLU,
    "Sigmoid": layers.Sigmoid,
    "Tanh": layers.Tanh,
    "Flatten": layers.Flatten,
    "Dense": layers.Dense,
    "BatchNorm": layers.BatchNorm,
    LOSS: None,
}

#: Layers with weight and bias.
WEIGHTED = ("Conv2D", "Dense", "BatchNorm")


@dataclass(frozen=True)
class Trial:
    """One case, ready to be put to a layer.

    Attributes
    ----------
    like : str
        A key of `LIKE`.
    case : Case
    inputs : dict of str to ndarray
        x, weight, bias and grad_y, or logits and labels.
    expected : dict of str to ndarray
        y, grad_x, grad_weight and grad_bias as far as there are any, or loss and grad_logits.
    memo : dict
        What mistakes make of this trial, by mistake, as each array is asked for apart.
    """

    like: str
    case: Case
    inputs: dict[str, Array]
    expected: dict[str, Array]
    memo: dict[Any, dict[str, Array]] = field(default_factory=dict, compare=False, repr=False)

    def with_ones(self) -> Trial:
        """Return the same trial with a grad_y of ones."""
        if self.like == LOSS:
            return self
        return _answer(self.like, self.case, {**self.inputs, "grad_y": np.ones_like(self.grad_y)})

    @property
    def x(self) -> Array:
        """The input: x, or the logits of a loss."""
        return self.inputs["logits" if self.like == LOSS else "x"]

    @property
    def grad_y(self) -> Array:
        """The gradient handed to backward."""
        return self.inputs["grad_y"]


def make(like: str, case: Case) -> Trial:
    """Draw a case's arrays and work out the right answers.

    Raises
    ------
    MinitorchcnnError
        If the case is impossible: a window larger than its image, channels that cannot be cut.
    """
    rng = np.random.default_rng([*case.x_shape, *case.weight_shape, len(case.numbers)])
    x = draw(case.x_shape, case.numbers, rng)
    if like == LOSS:
        labels = rng.integers(0, x.shape[1], len(x))
        loss, grad = softmax_cross_entropy(x, labels)
        right = {"loss": np.asarray(loss), "grad_logits": grad}
        return Trial(like, case, {"logits": x, "labels": labels}, right)
    numbers = "fractions" if case.numbers == "fractions" else "distinct"
    inputs = {"x": _turned(x) if case.turned else x}
    if like in WEIGHTED:
        shape = case.weight_shape if case.outputs else case.x_shape[1:2]
        inputs["weight"] = draw(shape, numbers, rng, 3)
        if case.bias:
            inputs["bias"] = draw(shape[:1], numbers, rng, 10)
    y = _ours(like, case, inputs).forward(inputs["x"])
    inputs["grad_y"] = draw(y.shape, numbers, rng, 5)
    return _answer(like, case, inputs)


def changed(trial: Trial, **inputs: Array) -> Trial:
    """Return the trial with other inputs and the right answers to them."""
    return _answer(trial.like, trial.case, {**trial.inputs, **inputs})


def _answer(like: str, case: Case, inputs: dict[str, Array]) -> Trial:
    layer = _ours(like, case, inputs)
    right = {"y": layer.forward(inputs["x"]), "grad_x": layer.backward(inputs["grad_y"])}
    for parameter in layer.parameters():
        if parameter.grad is not None:
            right[f"grad_{parameter.name}"] = parameter.grad
    return Trial(like, case, inputs, right)


def _ours(like: str, case: Case, inputs: dict[str, Array]) -> Layer:
    """Return the package's own layer for a case, with the trial's weights in it."""
    kind = LIKE[like]
    given: dict[str, Any] = case.options()
    if like in ("MaxPool", "AvgPool"):
        given.pop("groups")
        given["pool_size"] = short(case.kernel or (1, 1))
    if like == "AvgPool":
        given.pop("dilation")
    if like == "Conv2D":
        given |= {"filters": case.outputs, "kernel_size": short(case.kernel or (1, 1))}
    if like == "Dense":
        given["units"] = case.outputs
    if like in ("Conv2D", "Dense"):
        given["bias"] = case.bias
    layer: Layer = kind(**given)  # type: ignore[misc]
    layer.build(inputs["x"].shape[1:], rng=0, dtype="float64")
    for parameter in layer.parameters():
        parameter.value[...] = inputs[parameter.name]
    return layer


def _turned(x: Array) -> Array:
    """Return equal numbers whose rows and columns lie the other way round in memory."""
    return np.ascontiguousarray(x.T).T
