"""Neighbouring layers that are computed together, so that big maps never leave the cache.

A convolution, the ReLU after it and the max-pooling after that are one pass over small tiles
of the batch. The layers stay what they are: the plan only decides how a model runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorchcnn.layers.activation import ReLU
from minitorchcnn.layers.base import Layer, built
from minitorchcnn.layers.conv import Conv2D
from minitorchcnn.layers.pooling import MaxPool
from minitorchcnn.ops.engine.block_pooling import side_by_side
from minitorchcnn.types import Array


class Step:
    """One stage of a model's computation: a single layer.

    Attributes
    ----------
    layers : tuple of Layer
        Those it stands for, in order; only the first may have parameters.
    """

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers

    def compute(self, x: Array, *, training: bool, keep: bool) -> tuple[Array, Any]:
        """Return y and what `gradients` needs (None or unusable unless `keep`)."""
        return self.layers[0].compute(x, training=training)

    def gradients(
        self, grad_y: Array, saved: Any, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return grad_x and the gradients of the parameters, as a layer does."""
        return self.layers[0].gradients(grad_y, saved, need_grad_x=need_grad_x)

    @property
    def trained(self) -> bool:
        """Whether any of its parameters is trained."""
        return any(not p.frozen for layer in self.layers for p in layer.parameters())


class ConvolutionStep(Step):
    """A Conv2D with the ReLU and perhaps the MaxPool that follow it."""

    def __init__(self, conv: Conv2D, relu: ReLU | None, pool: MaxPool | None) -> None:
        super().__init__(*(layer for layer in (conv, relu, pool) if layer is not None))
        self.conv, self.relu = conv, relu is not None
        self.pool = None if pool is None else pool.window

    def compute(self, x: Array, *, training: bool, keep: bool) -> tuple[Array, Any]:
        """Return y and what `gradients` needs."""
        return self.conv.convolve(x, relu=self.relu, pool=self.pool, keep=keep)


def plan(layers: Sequence[Layer]) -> list[Step]:
    """Return the steps that compute a chain of built layers.

    Parameters
    ----------
    layers : sequence of Layer
    """
    steps: list[Step] = []
    rest = list(layers)
    while rest:
        layer = rest.pop(0)
        if type(layer) is not Conv2D:
            steps.append(Step(layer))
            continue
        relu = next((other for other in rest[:1] if type(other) is ReLU), None)
        after = rest[1:] if relu else rest
        pool = next((other for other in after[:1] if type(other) is MaxPool), None)
        if pool is not None and not side_by_side(built(pool.window)):
            pool = None
        steps.append(ConvolutionStep(layer, relu, pool))
        rest = rest[len(steps[-1].layers) - 1 :]
    return steps
