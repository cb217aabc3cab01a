"""Keeps the filters of a layer as they change, so that a film can be made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import CallOrderError
from minitorchcnn.training.callbacks.base import Callback, Record, require_parameters
from minitorchcnn.types import Array
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


class RecordFilters(Callback):
    """Keep the weight of a layer before training and again after every epoch or some updates.

    Parameters
    ----------
    layer : int
        Index in ``model.layers``.
    every : int or None
        Updates between two records; None records after each epoch.

    Attributes
    ----------
    names : list of str
        What each record is: "start", "epoch 1", or "update 50".

    Raises
    ------
    ArgumentError
        If an option is out of range, or the layer has no weight.

    Examples
    --------
    >>> from minitorchcnn import SGD, Conv2D, Dense, Flatten, Sequential, Trainer, datasets
    >>> x, y = datasets.handwriting()
    >>> model = Sequential([Conv2D(3, 3), Flatten(), Dense(10)], (1, 8, 8))
    >>> record = RecordFilters()
    >>> history = Trainer(model, SGD(0.03)).fit(
    ...     x, y, epochs=2, callbacks=[record], progress=False
    ... )
    >>> record.names, record.films.shape
    (['start', 'epoch 1', 'epoch 2'], (3, 3, 1, 3, 3))
    """

    def __init__(self, layer: int = 0, every: int | None = None) -> None:
        self.layer = integer(layer, "RecordFilters: layer", minimum=0)
        if every is not None:
            every = integer(every, "RecordFilters: every", minimum=1)
        self.every = every
        self._forget()

    def _forget(self) -> None:
        self.names: list[str] = []
        self._weights: list[Array] = []
        self._updates = 0

    @property
    def films(self) -> Array:
        """All records, shape (records, *weight.shape); `CallOrderError` before training."""
        if not self._weights:
            raise CallOrderError("RecordFilters has nothing yet: give it to fit first.")
        return np.stack(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """Return the records, so that a resumed training keeps its beginning."""
        return {"names": self.names, "weights": self._weights, "updates": self._updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the records back."""
        self.names, self._updates = list(state["names"]), int(state["updates"])
        self._weights = [np.asarray(weight) for weight in state["weights"]]

    def on_fit_start(self, trainer: Trainer) -> None:
        """Start anew, with the filters as they are before training."""
        require_parameters(trainer.model, self.layer, "RecordFilters")
        self._forget()
        self._keep(trainer, "start")

    def on_step_end(self, trainer: Trainer, x: Array, targets: Array, loss: float) -> None:
        """Count updates, and record when it is time."""
        self._updates += 1
        if self.every is not None and self._updates % self.every == 0:
            self._keep(trainer, f"update {self._updates}")

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Record the epoch, unless updates are counted."""
        if self.every is None:
            self._keep(trainer, f"epoch {epoch}")

    def _keep(self, trainer: Trainer, name: str) -> None:
        self.names.append(name)
        self._weights.append(trainer.model.layers[self.layer].parameters()[0].value.copy())
