"""The network that `minitorchcnn train` trains: two convolutions, each pooled, then Dense."""

from __future__ import annotations

import numpy as np

from minitorchcnn import (
    ArgumentError,
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    filters,
    initializers,
)
from minitorchcnn.types import Array, Shape


def build_network(
    shape: Shape, count: int, *, classes: int = 10, hand_set: bool, freeze: bool, seed: int
) -> Sequential:
    """Return the network of this command.

    Parameters
    ----------
    shape : tuple of int
        (channels, height, width), at least 4 x 4 pixels.
    count : int
        Filters of the first convolution.
    hand_set, freeze : bool
        Begin with the tutorial's filters; never change them.
    """
    weight, trainable = None, np.ones(count, dtype=bool)
    if hand_set:
        weight = _with_tutorial_filters(count, shape[0], seed)
        trainable[: len(filters.tutorial())] = not freeze
    layers = [
        Conv2D(count, 3, padding="same", weight=weight, trainable=trainable),
        ReLU(),
        MaxPool(2),
        Conv2D(2 * count, 3, padding="same"),
        ReLU(),
        MaxPool(2),
        Flatten(),
        Dense(classes),
    ]
    return Sequential(layers, input_shape=shape, seed=seed)


def _with_tutorial_filters(count: int, channels: int, seed: int) -> Array:
    """Return first weights whose first three filters are the tutorial's, the others random."""
    ready = filters.tutorial()
    if channels != 1:
        raise ArgumentError("--hand-set filters are for grey images: add --grey.")
    if count < len(ready):
        raise ArgumentError(f"--hand-set needs --filters of at least {len(ready)}, got {count}.")
    weight = initializers.he_normal((count, 1, 3, 3), np.random.default_rng(seed))
    weight[: len(ready)] = ready
    return weight
