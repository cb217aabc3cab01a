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
    start : "hand-set", "random" or "zeros"
        Random filters are he_normal, the usual start.
    filters : int
        How many.
    trained : bool
        False freezes the filters and their biases; the Dense layer is always trained.
    """

    name: str
    start: str
    filters: int
    trained: bool


HAND_SET = Arm("hand-set, frozen", "hand-set", 3, trained=False)
HAND_SET_TRAINED = Arm("hand-set, trained", "hand-set", 3, trained=True)
RANDOM = Arm("random, frozen", "random", 3, trained=False)
LEARNED = Arm("random, trained", "random", 3, trained=True)
ZEROS = Arm("zeros, trained", "zeros", 3, trained=True)
LEARNED_8 = Arm("8 random, trained", "random", 8, trained=True)
LEARNED_16 = Arm("16 random, trained", "random", 16, trained=True)

#: In the order of the tables; the first is what the others are measured against.
ARMS = (HAND_SET, HAND_SET_TRAINED, RANDOM, LEARNED, ZEROS, LEARNED_8, LEARNED_16)


def network(arm: Arm, input_shape: tuple[int, ...], seed: int) -> Sequential:
    """Return the arm's untrained network.

    Every layer draws its weights from its own stream of the seed, so arms with equally many
    filters start with the same Dense layer.

    Parameters
    ----------
    arm : Arm
    input_shape : (1, height, width)
    seed : int

    Returns
    -------
    Sequential
        Conv2D (3 x 3), ReLU, MaxPool (2), Flatten, Dense (10).
    """
    weight = None
    if arm.start == "hand-set":
        weight = filters.tutorial()
    elif arm.start == "zeros":
        weight = np.zeros((arm.filters, input_shape[0], 3, 3))
    convolution = Conv2D(arm.filters, 3, weight=weight, trainable=arm.trained)
    layers = [convolution, ReLU(), MaxPool(2), Flatten(), Dense(10)]
    return Sequential(layers, input_shape=input_shape, seed=seed)
