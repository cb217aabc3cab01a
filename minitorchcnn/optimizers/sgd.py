"""Stochastic gradient descent with momentum, Nesterov's variant and weight decay, as PyTorch's."""

from __future__ import annotations

import math
from typing import Any

from minitorchcnn.errors import ArgumentError
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.optimizers.schedules import Schedule
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, number


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, Nesterov's variant and weight decay.

    ``g = grad + weight_decay * value``, ``velocity = momentum * velocity + g``, then
    ``value -= learning_rate * velocity``; with Nesterov
    ``value -= learning_rate * (g + momentum * velocity)``. This is `torch.optim.SGD`.

    Parameters
    ----------
    learning_rate : float
        Step size, at least 0.
    momentum : float
        In [0, 1).
    nesterov : bool
        Needs momentum above 0.
    weight_decay : float
        At least 0; applied to every parameter, biases too, as PyTorch does.
    schedule : callable or None
        ``schedule(epoch) -> factor`` of the learning rate, such as `CosineSchedule`.

    Attributes
    ----------
    epoch : int
        What the schedule is asked for, from 0; the Trainer counts it up.

    Raises
    ------
    ArgumentError
        If an option is out of range.
    """

    kept = ("velocity",)

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        super().__init__(learning_rate, schedule)
        self.momentum = number(momentum, "SGD: momentum", low=0.0, high=1.0)
        self.nesterov = flag(nesterov, "SGD: nesterov")
        self.weight_decay = number(weight_decay, "SGD: weight_decay", low=0.0, high=math.inf)
        if self.nesterov and self.momentum == 0.0:
            raise ArgumentError("SGD: nesterov needs a momentum above 0, such as 0.9.")

    @property
    def slots(self) -> int:
        """1, the velocity; 0 without momentum."""
        return 1 if self.momentum else 0

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "weight_decay": self.weight_decay,
            "schedule": self.schedule,
        }

    def direction(self, parameter: Parameter, grad: Array) -> Array:
        """Return the velocity, or the gradient where there is no momentum, and move the former."""
        if self.weight_decay:
            grad = grad + self.weight_decay * parameter.value
        if not self.momentum:
            return grad
        velocity = self.memory("velocity", parameter)
        velocity *= self.momentum
        velocity += grad
        return grad + self.momentum * velocity if self.nesterov else velocity
