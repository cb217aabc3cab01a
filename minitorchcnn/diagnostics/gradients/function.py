"""What a gradient check moves and reads: a model as a scalar function of named arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.fusion import Step, plan
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.objectives import LossFunction, find_objective
from minitorchcnn.types import Array
from minitorchcnn.validation import check_batch, check_finite


class Subject:
    """A float64 copy whose scalar output is a function of a few named arrays.

    Attributes
    ----------
    layers : list of Layer
        Of the copy, in training mode and thawed.
    arrays : dict of str to ndarray
        "x" and every parameter by name; changing them in place moves the point. After moving
        more than one of them, call `settle`.
    owner : dict of str to int
        The layer that each of `arrays` belongs to; 0 for "x".
    frozen : set of str
        Parameters that are (partly) frozen in the original.
    loss : callable or None
        ``y -> (loss, grad_y)`` if there are labels.
    magnitude : float
        Size of the numbers that are summed, which bounds rounding errors.
    largest : float
        The largest of the last `gradients`.
    """

    def __init__(
        self,
        model: Sequential | Layer,
        x: Array,
        labels: Array | None,
        loss: str | LossFunction,
        rng: np.random.Generator,
    ) -> None:
        self.layers = _thawed_copy(model, x, rng)
        parameters = [p for layer in self.layers for p in layer.parameters()]
        self.frozen = {p.name for p in parameters if p.trainable is not True}
        for layer in self.layers:
            layer.trainable = True
        self.arrays = {"x": x.astype(np.float64), **{p.name: p.value for p in parameters}}
        first = self.layers[0]
        check_batch(self.arrays["x"], first.built_shape, first.dtype, "check_gradients")
        self.owner = {"x": 0}
        for index, layer in enumerate(self.layers):
            self.owner.update({p.name: index for p in layer.parameters()})
        self._steps = plan(self.layers)  # as a model runs them: joined layers are checked joined
        self._begins = [self._beginning(step) for step in self._steps]
        self.streams = Streams(self.layers)
        self._inputs: list[Array] = []
        self.settle()
        self._set_scalar(labels, loss, rng)

    def _beginning(self, step: Step) -> int:
        return next(i for i, layer in enumerate(self.layers) if layer is step.layers[0])

    def _set_scalar(
        self, labels: Array | None, loss: str | LossFunction, rng: np.random.Generator
    ) -> None:
        y, self.loss = self.outputs, None
        if labels is not None:
            chosen = find_objective(loss)
            targets = chosen.prepare(labels, len(y), y.shape[1:])
            self.loss = lambda y: chosen.loss(y, targets)
            self._scalar: Callable[[Array], tuple[float, Array]] = self.loss
        else:
            cotangent = rng.normal(size=y.shape)
            self._scalar = lambda y: (float((cotangent * y).sum()), cotangent)
        self.magnitude = 1.0 + float(np.abs(y).sum()) if labels is None else 1.0 + abs(self.value())

    def settle(self) -> list[Any]:
        """Compute the chain at the present point; return what the gradients need."""
        y, kept = self.arrays["x"], []
        self._inputs = []
        self.streams.rewind()
        for step in self._steps:
            self._inputs.append(y)
            self.streams.mark(step.layers)
            y, saved = step.compute(y, training=True, keep=True)
            kept.append(saved)
        self.outputs = y
        return kept

    def value(self, name: str = "x") -> float:
        """Return the scalar after a move of one array; nothing below it is computed again."""
        at = max(k for k, begin in enumerate(self._begins) if begin <= self.owner[name])
        y = self._inputs[at]
        for step in self._steps[at:]:
            self.streams.repeat(step.layers)
            y, _ = step.compute(y, training=True, keep=True)
        return self._scalar(y)[0]

    def gradients(self) -> dict[str, Array]:
        """Return the analytic gradient of the scalar with respect to each of `arrays`.

        Settles at the present point.
        """
        kept = self.settle()
        grad = self._scalar(self.outputs)[1]
        found: dict[str, Array] = {}
        for at in reversed(range(len(self._steps))):
            step, layer = self._steps[at], self._steps[at].layers[0]  # the rest has no parameters
            grad_x, own = step.gradients(grad, kept[at], need_grad_x=True)
            for parameter, value in zip(layer.parameters(), own, strict=True):
                found[parameter.name] = fitting(value, parameter.value, f"{layer}", parameter.name)
            if grad_x is None and at > 0:
                raise ArgumentError(
                    f"{self._steps[at - 1].layers[-1]} got no gradient: gradients() of the layer "
                    f"after it, {layer}, gave no grad_x."
                )
            grad = fitting(grad_x, self._inputs[at], f"{layer}", "x")
        found["x"] = grad
        self.largest = max(float(np.abs(grad).max()) for grad in found.values())
        return found

    def joined_steps(self) -> list[tuple[int, Step]]:
        """Return the steps that stand for more than one layer, with the first one's index."""
        both = zip(self._begins, self._steps, strict=True)
        return [(begin, step) for begin, step in both if len(step.layers) > 1]

    def layer_inputs(self) -> list[Array]:
        """Return the input of every layer, computed one layer at a time, and the last output."""
        y, inputs = self.arrays["x"], []
        self.streams.rewind()
        for layer in self.layers:
            inputs.append(y)
            self.streams.mark((layer,))
            y, _ = layer.compute(y, training=True)
        return [*inputs, y]

    def layer_cotangents(self) -> list[Array]:
        """Return the gradients that arrive at the output of every layer, one layer at a time."""
        y, kept = self.arrays["x"], []
        self.streams.rewind()
        for layer in self.layers:
            y, saved = layer.compute(y, training=True)
            kept.append(saved)
        grad: Array | None = self._scalar(y)[1]
        arriving = []
        for layer, saved in zip(reversed(self.layers), reversed(kept), strict=True):
            if grad is None:
                break
            arriving.append(grad.copy())
            grad, _ = layer.gradients(grad, saved, need_grad_x=True)
        return arriving[::-1]


