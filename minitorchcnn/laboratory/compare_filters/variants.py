"""What is compared: one architecture, whose filters start differently and are trained or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minitorchcnn import Conv2D, Dense, Flatten, MaxPool, ReLU, Sequential, filters


@dataclass(frozen=True)
class Arm:
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

HAND_SET = Arm("hand-set, frozen", "hand-set", 3, trained=False)
HAND_SET_TRAINED = Arm("hand-set, trained", "hand-set", 3, trained=True)
THAWED = Arm("hand-set, thawed", "hand-set", 3, trained=True, thawed_after=1 / 3)
RANDOM = Arm("random, frozen", "random", 3, trained=False)
LEARNED = Arm("random, trained", "random", 3, trained=True)
ZEROS = Arm("zeros, trained", "zeros", 3, trained=True)
LEARNED_8 = Arm("8 random, trained", "random", 8, trained=True)
LEARNED_16 = Arm("16 random, trained", "random", 16, trained=True)
BANK = Arm(f"bank of {_WHOLE}, frozen", "bank", _WHOLE, trained=False)
RANDOM_MANY = Arm(f"{_WHOLE} random, frozen", "random", _WHOLE, trained=False)

#: In the order of the tables; the first is what the others are measured against.
ARMS = (
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


def network(arm: Arm, input_shape: tuple[int, ...], seed: int, classes: int = 10) -> Sequential:
    """Return the arm's untrained network.

    Every layer draws its weights from its own stream of the seed, so arms with equally many
    filters start with the same Dense layer.

    Parameters
    ----------
    arm : Arm
    input_shape : (1, height, width)
    seed : int
    classes : int

    Returns
    -------
    Sequential
        Conv2D (3 x 3), ReLU, MaxPool (2), Flatten, Dense (classes). The filters are frozen
        unless the arm trains them from the start.
    """
    weight = None
    if arm.start == "hand-set":
        weight = filters.tutorial()
    elif arm.start == "bank":
        weight = np.stack(list(filters.bank().values()))[:, np.newaxis]
    elif arm.start == "zeros":
        weight = np.zeros((arm.filters, input_shape[0], 3, 3))
    trainable = arm.trained and not arm.thawed_after
    convolution = Conv2D(arm.filters, 3, weight=weight, trainable=trainable)
    layers = [convolution, ReLU(), MaxPool(2), Flatten(), Dense(classes)]
    return Sequential(layers, input_shape=input_shape, seed=seed)
