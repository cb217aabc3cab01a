"""How gradients change parameters: stochastic gradient descent by PyTorch's exact rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, CallOrderError
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, integer, number

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


class SGD:
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

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        schedule: Schedule | None = None,
    ) -> None:
        self.learning_rate = number(learning_rate, "SGD: learning_rate", low=0.0, high=math.inf)
        self.momentum = number(momentum, "SGD: momentum", low=0.0, high=1.0)
        self.nesterov = flag(nesterov, "SGD: nesterov")
        self.weight_decay = number(weight_decay, "SGD: weight_decay", low=0.0, high=math.inf)
        if self.nesterov and self.momentum == 0.0:
            raise ArgumentError("SGD: nesterov needs a momentum above 0, such as 0.9.")
        if schedule is not None and not callable(schedule):
            raise ArgumentError(f"SGD: schedule must be a function of the epoch, got {schedule!r}.")
        self.schedule = schedule
        self.epoch = 0
        self._velocity: dict[str, Array] = {}

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of this epoch, schedule included."""
        factor = 1.0 if self.schedule is None else self.schedule(self.epoch)
        return float(self.learning_rate * factor)

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "weight_decay": self.weight_decay,
            "schedule": self.schedule,
        }

    def state_dict(self) -> dict[str, Any]:
        """Return what the optimizer remembers: "epoch", and "velocity" by parameters' names."""
        velocity = {name: value.copy() for name, value in self._velocity.items()}
        return {"epoch": self.epoch, "velocity": velocity}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what another optimizer of the same options remembers.

        Parameters
        ----------
        state : dict
            From `state_dict`.
        """
        self._velocity = {name: np.array(value) for name, value in state["velocity"].items()}
        self.epoch = state["epoch"]

    def step(self, parameters: Sequence[Parameter]) -> None:
        """Change every trainable parameter by its gradient, in place.

        Wholly frozen parameters are passed over; single frozen filters keep their values.

        Parameters
        ----------
        parameters : sequence of Parameter
            Names must differ: the velocity of each is kept under its name.

        Raises
        ------
        ArgumentError
            If two parameters have one name.
        CallOrderError
            If a trainable parameter has no gradient yet.
        """
        if len({parameter.name for parameter in parameters}) < len(parameters):
            names = [parameter.name for parameter in parameters]
            raise ArgumentError(f"SGD: parameters must have different names, got {names}.")
        # all are looked at before the first one moves: a refused step changes nothing
        moving = [(p, self._checked_grad(p)) for p in parameters if not p.frozen]
        learning_rate = self.current_learning_rate
        for parameter, grad in moving:
            change = learning_rate * self._direction(parameter, grad)
            if parameter.trainable is True:
                parameter.value -= change
            else:
                parameter.value[parameter.trainable] -= change[parameter.trainable]

    def _checked_grad(self, parameter: Parameter) -> Array:
        if parameter.grad is None:
            raise CallOrderError(
                f"SGD: {parameter.name} has no gradient: call backward before step."
            )
        velocity = self._velocity.get(parameter.name)
        if velocity is not None and velocity.shape != parameter.grad.shape:
            raise ArgumentError(
                f"SGD: {parameter.name} had shape {velocity.shape} before and has "
                f"{parameter.grad.shape} now: an optimizer belongs to one model, make a new one."
            )
        return parameter.grad

    def _direction(self, parameter: Parameter, grad: Array) -> Array:
        """Return the way to subtract from the parameter, and move its velocity."""
        if self.weight_decay:
            grad = grad + self.weight_decay * parameter.value
        return self._with_velocity(parameter, grad) if self.momentum else grad

    def _with_velocity(self, parameter: Parameter, grad: Array) -> Array:
        velocity = self._velocity.get(parameter.name)
        if velocity is None:
            velocity = self._velocity[parameter.name] = np.zeros_like(grad)
        velocity *= self.momentum
        velocity += grad
        if parameter.trainable is not True:
            velocity[~np.asarray(parameter.trainable)] = 0  # a filter thawed later starts at rest
        return grad + self.momentum * velocity if self.nesterov else velocity

    def __repr__(self) -> str:
        options = self.config()
        first = options.pop("learning_rate")
        told = "".join(f", {name}={value!r}" for name, value in options.items() if value)
        return f"SGD(learning_rate={first}{told})"
