"""Learning-rate schedules: the factor of the learning rate, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Callable

from minitorchcnn.validation import integer, number

#: ``schedule(epoch) -> factor`` of the learning rate; epochs count from 0.
Schedule = Callable[[int], float]


class StepSchedule:
    """Multiply the learning rate by `gamma` every `step_size` epochs, as PyTorch's StepLR.

    Parameters
    ----------
    step_size : int
        Epochs between two changes.
    gamma : float
        Factor of each change, at least 0.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    Examples
    --------
    >>> schedule = StepSchedule(2, gamma=0.5)
    >>> [schedule(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = integer(step_size, "StepSchedule: step_size", minimum=1)
        self.gamma = number(gamma, "StepSchedule: gamma", low=0.0, high=math.inf)

    def __call__(self, epoch: int) -> float:
        """Return the factor of the learning rate in `epoch`, counted from 0."""
        return float(self.gamma ** (epoch // self.step_size))

    def __repr__(self) -> str:
        return f"StepSchedule({self.step_size}, gamma={self.gamma})"


class CosineSchedule:
    """Lower the learning rate along half a cosine, as PyTorch's CosineAnnealingLR.

    Parameters
    ----------
    epochs : int
        Length of the way down; later epochs stay at the bottom.
    minimum : float
        Factor at the bottom, in [0, 1).

    Raises
    ------
    ArgumentError
        If an option is out of range.

    References
    ----------
    Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017, eq. (5).
    """

    def __init__(self, epochs: int, minimum: float = 0.0) -> None:
        self.epochs = integer(epochs, "CosineSchedule: epochs", minimum=1)
        self.minimum = number(minimum, "CosineSchedule: minimum", low=0.0, high=1.0)

    def __call__(self, epoch: int) -> float:
        """Return the factor of the learning rate in `epoch`, counted from 0."""
        way = min(epoch, self.epochs) / self.epochs
        return self.minimum + (1 - self.minimum) * (1 + math.cos(math.pi * way)) / 2

    def __repr__(self) -> str:
        return f"CosineSchedule({self.epochs}, minimum={self.minimum})"
