"""The variants of one network that are compared: where its filters come from, if they train."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minitorchcnn import Conv2D, Dense, Flatten, MaxPool, ReLU, Sequential, filters


@dataclass(frozen=True)
class Variant:
    """One way to come by filters.

    Attributes
    ----------
    name : str
        As printed.
    start : "hand-set", "bank", "random" or "zeros"
        The tutorial's three filters, all of `filters.bank()`, or he_normal, the usual start.
    filters : int
        How many.
    trained : bool
        False freezes the filters and their biases; the Dense layer is always trained.
    thawed_after : float
        The share of the epochs in which filters that are trained are still frozen.
    """

    name: str
    start: str
    filters: int
    trained: bool
    thawed_after: float = 0.0


_WHOLE = len(filters.bank())

HAND_SET = Variant("hand-set, frozen", "hand-set", 3, trained=False)
HAND_SET_TRAINED = Variant("hand-set, trained", "hand-set", 3, trained=True)
THAWED = Variant("hand-set, thawed", "hand-set", 3, trained=True, thawed_after=1 / 3)
RANDOM = Variant("random, frozen", "random", 3, trained=False)
LEARNED = Variant("random, trained", "random", 3, trained=True)
ZEROS = Variant("zeros, trained", "zeros", 3, trained=True)
LEARNED_8 = Variant("8 random, trained", "random", 8, trained=True)
LEARNED_16 = Variant("16 random, trained", "random", 16, trained=True)
BANK = Variant(f"bank of {_WHOLE}, frozen", "bank", _WHOLE, trained=False)
RANDOM_MANY = Variant(f"{_WHOLE} random, frozen", "random", _WHOLE, trained=False)

#: In the order of the tables; the first is what the others are measured against.
VARIANTS = (
    HAND_SET,
    HAND_SET_TRAINED,
    THAWED,
    RANDOM,
    LEARNED,
    ZEROS,
    LEARNED_8,
    LEARNED_16,
    BANK,
    RANDOM_MANY,
)


def build_network(
    variant: Variant, input_shape: tuple[int, ...], seed: int, classes: int = 10
) -> Sequential:
    """Return the variant's untrained network.

    Every layer draws its weights from its own stream of the seed, so variants with equally many
    filters start with the same Dense layer.

    Returns
    -------
    Sequential
        Conv2D (3 x 3), ReLU, MaxPool (2), Flatten, Dense (classes). The filters are frozen
        unless the variant trains them from the start.
    """
    weight = None
    if variant.start == "hand-set":
        weight = filters.tutorial()
    elif variant.start == "bank":
        weight = np.stack(list(filters.bank().values()))[:, np.newaxis]
    elif variant.start == "zeros":
        weight = np.zeros((variant.filters, input_shape[0], 3, 3))
    trainable = variant.trained and not variant.thawed_after
    convolution = Conv2D(variant.filters, 3, weight=weight, trainable=trainable)
    layers = [convolution, ReLU(), MaxPool(2), Flatten(), Dense(classes)]
    return Sequential(layers, input_shape=input_shape, seed=seed)
