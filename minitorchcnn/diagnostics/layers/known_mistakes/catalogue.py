"""Which mistakes are known for which layer, and how two of them go together."""

from __future__ import annotations

from functools import cache

from minitorchcnn.diagnostics.layers.case import LOSS
from minitorchcnn.diagnostics.layers.known_mistakes import conv, pooling
from minitorchcnn.diagnostics.layers.known_mistakes.activation import (
    LEAKY_RELU,
    RELU,
    SIGMOID,
    TANH,
)
from minitorchcnn.diagnostics.layers.known_mistakes.base import GENERAL, Mistake
from minitorchcnn.diagnostics.layers.known_mistakes.batch import BATCH_NORM, CROSS_ENTROPY
from minitorchcnn.diagnostics.layers.known_mistakes.dense import DENSE, FLATTEN, GLOBAL_AVERAGE

OWN: dict[str, tuple[Mistake, ...]] = {
    "Conv2D": conv.CONVOLUTION,
    "MaxPool": pooling.MAX,
    "AvgPool": pooling.AVERAGE,
    "GlobalAvgPool": GLOBAL_AVERAGE,
    "ReLU": RELU,
    "LeakyReLU": LEAKY_RELU,
    "Sigmoid": SIGMOID,
    "Tanh": TANH,
    "Flatten": FLATTEN,
    "Dense": DENSE,
    "BatchNorm": BATCH_NORM,
    LOSS: CROSS_ENTROPY,
}


def known(like: str) -> tuple[Mistake, ...]:
    """Return the known mistakes, a layer's own before those of all layers."""
    return (*OWN[like], *GENERAL)


@cache
def pairs(like: str) -> tuple[Mistake, ...]:
    """Return layers with two mistakes at once."""
    own = OWN[like]
    together = conv.combined if like == "Conv2D" else pooling.combined
    both = (
        together(first, second)
        for index, first in enumerate(own)
        for other, second in enumerate(own)
        # two changes are made in one order only, a change and a rule whichever comes first
        if other != index and (second.change is None or other > index)
    )
    return tuple(mistake for mistake in both if mistake is not None)
