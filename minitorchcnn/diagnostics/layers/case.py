"""The cases that a layer is tried on: sizes and options, from which all arrays follow.

A case holds no arrays, so that a failing one can be made smaller: change a number, draw again, see
whether it still fails. The expected answers come from the package's own layers, which the tests
hold to naive loops, to PyTorch and to ONNX.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from minitorchcnn import layers
from minitorchcnn.diagnostics.layers.signature import WEIGHTED, Constructor, short
from minitorchcnn.geometry import Pair, Sides
from minitorchcnn.layers.base import Layer
from minitorchcnn.ops.loss import softmax_cross_entropy
from minitorchcnn.types import Array, Shape

NO_PADDING: Sides = ((0, 0), (0, 0))

LOSS = "softmax_cross_entropy"

#: What a learner's class can be checked like: name and the package's own class (none for a loss).
LIKE: dict[str, Any] = {
    name: getattr(layers, name, None)
    for name in (
        *("Conv2D", "MaxPool", "AvgPool", "GlobalAvgPool", "ReLU", "LeakyReLU", "Sigmoid", "Tanh"),
        *("Flatten", "Dense", "BatchNorm", LOSS),
    )
}


@dataclass(frozen=True)
class Case:
    """Sizes and options of one experiment.

    Attributes
    ----------
    row : str
        The line of the report it belongs to, in plain words.
    x_shape : tuple of int
        With the batch axis.
    outputs : int
        Filters or units; 0 where the layer has no weights.
    kernel, stride, dilation : (int, int) or None
        Of the window. No kernel: the layer has no window. No stride: it is left out.
    padding : ((top, bottom), (left, right)) or "same"
    extras : tuple of (str, value)
        Further options of the constructor.
    numbers : str
        A key of `NUMBERS`.
    reused : bool
        Use the layer on other numbers first, to see whether anything is left over.
    transposed : bool
        Hand over x in another memory layout.
    """

    row: str
    x_shape: Shape
    outputs: int = 0
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Sides | Literal["same"] = NO_PADDING
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = True
    extras: tuple[tuple[str, Any], ...] = ()
    numbers: str = "distinct"
    reused: bool = False
    transposed: bool = False

    @property
    def step(self) -> Pair:
        """The stride, also where it is left out: then windows lie side by side."""
        return self.stride or self.kernel or (1, 1)

    @property
    def weight_shape(self) -> Shape:
        """Shape of the weight; empty without weights."""
        if not self.outputs:
            return ()
        if self.kernel is None:
            return (self.outputs, self.x_shape[1])
        return (self.outputs, self.x_shape[1] // self.groups, *self.kernel)

    def options(self) -> dict[str, Any]:
        """Return the constructor's options as a person would write them."""
        found: dict[str, Any] = {}
        if self.kernel is not None:
            if self.stride is not None:
                found["stride"] = short(self.stride)
            found["padding"] = self.padding
            if self.padding != "same":
                (top, bottom), (left, right) = self.padding
                if (top, left) == (bottom, right):
                    found["padding"] = short((top, left))
            found["dilation"], found["groups"] = short(self.dilation), self.groups
        return {**found, **dict(self.extras)}

    def needed(self) -> dict[str, Any]:
        """Return those options that the layer cannot do without in this case."""
        stride = 1 if self.outputs or self.kernel is None else short(self.kernel)
        defaults = {"stride": stride, "padding": 0, "dilation": 1, "groups": 1}
        return {k: v for k, v in self.options().items() if v != defaults.get(k)}

    def size(self) -> tuple[int, ...]:
        """Return what orders cases from small to large."""
        weights = int(np.prod(self.weight_shape)) if self.outputs else 0
        numbers = int(np.prod(self.x_shape)) + weights
        return (numbers, len(self.needed()), self.numbers != "distinct")


def _distinct(size: int, rng: np.random.Generator, start: int) -> Array:
    """Whole numbers from `start` on, no two of the same size, half of them negative."""
    values = np.arange(start, size + start) * np.where(np.arange(size) % 2, -1, 1)
    return rng.permutation(values).astype(np.float64)


