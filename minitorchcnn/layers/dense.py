"""The fully connected layer, and Flatten, which makes images into the rows it needs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.initializers import Initializer
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.declared import StepCost
from minitorchcnn.layers.weighted import Weighted
from minitorchcnn.ops.dense import SavedDense, dense, dense_backward
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import integer


class Dense(Weighted):
    """Every output is a weighted sum of every input feature.

    Parameters
    ----------
    units : int
        Number of outputs.
    bias : bool
        Add one learned number per unit, at first 0.
    weight : array, shape (units, features), or None
        Ready weights; copied to the layer's dtype.
    initializer : str or callable
        Where no weight is given: a name of `minitorchcnn.initializers` or
        ``(shape, rng) -> array``.
    trainable : bool or sequence of bool
        False freezes weight and bias; one bool per unit freezes single units.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot work.
    ShapeError
        From `build`, if the input is not flat rows.

    Examples
    --------
    >>> Dense(10).build((24,), rng=0)
    (10,)
    """

    mixes_positions = True

    def __init__(
        self,
        units: int,
        *,
        bias: bool = True,
        weight: Array | None = None,
        initializer: str | Initializer = "he_normal",
        trainable: Any = True,
    ) -> None:
        self.units = integer(units, "Dense: units", minimum=1)
        super().__init__(
            self.units,
            bias=bias,
            weight=weight,
            weight_shape=(self.units, None),
            initializer=initializer,
            trainable=trainable,
        )

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        if len(input_shape) != 1:
            raise ShapeError(
                f"{self} needs flat rows of features, got input shape {input_shape}: put a "
                f"Flatten() (or GlobalAvgPool()) layer before it."
            )
        self._add_weights((self.units, input_shape[0]), rng)
        return (self.units,)

    def compute(self, x: Array, *, training: bool) -> tuple[Array, SavedDense]:
        """Return `minitorchcnn.ops.dense.dense` of x."""
        return dense(x, *self._weight_and_bias())

    def gradients(
        self, grad_y: Array, saved: SavedDense, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradients of x and of [weight, bias]."""
        trained = self._is_trained()
        grads = dense_backward(grad_y, saved, need_grad_x=need_grad_x, need_grad_weight=trained)
        return self._per_parameter(*grads)

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory and work: x is kept, and there is one matrix product."""
        return StepCost(x, y, keeps_x=True, products=x // self.dtype.itemsize * self.units)


class Flatten(Layer):
    """Lay each sample out as one row, channel by channel: (N, C, H, W) becomes (N, C*H*W).

    Examples
    --------
    >>> Flatten().build((3, 4, 2))
    (24,)
    """

    changes_values = False

    def __init__(self) -> None:
        super().__init__()

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return (math.prod(input_shape),)

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Shape]:
        """Return x as rows."""
        return x.reshape(len(x), -1), x.shape

    def gradients(
        self, grad_y: Array, saved: Shape, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return grad_y in the shape of x."""
        return grad_y.reshape(saved), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return that nothing is computed."""
        return StepCost(x, y, view=True, predict=0)

    def shape_sum(self) -> str:
        """Return the product of the sizes; "" for rows, which stay as they are."""
        sizes = self.built_shape
        return f"{' * '.join(map(str, sizes))} = {math.prod(sizes)}" if len(sizes) > 1 else ""
