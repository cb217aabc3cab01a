"""A layer, a model or a loss as a differentiable function of named arrays.

Alone, a layer has only its own mistakes: it gets the inputs it has in the model, and a random
cotangent in place of the layers above, so that nobody else's wrong gradient is blamed on it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.fusion import Step, plan
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.trace import trace, trace_back
from minitorchcnn.training.objectives import LossFunction, find_objective
from minitorchcnn.types import Array
from minitorchcnn.validation import check_batch, check_finite

Loss = Callable[[Array], tuple[float, Array]]


class DifferentiableFunction:
    """Outputs as a function of an input and parameters, and the gradients claimed for them.

    Parameters
    ----------
    steps : sequence of Step
        What is computed, of float64 layers; none for a loss alone.
    x : ndarray
        Copied.
    index : int or None
        Place of a layer that is taken out of its model; its parameters go by short names.

    Attributes
    ----------
    layers : list of Layer
        In training mode and thawed, with random choices held still.
    arrays : dict of str to ndarray
        "x" and every parameter by name; changing one in place moves the point. After moving more
        than one of them, call `settle`.
    owner : dict of str to int
        The layer that each of `arrays` belongs to; 0 for "x".
    frozen : set of str
        Parameters that were (partly) frozen.
    centre : ndarray
        The outputs where `settle` was called last.
    cotangent : ndarray, shape of the outputs
        Their weights in the scalar whose gradients are compared.
    magnitude : float
        Numbers of at least this size go into an output, which bounds its rounding error.
    loss : callable or None
        ``y -> (loss, grad_y)`` of a model with labels.
    """

    def __init__(self, steps: Sequence[Step], x: Array, *, index: int | None = None) -> None:
        self._steps, self.index = steps, index
        self.layers = [layer for step in steps for layer in step.layers]
        self.arrays, self.owner, self.frozen = {"x": x.astype(np.float64)}, {"x": 0}, set[str]()
        for at, layer in enumerate(self.layers):
            for parameter in layer.parameters():
                name = self._name(parameter.name)
                self.arrays[name], self.owner[name] = parameter.value, at
                if parameter.trainable is not True:
                    self.frozen.add(name)
            layer.trainable = True
        self._begins = [sum(len(step.layers) for step in steps[:at]) for at in range(len(steps))]
        self._streams = [
            [s for layer in step.layers for _, s in layer.generators()] for step in steps
        ]
        self._first = [_states(streams) for streams in self._streams]
        self.loss: Loss | None = None
        self._scalar: Loss | None = None
        self.magnitude = 0.0
        self.settle()
        self.cotangent: Array = np.ones_like(self.centre)

    def end_in(self, scalar: Loss) -> None:
        """Let a number that is worked out from the outputs be the only output."""
        self._scalar = scalar
        self.magnitude = 1.0  # a loss near 0 is a difference of larger numbers
        self.cotangent = np.ones(1)
        self.settle()

    @property
    def layer(self) -> Layer | None:
        """The first layer, which owns the parameters if there is one only; None for a loss."""
        return self.layers[0] if self.layers else None

    @property
    def title(self) -> str:
        """What to call it."""
        return " + ".join(map(repr, self.layers)) or "the loss"

    def _name(self, name: str) -> str:
        return name if self.index is None else name.rpartition(".")[2]

    def settle(self) -> list[Any]:
        """Compute all steps at the present point; return what their gradients need."""
        self._rewind()
        y, kept = self.arrays["x"], []
        self._inputs: list[Array] = []
        self._marks = []
        for step, streams in zip(self._steps, self._streams, strict=True):
            self._inputs.append(y)
            self._marks.append(_states(streams))
            y, saved = step.compute(y, training=True, keep=True)
            kept.append(saved)
        self._y = y
        self.centre = self._ended(y)
        return kept

    def _ended(self, y: Array) -> Array:
        return y.copy() if self._scalar is None else np.array([self._scalar(y)[0]])

    def outputs(self, name: str = "x") -> Array:
        """Return the outputs after a move of one array; nothing below it is computed again."""
        at = sum(begin <= self.owner[name] for begin in self._begins[1:])
        y = self._inputs[at] if self._inputs else self.arrays["x"]
        for k in range(at, len(self._steps)):
            _set_states(self._streams[k], self._marks[k])
            y, _ = self._steps[k].compute(y, training=True, keep=True)
        return self._ended(y)

    def gradients(self) -> dict[str, Array | None]:
        """Settle, and return the gradient claimed for each of `arrays`; None where none is given.

        Raises
        ------
        ShapeError
            If one has another shape or dtype than its array.
        ArgumentError
            If a layer gives none to the layers below it.
        """
        kept = self.settle()
        grad: Array | None = self._grad_y(self._y)
        found: dict[str, Array | None] = {}
        for at in reversed(range(len(self._steps))):
            step, layer = self._steps[at], self._steps[at].layers[0]  # the rest has no parameters
            if grad is None:
                raise ArgumentError(
                    f"{step.layers[-1]} got no gradient: gradients() of the layer after it, "
                    f"{self._steps[at + 1].layers[0]}, gave no grad_x."
                )
            grad, own = step.gradients(grad, kept[at], need_grad_x=True)
            for parameter, value in zip(layer.parameters(), own, strict=True):
                given = _fitting(value, parameter.value, f"{layer}", parameter.name)
                found[self._name(parameter.name)] = given
            grad = _fitting(grad, self._inputs[at], f"{layer}", "x")
        found["x"] = grad
        return {name: None if given is None else given.copy() for name, given in found.items()}

    def _grad_y(self, y: Array) -> Array:
        if self._scalar is None:
            return self.cotangent.copy()
        grad = _fitting(self._scalar(y)[1], y, "the loss", "y")
        return np.zeros_like(y) if grad is None else grad.copy()

    def joined_steps(self) -> list[tuple[int, Step]]:
        """Return the steps that stand for more than one layer, with the first one's index."""
        both = zip(self._begins, self._steps, strict=True)
        return [(begin, step) for begin, step in both if len(step.layers) > 1]

    def layer_inputs(self) -> list[Array]:
        """Return the input of every layer, computed one layer at a time, and the last output."""
        self._rewind()
        x = self.arrays["x"]
        return [x, *(passed.y for passed in trace(self.layers, x, training=True))]

    def layer_cotangents(self) -> list[Array]:
        """Return the gradients that arrive at the output of every layer, one layer at a time."""
        self._rewind()
        passed = list(trace(self.layers, self.arrays["x"], training=True))
        arriving = [self._grad_y(passed[-1].y)]
        # what the first layer hands down is nobody's
        arriving += [back.grad_x.copy() for back in trace_back(passed[1:], arriving[0].copy())]
        return arriving[::-1]

    def _rewind(self) -> None:
        for streams, states in zip(self._streams, self._first, strict=True):
            _set_states(streams, states)

    @contextmanager
    def moved(self, values: dict[str, Array]) -> Iterator[None]:
        """Move arrays to another point, and back in the end."""
        before = {name: self.arrays[name].copy() for name in values}
        try:
            self._move(values)
            yield
        finally:
            self._move(before)

    def _move(self, values: dict[str, Array]) -> None:
        for name, value in values.items():
            self.arrays[name][...] = value
        self.settle()


