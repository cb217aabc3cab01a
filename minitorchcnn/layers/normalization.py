"""The batch normalization layer: keeps every channel's scale steady while layers below change."""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.declared import StepCost
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.ops.normalization import (
    SavedBatchNorm,
    batch_norm,
    batch_norm_backward,
    batch_statistics,
)
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import number


class BatchNorm(Layer):
    """Normalize each channel over the batch, then scale and shift it by learned numbers.

    Parameters
    ----------
    momentum : float
        Weight of the newest batch in the running statistics, in [0, 1]; PyTorch's meaning.
    epsilon : float
        Added to the variance, at least 0.
    trainable : bool
        False freezes weight and bias; the running statistics still follow the data.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    Notes
    -----
    Training uses the batch's own mean and biased variance and updates the running mean and
    (unbiased) variance; otherwise the running statistics are used. Images are normalized per
    channel, flat rows per feature.
    """

    uses_batch_statistics = True

    def __init__(
        self, momentum: float = 0.1, epsilon: float = 1e-5, *, trainable: bool = True
    ) -> None:
        super().__init__()
        self.trainable = trainable
        self.momentum = number(momentum, "BatchNorm: momentum", low=0.0, high=1.0, closed=True)
        self.epsilon = number(epsilon, "BatchNorm: epsilon", low=0.0, high=math.inf)

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        if len(input_shape) not in (1, 3):
            raise ShapeError(
                f"{self} needs (channels, height, width) or (features,), got {input_shape}."
            )
        channels = input_shape[0]
        self._parameters = [
            Parameter("weight", np.ones(channels, self.dtype), self.trainable),
            Parameter("bias", np.zeros(channels, self.dtype), self.trainable),
        ]
        self._buffers = {
            "running_mean": np.zeros(channels, self.dtype),
            "running_var": np.ones(channels, self.dtype),
            "num_batches_tracked": np.zeros((), np.int64),
        }
        return input_shape

    def compute(self, x: Array, *, training: bool) -> tuple[Array, SavedBatchNorm]:
        """Return normalized x; in training also update the running statistics."""
        mean, variance = self._buffers["running_mean"], self._buffers["running_var"]
        if training:
            mean, variance = batch_statistics(x)
            self._track(mean, variance, x.size // len(mean))
        weight, bias = (parameter.value for parameter in self._parameters)
        return batch_norm(
            x, weight, bias, mean, variance, epsilon=self.epsilon, batch_statistics=training
        )

    def gradients(
        self, grad_y: Array, saved: SavedBatchNorm, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradients of x and of [weight, bias]."""
        return self._per_parameter(*batch_norm_backward(grad_y, saved))

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: normalized x is kept."""
        return StepCost(x, y, kept=x, backward=y, predict=x + y)

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the weight's shape; those of the others are the same."""
        return {"weight": tuple(input_shape[:1])}

    def _track(self, mean: Array, variance: Array, count: int) -> None:
        if count < 2:
            raise ShapeError(
                f"{self} got one value per channel in training, where the variance is always 0: "
                f"use batches of at least 2 samples (a batch size that leaves no last one of 1), "
                f"or larger images."
            )
        share = self.momentum
        for running, new in (
            (self._buffers["running_mean"], mean),
            (self._buffers["running_var"], variance * (count / (count - 1))),
        ):
            running *= 1 - share
            running += share * new
        self._buffers["num_batches_tracked"] += 1