class Streams:
    """The random streams of layers, held still so that every look sees the same choices."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._first = [(s, s.bit_generator.state) for layer in layers for s in _streams_of(layer)]
        self._marks: dict[int, Any] = {}

    def rewind(self) -> None:
        """Go back to where the original model's streams are."""
        for stream, state in self._first:
            stream.bit_generator.state = state

    def mark(self, layers: Iterable[Layer]) -> None:
        """Remember where the streams of these layers are now."""
        for layer in layers:
            self._marks[id(layer)] = [s.bit_generator.state for s in _streams_of(layer)]

    def repeat(self, layers: Iterable[Layer]) -> None:
        """Put the streams of these layers back to where they were marked."""
        for layer in layers:
            for stream, state in zip(_streams_of(layer), self._marks[id(layer)], strict=True):
                stream.bit_generator.state = state


def _streams_of(layer: Layer) -> list[np.random.Generator]:
    return [stream for _, stream in layer.generators()]


def draws_at_random(layer: Layer) -> bool:
    """Tell whether a layer has a random stream, as Dropout does."""
    return bool(_streams_of(layer))


def _thawed_copy(model: Sequential | Layer, x: Array, rng: np.random.Generator) -> list[Layer]:
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


def fitting(grad: Array | None, value: Array, layer: str, name: str) -> Array:
    """Return a gradient that has the shape and dtype of its array; a missing one is zeros.

    Raises
    ------
    ShapeError
        If it has another shape or dtype.
    """
    if grad is None:
        return np.zeros_like(value)
    if grad.shape != value.shape or grad.dtype != value.dtype:
        raise ShapeError(
            f"{layer} gave a gradient for {name} that is {grad.dtype} of shape {grad.shape}, "
            f"expected {value.dtype} of shape {value.shape}."
        )
    return grad
