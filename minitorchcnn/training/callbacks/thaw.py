"""A frozen layer that begins to learn in the middle of training, for comparing the two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.training.callbacks.base import Callback, require_parameters
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


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
        count = len(require_parameters(trainer.model, self.layer, "ThawAt")[0].value)
        if self.filters and max(self.filters) >= count:
            raise ArgumentError(
                f"ThawAt: layer {self.layer} has {count} filters, expected numbers from 0 to "
                f"{count - 1}, got {max(self.filters)}."
            )

    def config(self) -> dict[str, Any]:
        """Return what a checkpoint must agree with."""
        chosen = None if self.filters is None else list(self.filters)
        return {"layer": self.layer, "epoch": self.epoch, "filters": chosen}

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
