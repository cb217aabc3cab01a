"""Where a `fit` stands: what a checkpoint must know beside model, optimizer and data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.training.history import History

if TYPE_CHECKING:
    from minitorchcnn.training.callbacks.base import Callback


@dataclass
class Sums:
    """What has been added up in the epoch so far.

    Attributes
    ----------
    batches, samples : int
        How many were trained on.
    loss : float
        Sum over the samples.
    right : int
        Samples that were classified rightly.
    seconds : float
    """

    batches: int = 0
    samples: int = 0
    loss: float = 0.0
    right: int = 0
    seconds: float = 0.0

    def add(self, samples: int, loss: float, right: int, seconds: float) -> None:
        """Add a batch: its mean loss, and how long the epoch has lasted."""
        self.batches += 1
        self.samples += samples
        self.loss += loss * samples
        self.right += right
        self.seconds = seconds

    def means(self, *, with_accuracy: bool) -> dict[str, float]:
        """Return loss and perhaps accuracy per sample, as a record has them."""
        means = {"loss": self.loss / self.samples}
        if with_accuracy:
            means["accuracy"] = self.right / self.samples
        return means


@dataclass
class Run:
    """One call of `fit`; the Trainer moves it on.

    Attributes
    ----------
    first, last : int
        Epochs of the Trainer before this `fit`, and after it.
    callbacks : sequence of Callback
        In the order in which they are called.
    history : History
        So far.
    updates : int
        Steps of all epochs, over all calls of `fit`.
    order : dict
        State of the Trainer's random stream as the epoch began, when it draws the order of samples.
    sums : Sums
        Of the epoch.
    stopping : bool
        Whether `Trainer.stop` was called.
    resuming : bool
        Whether the `fit` goes on from a checkpoint.
    identity : dict or None
        What model, options and data it is about; known where a checkpoint is.
    """

    first: int = 0
    last: int = 0
    callbacks: Sequence[Callback] = ()
    history: History = field(default_factory=History)
    updates: int = 0
    order: dict[str, Any] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)
    stopping: bool = False
    resuming: bool = False
    identity: dict[str, Any] | None = None

    def begin_epoch(self, rng: np.random.Generator) -> None:
        """Be at the beginning of an epoch whose order `rng` will draw."""
        self.sums, self.order = Sums(), dict(rng.bit_generator.state)
