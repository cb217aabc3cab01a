"""The context of a diagnosis: what a rule may look at, the evidence and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.diagnostics.training.evidence import EpochEvidence
from minitorchcnn.training.objectives import NAMED, chance_loss
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


@dataclass(frozen=True)
class DiagnosisContext:
    """What a rule may look at.

    Attributes
    ----------
    epochs : list of EpochEvidence
        Those of this `fit`, the last one perhaps unfinished.
    """

    trainer: Trainer
    epochs: list[EpochEvidence]

    @property
    def now(self) -> EpochEvidence:
        """The last epoch."""
        return self.epochs[-1]

    @property
    def labels(self) -> Array:
        """All labels of the last epoch; empty if targets are something else."""
        return np.concatenate(self.now.labels) if self.now.labels else np.zeros(0)

    @property
    def classifies(self) -> bool:
        """Whether the loss has an accuracy, so that targets are classes."""
        return self.trainer.objective.correct is not None

    def name(self, layer: int) -> str:
        """Return how a layer is called in a sentence."""
        return f"layer {layer}, {self.trainer.model.layers[layer]!r},"

    def slower(self, factor: float) -> str:
        """Return the advice to change the learning rate by a factor."""
        rate = self.now.learning_rate
        return f"Try a learning rate of {rate * factor:.2g} (now {rate:.2g})."


def guessing(context: DiagnosisContext) -> float | None:
    """Return the loss of a constant answer, where the loss has a name and targets are labels."""
    labels, objective = context.labels, context.trainer.objective
    if not len(labels) or objective not in NAMED.values():
        return None
    return chance_loss(objective, labels)


def above_guessing(context: DiagnosisContext, name: str) -> float:
    """Return how far an accuracy is on the way from guessing, 0, to all right, 1."""
    most = largest_share(context.labels)
    if most == 1 or name not in context.now.record:
        return 0.0
    return (context.now.record[name] - most) / (1 - most)


def sample_loss(context: DiagnosisContext) -> float:
    """Return the loss at the end of the epoch; its record is a mean over an epoch of change."""
    answers = context.now.answers
    labels = context.labels[: len(answers)]  # of the same batches, in the same order
    shaped = labels.reshape(-1, 1) if answers.shape[1] == 1 else labels
    return context.trainer.objective.loss(answers, shaped)[0]


def largest_share(labels: Array) -> float:
    """Return the share of the most frequent class; 1 if there are no labels."""
    if not len(labels):
        return 1.0
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
