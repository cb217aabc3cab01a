"""The evidence of an epoch: updates, gradients and silent units, measured for almost nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.trace import trace
from minitorchcnn.types import Array

#: Samples that are sent through the model layer by layer after an epoch: least and most. In
#: between it is a small share of the epoch, so that the time for it is one too.
LEAST, MOST, SHARE = 16, 32, 40

#: Samples at a time: the maps between the layers are all there, unlike in training.
PART = 16


@dataclass
class EpochEvidence:
    """What was seen in one epoch.

    Attributes
    ----------
    epoch : int
        From 1, over all calls of `fit`.
    record : dict
        The epoch's row of the History.
    updates, gradients : dict of int to list of float
        For each trained layer: norm of an update, and of a gradient, over the norm of the weight,
        at some steps.
    first_weights : dict of int to float
        For each trained layer: norm of the weight as the epoch began, over that of usual first
        weights.
    x : list of ndarray
        Images of the epoch's first batches.
    labels : list of ndarray
        Class numbers of every batch; empty where targets are something else.
    silent : dict of int to set of int
        For each layer with an activation after it: the outputs that never changed.
    answers : ndarray
        Outputs of the model for `x`.
    """

    epoch: int
    learning_rate: float
    record: dict[str, float] = field(default_factory=dict)
    updates: dict[int, list[float]] = field(default_factory=dict)
    gradients: dict[int, list[float]] = field(default_factory=dict)
    first_weights: dict[int, float] = field(default_factory=dict)
    x: list[Array] = field(default_factory=list)
    labels: list[Array] = field(default_factory=list)
    silent: dict[int, set[int]] = field(default_factory=dict)
    answers: Array = field(default_factory=lambda: np.zeros((0, 1)))


class Watch:
    """Collect the evidence of one epoch.

    Parameters
    ----------
    evidence : EpochEvidence
        Filled as the epoch goes on.

    Notes
    -----
    Updates are measured at steps 1, 2, 4, 8, ...: often while things change fast, and seldom
    enough not to be felt.
    """

    def __init__(self, model: Sequential, evidence: EpochEvidence) -> None:
        self.model, self.evidence = model, evidence
        self._steps, self._seen = 0, 0
        self._before: dict[int, Array] = {}
        self._remember()
        evidence.first_weights = {
            # He's normal weights have a variance of 2 / fan_in, so a norm of sqrt(2 outputs)
            index: _norm(weight) / (2 * len(weight)) ** 0.5
            for index, weight in self._before.items()
        }

    def step(self, x: Array, targets: Array) -> bool:
        """Look at one update; True if weights were measured at it."""
        self._steps += 1
        if self._seen < MOST:
            self.evidence.x.append(x[: MOST - self._seen])
        self._seen += len(x)
        if targets.ndim == 1 or targets.shape[1:] == (1,):
            self.evidence.labels.append(targets.reshape(-1))
        measured = self._steps & (self._steps - 1) == 0
        if measured:
            self._measure()
        if (self._steps + 1) & self._steps == 0:
            self._remember()
        return measured

    def finish(self) -> None:
        """Send a few of the epoch's samples through the model, layer by layer."""
        if not self.evidence.x:
            return
        count = min(MOST, max(LEAST, self._seen // SHARE))
        x = np.concatenate(self.evidence.x)
        spans: dict[int, tuple[Array, Array]] = {}
        answers = []
        for start in range(0, len(x), PART):
            with np.errstate(all="ignore"):
                answers.append(self._walk(x[start : start + PART], spans))
            silent = {index: _constant(low, high) for index, (low, high) in spans.items()}
            # silence is believed only after all the samples that there are
            if start + PART >= count and not any(silent.values()):
                break
        self.evidence.answers = np.concatenate(answers)
        self.evidence.silent = silent

    def _remember(self) -> None:
        self._before = {index: weight.copy() for index, weight, _ in trained_weights(self.model)}

    def _measure(self) -> None:
        # what overflows here ends training a moment later, with a better message than NumPy's
        with np.errstate(all="ignore"):
            self._weigh()

    def _weigh(self) -> None:
        for index, weight, grad in trained_weights(self.model):
            before = self._before.get(index)
            if before is None or grad is None:
                continue
            # weights that begin at 0 are measured against a tenth of usual first ones
            size = _norm(before) + 0.1 * len(weight) ** 0.5
            self.evidence.updates.setdefault(index, []).append(_norm(weight - before) / size)
            self.evidence.gradients.setdefault(index, []).append(_norm(grad) / size)

    def _walk(self, x: Array, spans: dict[int, tuple[Array, Array]]) -> Array:
        """Return the outputs for x; widen the span (lowest, highest) of each hidden channel."""
        owner = None
        for position, layer, _, y, _ in trace(self.model.layers, x, training=False):
            x = y
            if layer.weight_rows:
                owner = position
            elif (layer.can_die or layer.saturates) and owner is not None:
                axes = (0, *range(2, y.ndim))
                low, high = spans.get(owner, (np.inf, -np.inf))
                spans[owner] = np.minimum(low, y.min(axis=axes)), np.maximum(high, y.max(axis=axes))
                owner = None
        return x


def _norm(array: Array) -> float:
    """Return the norm of an array; a huge one where training has just left the finite numbers."""
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(array))
    return norm if norm < 1e30 else 1e30


def _constant(low: Array, high: Array) -> set[int]:
    return set(np.flatnonzero(low == high).tolist())


def trained_weights(model: Sequential) -> Iterator[tuple[int, Array, Array | None]]:
    """Yield (layer's index, weight, its gradient) of every layer with a weight that is trained."""
    for index, layer in enumerate(model.layers):
        if layer.weight_rows and not (weight := layer.parameters()[0]).frozen:
            yield index, weight.value, weight.grad
