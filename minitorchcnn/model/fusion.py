"""Neighbouring layers that are computed together, so that big maps never leave the cache.

A convolution, the ReLU after it and the max-pooling after that are one pass over small tiles
of the batch. The layers stay what they are, and declare by `fuses_as` what they can be part of:
the plan only decides how a model runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from minitorchcnn.layers.base import Layer, built
from minitorchcnn.ops.engine.block_pooling import side_by_side
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.layers.conv import Conv2D

#: What can be computed together, by the layers' `fuses_as`; all but the first may be missing.
ORDER = ("conv2d", "relu", "max_pool")


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
    """A convolution with the ReLU and perhaps the max-pooling that follow it.

    Attributes
    ----------
    conv : Conv2D
        Or another layer that declares to be fused as one, with a method `convolve` like its.
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__(*layers)
        self.conv: Conv2D = cast("Conv2D", layers[0])
        self.relu = any(layer.fuses_as == "relu" for layer in layers)
        self.pool = layers[-1].window if layers[-1].fuses_as == "max_pool" else None

    def compute(self, x: Array, *, training: bool, keep: bool) -> tuple[Array, Any]:
        """Return y and what `gradients` needs."""
        return self.conv.convolve(x, relu=self.relu, pool=self.pool, keep=keep)


def plan(layers: Sequence[Layer]) -> list[Step]:
    """Return the steps that compute a chain of built layers."""
    runs: list[list[Layer]] = []
    reached = -1  # the place of the last layer, in a run that a convolution began
    for layer in layers:
        place = _place(layer)
        if place > reached >= 0:
            runs[-1].append(layer)
            reached = place
        else:
            runs.append([layer])
            reached = 0 if place == 0 else -1
    return [ConvolutionStep(*run) if _place(run[0]) == 0 else Step(*run) for run in runs]


def _place(layer: Layer) -> int:
    """Return where in `ORDER` a layer stands; -1 if it is computed alone."""
    if layer.fuses_as == "max_pool" and not side_by_side(built(layer.window)):
        return -1
    return ORDER.index(layer.fuses_as) if layer.fuses_as in ORDER else -1
