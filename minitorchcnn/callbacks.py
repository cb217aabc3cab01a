"""What may happen beside the training loop: stop early, thaw a layer, write a log.

A callback overrides the hooks it needs; the Trainer calls them all, in the order given.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.checks import flag, integer, number
from minitorchcnn.errors import ArgumentError

if TYPE_CHECKING:
    from minitorchcnn.trainer import Trainer

Record = dict[str, float]


class Callback:
    """Base class: every hook does nothing. Epochs count from 1."""

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first epoch of a `fit`."""

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Before the first batch of an epoch."""

    def on_step_end(self, trainer: Trainer, x: Array, targets: Array, loss: float) -> None:
        """After each update: the batch, its targets and its loss; the gradients are still there."""

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """After validation; `record` is this epoch's row of the History."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """After the last epoch; not called when training ends by an error."""


def checked_callbacks(callbacks: Any) -> tuple[Callback, ...]:
    """Return callbacks as a tuple, or raise `ArgumentError` naming what is not one."""
    several = isinstance(callbacks, (tuple, list))
    for callback in callbacks if several else (callbacks,):
        if not several or not isinstance(callback, Callback):
            raise ArgumentError(
                f"callbacks must be a list of Callback objects, such as [EarlyStopping()], got "
                f"{callback!r}."
            )
    return tuple(callbacks)


class EarlyStopping(Callback):
    """Stop when a quantity has not become better for some epochs; go back to the best weights.

    Parameters
    ----------
    monitor : str
        A name in the History's records. Accuracies should rise, everything else should fall.
    patience : int
        Epochs without progress to wait for.
    minimum_change : float
        What counts as progress.
    restore_best : bool
        At the end of `fit`, stopped early or not, put back the weights of the best epoch.

    Attributes
    ----------
    best : float or None
        The best value so far.
    best_epoch : int or None
        When it was.

    Raises
    ------
    ArgumentError
        If an option is out of range, or `monitor` is not recorded.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 5,
        minimum_change: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = integer(patience, "EarlyStopping: patience", minimum=1)
        self.minimum_change = number(
            minimum_change, "EarlyStopping: minimum_change", low=0.0, high=float("inf")
        )
        self.restore_best = flag(restore_best, "EarlyStopping: restore_best")
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._best_state: dict[str, Array] | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        """Start anew."""
        self._forget()

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Keep the best weights, or ask the Trainer to stop."""
        if self.monitor not in record:
            hint = " Give fit validation data." if self.monitor.startswith("val_") else ""
            raise ArgumentError(
                f"EarlyStopping: {self.monitor!r} is not recorded, only "
                f"{', '.join(record)} are.{hint}"
            )
        value = record[self.monitor]
        if self._is_progress(value):
            self.best, self.best_epoch = value, epoch
            if self.restore_best:
                self._best_state = trainer.model.state_dict()
        elif self.best_epoch is not None and epoch - self.best_epoch >= self.patience:
            trainer.stop()

    def _is_progress(self, value: float) -> bool:
        if self.best is None:
            return True
        gain = value - self.best if self.monitor.endswith("accuracy") else self.best - value
        return gain > self.minimum_change

    def on_fit_end(self, trainer: Trainer) -> None:
        """Put back the best weights."""
        if self._best_state is not None:
            trainer.model.load_state_dict(self._best_state)


class ThawAt(Callback):
    """Let a frozen layer, or some of its filters, learn from some epoch on.

    The gradient passes a frozen layer all the time, so the layers below it learn before, too.

    Parameters
    ----------
    layer : int
        Index in ``model.layers``.
    epoch : int
        The first epoch, counted from 1, in which the layer is trained.
    filters : sequence of int or None
        Which of the layer's filters (rows of its weight, with their biases); None is all. The
        others stay as they are, frozen or not.

    Raises
    ------
    ArgumentError
        If an option is out of range, or the layer has nothing to train.
    """

    def __init__(self, layer: int, epoch: int, filters: Sequence[int] | None = None) -> None:
        self.layer = integer(layer, "ThawAt: layer", minimum=0)
        self.epoch = integer(epoch, "ThawAt: epoch", minimum=1)
        self.filters = None if filters is None else _filter_numbers(filters)

    def on_fit_start(self, trainer: Trainer) -> None:
        """Check that the layer and its filters can be thawed."""
        layers = trainer.model.layers
        if self.layer >= len(layers) or not layers[self.layer].parameters():
            able = [i for i, layer in enumerate(layers) if layer.parameters()]
            raise ArgumentError(
                f"ThawAt: layer {self.layer} has no parameters to thaw; layers with parameters: "
                f"{able}."
            )
        count = len(layers[self.layer].parameters()[0].value)
        if self.filters and max(self.filters) >= count:
            raise ArgumentError(
                f"ThawAt: layer {self.layer} has {count} filters, expected numbers from 0 to "
                f"{count - 1}, got {max(self.filters)}."
            )

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Thaw when the time has come, also where training only goes on after it."""
        if epoch < self.epoch:
            return
        layer = trainer.model.layers[self.layer]
        if self.filters is None:
            layer.trainable = True
            return
        for parameter in layer.parameters():
            mask = np.broadcast_to(parameter.trainable, len(parameter.value)).copy()
            mask[list(self.filters)] = True
            parameter.trainable = mask


def _filter_numbers(filters: Any) -> tuple[int, ...]:
    """Return the numbers of filters as a tuple, or raise `ArgumentError` naming the slip."""
    if (
        not isinstance(filters, (Sequence, np.ndarray))
        or isinstance(filters, str)
        or not len(filters)
    ):
        raise ArgumentError(
            f"ThawAt: filters must be a list of their numbers, such as [0, 2], or None for all, "
            f"got {filters!r}."
        )
    return tuple(integer(number, "ThawAt: filters", minimum=0) for number in filters)


class CSVLog(Callback):
    """Write each epoch's record to a CSV file as it happens.

    Parameters
    ----------
    path : str or Path
        Overwritten at the start of `fit`, unless `append`.
    append : bool
        Go on with an existing file.
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self.path = Path(path)
        self.append = flag(append, "CSVLog: append")

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin an empty file, unless appending."""
        if not self.append:
            self.path.write_text("", encoding="utf-8")

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Add one line; the first one also writes the header."""
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(record))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(record)
