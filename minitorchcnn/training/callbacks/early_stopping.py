"""Stop when training no longer helps, and give back the best weights rather than the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorchcnn.training.callbacks.base import Callback, Record, is_better, monitored
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, integer, number

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


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

    def config(self) -> dict[str, Any]:
        """Return what a checkpoint must agree with."""
        return {
            "monitor": self.monitor,
            "patience": self.patience,
            "minimum_change": self.minimum_change,
            "restore_best": self.restore_best,
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the best value, its epoch and, where they are kept, its weights."""
        return {"best": self.best, "best_epoch": self.best_epoch, "weights": self._best_state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on waiting where a checkpoint left off."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        weights = state["weights"]
        # what is no array fails here, where the checkpoint is named, and not when training ends
        self._best_state = weights and {name: array.view() for name, array in weights.items()}

    def on_fit_start(self, trainer: Trainer) -> None:
        """Start anew."""
        self._forget()

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Keep the best weights, or ask the Trainer to stop."""
        value = monitored(record, self.monitor, "EarlyStopping")
        if is_better(value, self.best, self.monitor, self.minimum_change):
            self.best, self.best_epoch = value, epoch
            if self.restore_best:
                self._best_state = trainer.model.state_dict()
        elif self.best_epoch is not None and epoch - self.best_epoch >= self.patience:
            trainer.stop()

    def on_fit_end(self, trainer: Trainer) -> None:
        """Put back the best weights."""
        if self._best_state is not None:
            trainer.model.load_state_dict(self._best_state)
