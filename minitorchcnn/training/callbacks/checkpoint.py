"""Checkpoints written while training goes on, so that a crash costs minutes and not days."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitorchcnn.errors import ArgumentError
from minitorchcnn.storage.paths import check_file
from minitorchcnn.training.callbacks.base import Callback, Record, is_better, monitored
from minitorchcnn.training.checkpointing import write_checkpoint
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path, flag, integer

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


class Checkpoint(Callback):
    """Write everything that `fit` needs to go on: ``fit(..., resume=path)``.

    The file is replaced as a whole: after a crash, even of the machine, there is the old one or
    the new one. Resumed training ends with the same bytes as one that was never interrupted.

    Parameters
    ----------
    path : str or Path
        Overwritten each time.
    every : "epoch" or int
        Write after each epoch, or after so many updates as well.
    best_only : bool
        Write only after an epoch in which `monitor` was better than ever before.
    monitor : str
        A name in the History's records; for `best_only`. Accuracies should rise, everything else
        should fall.
    extra : dict or None
        Plain JSON of your own, kept in the file; `minitorchcnn.read_checkpoint`
        gives it back.

    Attributes
    ----------
    best : float or None
        The best value so far, with `best_only`.

    Raises
    ------
    ArgumentError
        If an option cannot work.
    FormatError
        From `fit`, if the file cannot be written.

    Notes
    -----
    The Trainer calls it after all other callbacks, whatever their order. After Ctrl-C it writes
    once more, unless `best_only`. The file holds weights, velocities, the state of every random
    stream, the place in the epoch, the History and what other callbacks remember; no data, but a
    fingerprint of it.

    Examples
    --------
    >>> import tempfile
    >>> from minitorchcnn import SGD, Dense, Flatten, Sequential, Trainer, datasets
    >>> x, y = datasets.handwriting()
    >>> def trainer():
    ...     model = Sequential([Flatten(), Dense(10)], input_shape=(1, 8, 8), seed=0)
    ...     return Trainer(model, SGD(0.1, momentum=0.9), seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/digits.checkpoint"
    ...     first = trainer().fit(x, y, 1, callbacks=[Checkpoint(path)], progress=False)
    ...     history = trainer().fit(x, y, 3, resume=path, progress=False)
    >>> history.column("epoch"), history.records[0] == first.records[0]
    ([1, 2, 3], True)
    """

    runs_last = True
    needs_fingerprint = True

    def __init__(
        self,
        path: str | Path,
        every: str | int = "epoch",
        best_only: bool = False,
        monitor: str = "val_loss",
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.path = file_path(path, "Checkpoint: path")
        self.every = 0 if every == "epoch" else _updates(every)
        self.best_only = flag(best_only, "Checkpoint: best_only")
        if self.best_only and self.every:
            raise ArgumentError(
                f'Checkpoint: best_only needs every="epoch", got {self.every}: what is best shows '
                f"at the end of an epoch."
            )
        if extra is not None and not isinstance(extra, dict):
            raise ArgumentError(f"Checkpoint: extra must be a dict or None, got {extra!r:.60}.")
        self.monitor, self.extra = monitor, extra
        self.best: float | None = None

    def state_dict(self) -> dict[str, Any]:
        """Return the best value so far."""
        return {"best": self.best} if self.best_only else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on with the best value of a checkpoint."""
        self.best = state["best"]

    def on_fit_start(self, trainer: Trainer) -> None:
        """Start anew; refuse what cannot be written before training rather than after it."""
        self.best = None
        check_file(self.path, "Checkpoint")

    def on_step_end(self, trainer: Trainer, x: Array, targets: Array, loss: float) -> None:
        """Write after every so many updates, counted over all epochs."""
        if self.every and trainer.run.updates % self.every == 0:
            self._write(trainer)

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Write, or see first whether the epoch was the best."""
        if self.best_only:
            value = monitored(record, self.monitor, "Checkpoint")
            if not is_better(value, self.best, self.monitor):
                return
            self.best = value
        self._write(trainer)

    def on_interrupt(self, trainer: Trainer) -> None:
        """Write, so that nothing is lost; the best one stays what it is."""
        if not self.best_only:
            self._write(trainer)

    def _write(self, trainer: Trainer) -> None:
        write_checkpoint(self.path, trainer.state_dict(), trainer.run.fingerprint, self.extra)


def _updates(every: Any) -> int:
    if isinstance(every, str):
        raise ArgumentError(
            f'Checkpoint: every must be "epoch" or a number of updates, got {every!r}.'
        )
    return integer(every, "Checkpoint: every", minimum=1)