NUMBERS: dict[str, Callable[[int, np.random.Generator, int], Array]] = {
    "distinct": _distinct,
    "negative": lambda size, rng, start: -np.abs(_distinct(size, rng, start)),
    "few": lambda size, rng, start: rng.integers(-1, 2, size).astype(np.float64),
    "equal": lambda size, rng, start: np.full(size, float(start)),
    "quarters": lambda size, rng, start: _distinct(size, rng, start) / 4,
    "fractions": lambda size, rng, start: rng.normal(size=size),
    "large": lambda size, rng, start: 400 * _distinct(size, rng, start),
}


def draw(shape: Shape, numbers: str, rng: np.random.Generator, start: int = 2) -> Array:
    """Return an array of the wanted kind of numbers, float64.

    `start` is the smallest of whole numbers; arrays that differ in it cannot be mixed up.
    """
    return NUMBERS[numbers](int(np.prod(shape)), rng, start).reshape(shape)


@dataclass(frozen=True)
class CaseData:
    """One case, ready to be put to a layer.

    Attributes
    ----------
    like : str
        A key of `LIKE`.
    inputs : dict of str to ndarray
        x, weight, bias and grad_y, or logits and labels.
    expected : dict of str to ndarray
        y, grad_x, grad_weight and grad_bias as far as there are any, or loss and grad_logits.
    memo : dict
        What mistakes make of this data, by mistake, as each array is asked for apart.
    """

    like: str
    case: Case
    inputs: dict[str, Array]
    expected: dict[str, Array]
    memo: dict[Any, dict[str, Array]] = field(default_factory=dict, compare=False, repr=False)

    def with_inputs(self, **inputs: Array) -> CaseData:
        """Return the same case with other inputs and the answers that they lead to."""
        return _answer(self.like, self.case, {**self.inputs, **inputs})

    @property
    def x(self) -> Array:
        """The input: x, or the logits of a loss."""
        return self.inputs["logits" if self.like == LOSS else "x"]

    @property
    def grad_y(self) -> Array:
        """The gradient handed to backward."""
        return self.inputs["grad_y"]


@lru_cache(maxsize=512)
def make_data(like: str, case: Case) -> CaseData:
    """Draw a case's arrays, which nobody may write into, and work out the expected ones.

    Kept, as the same cases are put to every layer.

    Raises
    ------
    MinitorchcnnError
        If the case is impossible: a window larger than its image, channels that cannot be cut.
    """
    rng = np.random.default_rng([*case.x_shape, *case.weight_shape, len(case.numbers)])
    x = draw(case.x_shape, case.numbers, rng)
    if like == LOSS:
        return _answer(like, case, {"logits": x, "labels": rng.integers(0, x.shape[1], len(x))})
    numbers = "fractions" if case.numbers == "fractions" else "distinct"
    # equal numbers, but rows and columns lie the other way round in memory
    inputs = {"x": np.ascontiguousarray(x.T).T if case.transposed else x}
    if like in WEIGHTED:
        shape = case.weight_shape if case.outputs else case.x_shape[1:2]
        inputs["weight"] = draw(shape, numbers, rng, 3)
        if case.bias:
            inputs["bias"] = draw(shape[:1], numbers, rng, 10)
    output_shape = _own_layer(like, case, inputs).output_shape or ()
    inputs["grad_y"] = draw((len(x), *output_shape), numbers, rng, 5)
    return _answer(like, case, inputs)


def _answer(like: str, case: Case, inputs: dict[str, Array]) -> CaseData:
    if like == LOSS:
        loss, grad = softmax_cross_entropy(inputs["logits"], inputs["labels"])
        expected = {"loss": np.asarray(loss), "grad_logits": grad}
    else:
        layer = _own_layer(like, case, inputs)
        expected = {"y": layer.forward(inputs["x"]), "grad_x": layer.backward(inputs["grad_y"])}
        grads = ((p.name, p.grad) for p in layer.parameters())
        expected |= {f"grad_{name}": grad for name, grad in grads if grad is not None}
    for array in (*inputs.values(), *expected.values()):
        array.flags.writeable = False
    return CaseData(like, case, inputs, expected)


def _own_layer(like: str, case: Case, inputs: dict[str, Array]) -> Layer:
    """Return the package's layer for a case, with the case's weights in it."""
    constructor = Constructor(LIKE[like], like, own_layer=True)
    layer: Layer = constructor.kind(**constructor.arguments(case, inputs))
    layer.build(inputs["x"].shape[1:], rng=0, dtype="float64")
    for parameter in layer.parameters():
        parameter.value[...] = inputs[parameter.name]
    return layer
