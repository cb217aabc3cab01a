"""What a gradient check moves and reads: a model as a scalar function of named arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.checks import check_batch, check_finite
from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.fusion import plan
from minitorchcnn.layers.base import Layer
from minitorchcnn.objectives import LossFunction, objective
from minitorchcnn.sequential import Sequential


class Subject:
    """A float64 copy whose scalar output is a function of a few named arrays.

    Attributes
    ----------
    arrays : dict of str to ndarray
        "x" and every parameter by name; changing them in place moves the point.
    frozen : set of str
        Parameters that are (partly) frozen in the original.
    magnitude : float
        Size of the numbers that are summed, which bounds rounding errors.
    """

    def __init__(
        self,
        model: Sequential | Layer,
        x: Array,
        labels: Array | None,
        loss: str | LossFunction,
        rng: np.random.Generator,
    ) -> None:
        if not isinstance(model, (Sequential, Layer)):
            raise ArgumentError(
                f"check_gradients needs a Sequential or a Layer, got {type(model).__name__}."
            )
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            got = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
            raise DataError(f"check_gradients needs floating point x, got {got}.")
        check_finite(x, "check_gradients")
        copied = copy.deepcopy(model)
        self.layers = list(copied.layers) if isinstance(copied, Sequential) else [copied]
        if self.layers[0].input_shape is None:
            self.layers[0].build(x.shape[1:], rng)
        for layer in self.layers:
            layer.cast("float64")
        parameters = [p for layer in self.layers for p in layer.parameters()]
        self.frozen = {p.name for p in parameters if p.trainable is not True}
        for layer in self.layers:
            layer.trainable = True
        self.arrays = {"x": x.astype(np.float64), **{p.name: p.value for p in parameters}}
        first = self.layers[0]
        check_batch(self.arrays["x"], first.built_shape, first.dtype, "check_gradients")
        self._streams = [
            (value, value.bit_generator.state)
            for layer in self.layers
            for value in vars(layer).values()
            if isinstance(value, np.random.Generator)
        ]
        self._steps = plan(self.layers)  # as a model runs them: joined layers are checked joined
        self._set_scalar(labels, loss, rng)

    def _set_scalar(
        self, labels: Array | None, loss: str | LossFunction, rng: np.random.Generator
    ) -> None:
        y, _ = self._forward()
        if labels is not None:
            chosen = objective(loss)
            targets = chosen.prepare(labels, len(y), y.shape[1:])
            self._scalar: Callable[[Array], tuple[float, Array]] = lambda y: chosen.loss(y, targets)
        else:
            cotangent = rng.normal(size=y.shape)
            self._scalar = lambda y: (float((cotangent * y).sum()), cotangent)
        self.magnitude = 1.0 + float(np.abs(y).sum()) if labels is None else 1.0 + abs(self.value())

    def _forward(self) -> tuple[Array, list[Any]]:
        for stream, state in self._streams:
            stream.bit_generator.state = state
        y, kept = self.arrays["x"], []
        for step in self._steps:
            y, saved = step.compute(y, training=True, keep=True)
            kept.append(saved)
        return y, kept

    def value(self) -> float:
        """Return the scalar at the present values of `arrays`."""
        return self._scalar(self._forward()[0])[0]

    def gradients(self) -> dict[str, Array]:
        """Return the analytic gradient of the scalar with respect to each of `arrays`."""
        y, kept = self._forward()
        grad: Array | None = self._scalar(y)[1]
        found: dict[str, Array] = {}
        for step, saved in zip(reversed(self._steps), reversed(kept), strict=True):
            layer = step.layers[0]  # the only one that may have parameters
            if grad is None:
                raise ArgumentError(
                    f"{layer} got no gradient: gradients() of the layer after it gave no grad_x."
                )
            grad, own = step.gradients(grad, saved, need_grad_x=True)
            for parameter, value in zip(layer.parameters(), own, strict=True):
                found[parameter.name] = _fitting(value, parameter.value, f"{layer}", parameter.name)
        found["x"] = _fitting(grad, self.arrays["x"], f"{self.layers[0]}", "x")
        return found


def _fitting(grad: Array | None, value: Array, layer: str, name: str) -> Array:
    """Return a gradient that has the shape and dtype of its array; a missing one is zeros."""
    if grad is None:
        return np.zeros_like(value)
    if grad.shape != value.shape or grad.dtype != value.dtype:
        raise ShapeError(
            f"{layer} gave a gradient for {name} that is {grad.dtype} of shape {grad.shape}, "
            f"expected {value.dtype} of shape {value.shape}."
        )
    return grad