def _states(streams: list[np.random.Generator]) -> list[Any]:
    return [stream.bit_generator.state for stream in streams]


def _set_states(streams: list[np.random.Generator], states: list[Any]) -> None:
    for stream, state in zip(streams, states, strict=True):
        stream.bit_generator.state = state


def function_of_model(
    model: Sequential | Layer,
    x: Array,
    labels: Array | None,
    loss: str | LossFunction,
    rng: np.random.Generator,
) -> DifferentiableFunction:
    """Return the loss of a model's float64 copy, or the sum of its outputs, weighted at random."""
    layers = _copied_layers(model, x, rng)
    check_batch(x.astype(np.float64), layers[0].built_shape, layers[0].dtype, "check_gradients")
    steps = plan(layers)  # as a model runs them: joined layers are checked joined
    function = DifferentiableFunction(steps, x)
    y = function.centre
    if labels is None:
        cotangent = rng.normal(size=y.shape)
        function.end_in(lambda y: (float((cotangent * y).sum()), cotangent))
        function.magnitude += float(np.abs(y).sum())
    else:
        chosen = find_objective(loss)
        targets = chosen.prepare(labels, len(y), y.shape[1:])
        function.loss = lambda y: chosen.loss(y, targets)
        function.end_in(function.loss)
        function.magnitude += abs(float(function.centre[0]))
    return function


def function_of_layer(
    index: int, step: Step, x: Array, rng: np.random.Generator
) -> DifferentiableFunction:
    """Return a layer's outputs with random weights, or those of a few that are computed together.

    Raises
    ------
    ArgumentError
        If the outputs are others each time.
    """
    function = DifferentiableFunction([step], x, index=index)
    if not np.array_equal(function.centre, function.outputs(), equal_nan=True):
        raise ArgumentError(
            f"{function.title} gives other outputs for the same input each time, so nothing can be "
            f"measured: let it draw from a numpy.random.Generator that is its attribute."
        )
    function.cotangent = rng.normal(size=function.centre.shape)
    return function


def _copied_layers(model: Sequential | Layer, x: Array, rng: np.random.Generator) -> list[Layer]:
    """Return float64 copies of the layers, after looking at what was given."""
    if not isinstance(model, (Sequential, Layer)):
        raise ArgumentError(
            f"check_gradients needs a Sequential or a Layer, got {type(model).__name__}."
        )
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        got = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise DataError(f"check_gradients needs floating point x, got {got}.")
    check_finite(x, "check_gradients")
    copied = copy.deepcopy(model)
    layers = list(copied.layers) if isinstance(copied, Sequential) else [copied]
    if layers[0].input_shape is None:
        layers[0].build(x.shape[1:], rng)
    for layer in layers:
        layer.cast("float64")
    return layers


def _fitting(grad: Array | None, value: Array, layer: str, name: str) -> Array | None:
    """Return a gradient that has the shape and dtype of its array, or none."""
    if grad is not None and (grad.shape != value.shape or grad.dtype != value.dtype):
        raise ShapeError(
            f"{layer} gave a gradient for {name} that is {grad.dtype} of shape {grad.shape}, "
            f"expected {value.dtype} of shape {value.shape}."
        )
    return grad
