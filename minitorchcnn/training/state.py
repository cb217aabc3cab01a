"""The state of a `fit`: what a checkpoint must know beside model, optimizer and data."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minitorchcnn.training.history import History
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.model.sequential import Sequential
    from minitorchcnn.training.callbacks.base import Callback


class BatchResult(NamedTuple):
    """What a batch says before anything is changed.

    Attributes
    ----------
    loss : float
        Mean over the batch.
    gradients : list of ndarray or None
        One for each of `Sequential.parameters`, in their order; None for wholly frozen ones.
    correct : int
        Samples that were classified rightly; 0 where the loss has no accuracy.
    """

    loss: float
    gradients: list[Array | None]
    correct: int


@dataclass
class EpochTotals:
    """What has been added up in the epoch so far.

    Attributes
    ----------
    batches, samples : int
        How many were trained on.
    loss : float
        Sum over the samples.
    correct : int
        Samples that were classified rightly.
    """

    batches: int = 0
    samples: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0

    def add(self, samples: int, loss: float, correct: int, seconds: float) -> None:
        """Add a batch: its mean loss, and how long the epoch has lasted."""
        self.batches += 1
        self.samples += samples
        self.loss += loss * samples
        self.correct += correct
        self.seconds = seconds

    def means(self, *, with_accuracy: bool) -> dict[str, float]:
        """Return loss and perhaps accuracy per sample, as a record has them."""
        means = {"loss": self.loss / self.samples}
        if with_accuracy:
            means["accuracy"] = self.correct / self.samples
        return means


@dataclass
class FitState:
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
    totals : EpochTotals
        Of the epoch.
    stopping : bool
        Whether `Trainer.stop` was called.
    resuming : bool
        Whether the `fit` goes on from a checkpoint.
    fingerprint : dict or None
        What model, options and data it is about; known where a callback needs it.
    """

    first: int = 0
    last: int = 0
    callbacks: Sequence[Callback] = ()
    history: History = field(default_factory=History)
    updates: int = 0
    order: dict[str, Any] = field(default_factory=dict)
    totals: EpochTotals = field(default_factory=EpochTotals)
    stopping: bool = False
    resuming: bool = False
    fingerprint: dict[str, Any] | None = None

    def begin_epoch(self, rng: np.random.Generator) -> None:
        """Be at the beginning of an epoch whose order `rng` will draw."""
        self.totals, self.order = EpochTotals(), dict(rng.bit_generator.state)

    def state_dict(self) -> dict[str, Any]:
        """Return the fit's part of `Trainer.state_dict`, but for the order of samples."""
        totals = self.totals
        return {
            "first": self.first,
            "updates": self.updates,
            "sums": {
                "batches": totals.batches,
                "samples": totals.samples,
                "loss": totals.loss,
                "right": totals.correct,
                "seconds": totals.seconds,
            },
            "stopping": self.stopping,
            "history": [dict(record) for record in self.history.records],
            "callbacks": [
                {"kind": type(callback).__name__, "state": callback.state_dict()}
                for callback in self.callbacks
            ],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another fit stood, for as many epochs as this one was asked for.

        Parameters
        ----------
        state : dict
            From `Trainer.state_dict`. Of the callbacks see `load_callbacks`.
        """
        first, sums = count(state["first"]), state["sums"]
        self.first, self.last = first, self.last + first - self.first
        self.order, self.stopping = state["order"], bool(state["stopping"])
        self.updates = count(state["updates"])
        self.totals = EpochTotals(
            count(sums["batches"]),
            count(sums["samples"]),
            float(sums["loss"]),
            count(sums["right"]),
            float(sums["seconds"]),
        )
        self.history.records = list(state["history"])

    def load_callbacks(self, states: list[dict[str, Any]]) -> None:
        """Give each callback what the one of its kind remembered.

        Parameters
        ----------
        states : list of dict
            "callbacks" of `state_dict`.
        """
        rest = list(states)
        for callback in self.callbacks:
            kinds = [state["kind"] for state in rest]
            if type(callback).__name__ in kinds:
                own = rest.pop(kinds.index(type(callback).__name__))
                if own["state"]:
                    callback.load_state_dict(own["state"])


def model_state(model: Sequential) -> dict[str, Any]:
    """Return the model's part of `Trainer.state_dict`."""
    return {
        "model": model.state_dict(),
        "trainable": [np.asarray(p.trainable).tolist() for p in model.parameters()],
        "streams": {name: rng.bit_generator.state for name, rng in _streams(model)},
    }


def load_model_state(model: Sequential, state: dict[str, Any]) -> None:
    """Take over weights, what is frozen, and the random streams of layers."""
    model.load_state_dict(state["model"])
    for parameter, mask in zip(model.parameters(), state["trainable"], strict=True):
        parameter.trainable = mask
    for name, rng in _streams(model):
        rng.bit_generator.state = state["streams"][name]


def _streams(model: Sequential) -> Iterator[tuple[str, np.random.Generator]]:
    """Yield the random streams that layers own, such as Dropout's, with their names."""
    for index, layer in enumerate(model.layers):
        for name, stream in layer.generators():
            yield f"{index}.{name}", stream


def count(value: Any) -> int:
    """Return what must be a whole number from 0 on; TypeError or ValueError if it is none."""
    return range(2**53).index(operator.index(value))
