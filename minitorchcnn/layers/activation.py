"""Activation layers, and Dropout, which also works element by element."""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.layers.base import Elementwise
from minitorchcnn.layers.declared import StepCost
from minitorchcnn.ops import activation as ops
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import number


class ReLU(Elementwise):
    """Set negative values to 0; the slope at 0 is taken as 0."""

    can_die = True
    fuses_as = "relu"

    def __init__(self) -> None:
        super().__init__()

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Array]:
        """Return ``max(x, 0)``."""
        return ops.relu(x)

    def gradients(
        self, grad_y: Array, saved: Array, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return ops.relu_backward(grad_y, saved), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: y is kept, and compared on the way back."""
        return StepCost(x, y, keeps_y=True, backward=y // self.dtype.itemsize)


class LeakyReLU(Elementwise):
    """Multiply negative values by a small slope, so that they still pass a gradient.

    Parameters
    ----------
    slope : float
        Factor for negative values; also the gradient at 0.

    Raises
    ------
    ArgumentError
        If slope is not a finite number.
    """

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = number(slope, "LeakyReLU: slope", low=-math.inf, high=math.inf)

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Array]:
        """Return ``x where x > 0, else slope * x``."""
        return ops.leaky_relu(x, self.slope)

    def gradients(
        self, grad_y: Array, saved: Array, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return ops.leaky_relu_backward(grad_y, saved, self.slope), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: x is kept, compared and multiplied both ways."""
        extra = y + y // self.dtype.itemsize
        return StepCost(x, y, keeps_x=True, forward=extra, backward=extra)


class Sigmoid(Elementwise):
    """Squeeze values into (0, 1)."""

    saturates = True

    def __init__(self) -> None:
        super().__init__()

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Array]:
        """Return ``1 / (1 + exp(-x))``."""
        return ops.sigmoid(x)

    def gradients(
        self, grad_y: Array, saved: Array, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return ops.sigmoid_backward(grad_y, saved), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: y is kept."""
        return StepCost(x, y, keeps_y=True, forward=2 * y, backward=y)


class Tanh(Elementwise):
    """Squeeze values into (-1, 1)."""

    saturates = True

    def __init__(self) -> None:
        super().__init__()

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Array]:
        """Return ``tanh(x)``."""
        return ops.tanh(x)

    def gradients(
        self, grad_y: Array, saved: Array, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return ops.tanh_backward(grad_y, saved), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: y is kept."""
        return StepCost(x, y, keeps_y=True, backward=y)


class Dropout(Elementwise):
    """In training, set a random share of the values to 0 and scale the rest up to match.

    Parameters
    ----------
    rate : float
        Share to drop, in [0, 1).

    Raises
    ------
    ArgumentError
        If rate is out of range.

    Notes
    -----
    The random stream is the layer's own and comes from the seed given to `build`.
    """

    changes_values = False

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = number(rate, "Dropout: rate", low=0.0, high=1.0)
        self.rng = np.random.default_rng(0)

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        self.rng = rng
        return input_shape

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Array | None]:
        """Return x with a random share dropped in training, x itself otherwise."""
        if not training or self.rate == 0.0:
            return x, None
        return ops.dropout(x, self.rate, self.rng)

    def gradients(
        self, grad_y: Array, saved: Array | None, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return grad_y if saved is None else ops.dropout_backward(grad_y, saved), []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: the factors are kept; without a rate nothing is done."""
        if not self.rate:
            return StepCost(x, y, view=True, predict=0)
        return StepCost(x, y, kept=x, predict=0)
