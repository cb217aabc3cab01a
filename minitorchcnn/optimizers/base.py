"""What every optimizer shares: learning rate, frozen parameters, checks, and what it remembers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from minitorchcnn.errors import ArgumentError, CallOrderError
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.optimizers.schedules import Schedule
from minitorchcnn.types import Array
from minitorchcnn.validation import number


class Optimizer(ABC):
    """Change parameters by their gradients: base class of `SGD` and of update rules of your own.

    A rule of your own says in `direction` what is subtracted, times the learning rate, from a
    parameter; frozen parameters, schedules, estimates and checkpoints then work as with `SGD`.

    Parameters
    ----------
    learning_rate : float
        Step size, at least 0.
    schedule : callable or None
        ``schedule(epoch) -> factor`` of the learning rate, such as `CosineSchedule`.

    Attributes
    ----------
    kept : tuple of str
        For the class: names of the arrays that the rule keeps for each parameter, see `memory`.
    epoch : int
        What the schedule is asked for, from 0; the Trainer counts it up.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn import Optimizer, Parameter
    >>> class SignSGD(Optimizer):
    ...     kept = ("mean",)
    ...
    ...     def direction(self, parameter, grad):
    ...         mean = self.memory("mean", parameter)
    ...         mean += 0.1 * (grad - mean)
    ...         return np.sign(mean)
    >>> weight = Parameter("weight", np.array([1.0, 2.0]))
    >>> weight.grad = np.array([0.3, -5.0])
    >>> SignSGD(learning_rate=0.5).step([weight])
    >>> weight.value
    array([0.5, 2.5])
    """

    kept: ClassVar[tuple[str, ...]] = ()

    def __init__(self, learning_rate: float = 0.01, schedule: Schedule | None = None) -> None:
        kind = type(self).__name__
        self.learning_rate = number(learning_rate, f"{kind}: learning_rate", low=0.0, high=math.inf)
        if schedule is not None and not callable(schedule):
            raise ArgumentError(
                f"{kind}: schedule must be a function of the epoch, got {schedule!r}."
            )
        self.schedule = schedule
        self.epoch = 0
        self._memory: dict[str, dict[str, Array]] = {name: {} for name in self.kept}

    @abstractmethod
    def direction(self, parameter: Parameter, grad: Array) -> Array:
        """Return what to subtract from a parameter, before the factor of the learning rate.

        Parameters
        ----------
        parameter : Parameter
            Not to be changed here; `step` does that.
        grad : ndarray, shape of the parameter's value
            Not to be changed.
        """

    def memory(self, name: str, parameter: Parameter) -> Array:
        """Return the array kept for a parameter under one of the names in `kept`.

        Zeros at first; change it in place. Rows of frozen filters are set to 0 after each step, so
        that a filter thawed later starts anew.

        Parameters
        ----------
        name : str
        parameter : Parameter
        """
        arrays = self._memory[name]
        if parameter.name not in arrays:
            arrays[parameter.name] = np.zeros_like(parameter.value)
        return arrays[parameter.name]

    @property
    def slots(self) -> int:
        """How many numbers are kept for each weight; for `Sequential.estimate`."""
        return len(self.kept)

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of this epoch, schedule included."""
        factor = 1.0 if self.schedule is None else self.schedule(self.epoch)
        return float(self.learning_rate * factor)

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments; with more of them, extend it.

        A `fit` can be resumed only with an optimizer of the same options.
        """
        return {"learning_rate": self.learning_rate, "schedule": self.schedule}

    def state_dict(self) -> dict[str, Any]:
        """Return copies of what the optimizer remembers: "epoch", and arrays by parameters' names.

        Returns
        -------
        dict
            ``{"epoch": 3, "velocity": {"0.weight": ..., "0.bias": ...}}`` for `SGD`.
        """
        copies = {
            name: {parameter: array.copy() for parameter, array in arrays.items()}
            for name, arrays in self._memory.items()
        }
        return {"epoch": self.epoch, **copies}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what another optimizer of the same options remembers.

        Parameters
        ----------
        state : dict
            From `state_dict`.
        """
        self._memory = {
            name: {parameter: np.array(array) for parameter, array in state[name].items()}
            for name in self.kept
        }
        self.epoch = state["epoch"]

    def step(self, parameters: Sequence[Parameter]) -> None:
        """Change every trainable parameter by its gradient, in place.

        Wholly frozen parameters are passed over; single frozen filters keep their values.

        Parameters
        ----------
        parameters : sequence of Parameter
            Names must differ: what is kept of each is kept under its name.

        Raises
        ------
        ArgumentError
            If two parameters have one name.
        CallOrderError
            If a trainable parameter has no gradient yet.
        """
        if len({parameter.name for parameter in parameters}) < len(parameters):
            names = [parameter.name for parameter in parameters]
            raise ArgumentError(
                f"{type(self).__name__}: parameters must have different names, got {names}."
            )
        # all are looked at before the first one moves: a refused step changes nothing
        moving = [(p, self._checked_grad(p)) for p in parameters if not p.frozen]
        learning_rate = self.current_learning_rate
        for parameter, grad in moving:
            change = learning_rate * self.direction(parameter, grad)
            if parameter.trainable is True:
                parameter.value -= change
            else:
                self._move_rows(parameter, change, np.asarray(parameter.trainable))

    def _checked_grad(self, parameter: Parameter) -> Array:
        grad, kind = parameter.grad, type(self).__name__
        if grad is None:
            raise CallOrderError(
                f"{kind}: {parameter.name} has no gradient: call backward before step."
            )
        for arrays in self._memory.values():
            before = arrays.get(parameter.name)
            if before is not None and before.shape != grad.shape:
                raise ArgumentError(
                    f"{kind}: {parameter.name} had shape {before.shape} before and has "
                    f"{grad.shape} now: an optimizer belongs to one model, make a new one."
                )
        return grad

    def _move_rows(self, parameter: Parameter, change: Array, trained: Array) -> None:
        parameter.value[trained] -= change[trained]
        for arrays in self._memory.values():
            if parameter.name in arrays:
                arrays[parameter.name][~trained] = 0

    def __repr__(self) -> str:
        options = self.config()
        first = options.pop("learning_rate")
        others = "".join(f", {name}={value!r}" for name, value in options.items() if value)
        return f"{type(self).__name__}(learning_rate={first}{others})"
