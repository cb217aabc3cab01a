"""What layers with a weight and a bias share: ready or random first values, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.initializers import Initializer, get
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import flag


class Weighted(Layer):
    """Base of layers with a weight and perhaps a bias: one row of weights for each output."""

    weight_rows = "units"

    def __init__(
        self,
        outputs: int,
        *,
        bias: bool,
        weight: Any,
        weight_shape: tuple[int | None, ...],
        initializer: str | Initializer,
        trainable: Any,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        get(initializer)
        self._filters, self.initializer = outputs, initializer
        self.bias = flag(bias, f"{owner}: bias")
        self._ready = None if weight is None else _ready_weight(weight, weight_shape, owner)
        self.trainable = trainable

    def _add_weights(self, shape: Shape, rng: np.random.Generator) -> None:
        """Make the weight, ready or random, and a zero bias."""
        value = self._ready
        if value is None:
            value = np.asarray(get(self.initializer)(shape, rng))
        if value.shape != shape:
            source = "initializer gave" if self._ready is None else "weight has"
            raise ShapeError(
                f"{self}: {source} shape {value.shape}, expected {shape} for this input."
            )
        self._parameters = [Parameter("weight", value.astype(self.dtype), self.trainable)]
        if self.bias:
            zeros = np.zeros(shape[0], self.dtype)
            self._parameters.append(Parameter("bias", zeros, self.trainable))

    def _weight_and_bias(self) -> tuple[Array, Array | None]:
        weight = self._parameters[0].value
        return weight, self._parameters[1].value if self.bias else None


def _ready_weight(weight: Any, shape: tuple[int | None, ...], owner: str) -> Array:
    """Return a copy of a ready weight as float64; None in `shape` allows any size there."""
    expected = f"({', '.join('any' if size is None else str(size) for size in shape)})"
    try:
        value = np.array(weight)
    except ValueError:
        raise ArgumentError(
            f"{owner}: weight must be numbers of shape {expected}, got nested sequences of "
            f"unequal lengths."
        ) from None
    if value.dtype.kind not in "fiu" or value.ndim != len(shape):
        raise ArgumentError(
            f"{owner}: weight must be numbers of shape {expected}, got {value.dtype} of shape "
            f"{value.shape}."
        )
    if any(want not in (None, size) for size, want in zip(value.shape, shape, strict=True)):
        raise ArgumentError(f"{owner}: weight has shape {value.shape}, expected {expected}.")
    if not np.isfinite(value).all():
        raise ArgumentError(f"{owner}: weight holds NaN or infinity, expected finite numbers.")
    return value.astype(np.float64)
