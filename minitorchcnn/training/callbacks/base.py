"""What every callback promises, so that the loop can call those it has never heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from minitorchcnn.errors import ArgumentError
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.layers.parameter import Parameter
    from minitorchcnn.model.sequential import Sequential
    from minitorchcnn.training.trainer import Trainer

Record = dict[str, float]


class Callback:
    """Base class: every hook does nothing. Epochs count from 1.

    A callback that changes what is trained, or that remembers something, also has `config`,
    `state_dict` and `load_state_dict`: a checkpoint keeps what they return. When a `fit` is
    resumed, `on_fit_start` is called first (`trainer.run.resuming` is then True), after it
    `load_state_dict`, and then `on_epoch_start` for the epoch that goes on.

    Attributes
    ----------
    runs_last : bool
        For the class: whether its hooks are called after those of other callbacks, wherever it
        stands in the list.
    needs_fingerprint : bool
        For the class: whether `trainer.run.fingerprint` must be known, which takes a pass over the
        data.
    """

    runs_last: ClassVar[bool] = False
    needs_fingerprint: ClassVar[bool] = False

    def config(self) -> dict[str, Any]:
        """Return the options that change what is trained; none if it only watches.

        A `fit` can be resumed only with callbacks of the same options.
        """
        return {}

    def state_dict(self) -> dict[str, Any]:
        """Return what to remember: None, bools, numbers, strings, arrays; lists and dicts of them.

        Dicts need strings as keys.
        """
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned."""

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first epoch of a `fit`."""

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Before the first batch of an epoch."""

    def on_step_end(self, trainer: Trainer, x: Array, targets: Array, loss: float) -> None:
        """After each update: the batch, its targets and its loss; the gradients are still there."""

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """After validation; `record` is this epoch's row of the History."""

    def on_interrupt(self, trainer: Trainer) -> None:
        """After Ctrl-C, when the batch is done; `on_fit_end` follows."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """After the last epoch; not called when training ends by an error."""


def check_callbacks(callbacks: Any) -> tuple[Callback, ...]:
    """Return callbacks as a tuple, or raise `ArgumentError` naming what is not one."""
    several = isinstance(callbacks, (tuple, list))
    for callback in callbacks if several else (callbacks,):
        if not several or not isinstance(callback, Callback):
            raise ArgumentError(
                f"callbacks must be a list of Callback objects, such as [EarlyStopping()], got "
                f"{callback!r}."
            )
    return tuple(callbacks)


def require_parameters(model: Sequential, layer: int, owner: str) -> list[Parameter]:
    """Return a layer's parameters, or raise `ArgumentError` naming the layers that have any."""
    able = [index for index, each in enumerate(model.layers) if each.parameters()]
    if layer not in able:
        raise ArgumentError(
            f"{owner}: layer {layer} has no parameters; layers with parameters: {able}."
        )
    return model.layers[layer].parameters()


def monitored(record: Record, name: str, owner: str) -> float:
    """Return a quantity of a record, or raise `ArgumentError` naming those that there are."""
    if name not in record:
        hint = " Give fit validation data." if name.startswith("val_") else ""
        raise ArgumentError(
            f"{owner}: {name!r} is not recorded, only {', '.join(record)} are.{hint}"
        )
    return record[name]


def is_better(value: float, best: float | None, name: str, minimum_change: float = 0.0) -> bool:
    """Tell whether a monitored value is progress: accuracies should rise, all else should fall."""
    if best is None:
        return True
    gain = value - best if name.endswith("accuracy") else best - value
    return gain > minimum_change
