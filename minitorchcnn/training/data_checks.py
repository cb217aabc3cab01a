"""Data checks before the first step, so that no training is lost to its data.

Certain mistakes are errors. What can work, but hardly ever is what was meant, is a `DataWarning`:
nothing is cast, scaled or turned round behind anybody's back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.shapes import ShapeRow, shape_rows
from minitorchcnn.model.trace import trace
from minitorchcnn.report.text_table import align
from minitorchcnn.training.data_warnings import data_warnings, format_range, sample_rows
from minitorchcnn.training.objectives import (
    NAMED,
    LossFunction,
    Objective,
    chance_loss,
    find_objective,
)
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import check_batch, check_finite

#: Samples that `dry_run` sends through the model: enough to tell the batch axis from the others.
DRY_RUN_SAMPLES = 2


@dataclass(frozen=True)
class PreflightReport:
    """The result of `Sequential.check`: printed, it is a table with what to know below.

    Attributes
    ----------
    rows : tuple of ShapeRow
        A row for each layer: its output shape, and the sum it comes from.
    facts : tuple of str
        What was found, such as the range of the pixels.
    warnings : tuple of str
        What will hardly train as it is; `fit` issues these as `DataWarning`.
    """

    rows: tuple[ShapeRow, ...]
    facts: tuple[str, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        table = align(self.rows, "<<<<")
        rule = "-" * max(map(len, table))
        lines = [table[0], rule, *table[1:], rule, *self.facts]
        lines += [f"warning: {warning}" for warning in self.warnings] or ["no warnings"]
        return "\n".join(lines)

    __repr__ = __str__


def check(
    model: Sequential, x: Samples, labels: Array, loss: str | LossFunction = "softmax_cross_entropy"
) -> PreflightReport:
    """Look at a model with its data before training, changing nothing.

    Parameters
    ----------
    x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
    labels : ndarray, first axis N
        Labels or targets, as the loss wants them.
    loss : str or callable
        As for `Trainer`.

    Raises
    ------
    ShapeError, DataError
        If the model cannot be trained on this data.
    """
    objective = find_objective(loss)
    x, targets = validate_data(model, objective, x, labels, "check")
    outputs = dry_run(model, x)
    facts = [
        f"{len(x):,} samples: {format_range(sample_rows(x))}, mean {sample_rows(x).mean():.2g}"
    ]
    facts += _target_facts(targets, objective, outputs)
    return PreflightReport(
        tuple(shape_rows(model.layers, model.input_shape)),
        tuple(facts),
        tuple(data_warnings(x, targets, objective, model.output_shape[0])),
    )


def validate_data(
    model: Sequential, objective: Objective, x: Any, y: Any, owner: str
) -> tuple[Any, Array]:
    """Return x and the targets in the loss's form, or raise what is certainly wrong with them.

    Parameters
    ----------
    x, y : the user's data
    owner : str
        Who asks, for the message.
    """
    check_batch(x, model.input_shape, model.dtype, owner)
    check_finite(x, owner)
    return x, objective.prepare(y, len(x), model.output_shape)


def dry_run(model: Sequential, x: Samples) -> Array:
    """Send the first samples up the chain and return the outputs, comparing every shape.

    Raises
    ------
    ShapeError
        If a layer gives something else than it promised when it was built.
    """
    outputs = x[:DRY_RUN_SAMPLES]
    with np.errstate(all="ignore"):
        for index, layer, part, y, _ in trace(model.layers, outputs, training=False):
            expected = (len(part), *(layer.output_shape or ()))
            if y.shape != expected or y.dtype != model.dtype:
                raise ShapeError(
                    f"layer {index}: {layer} gave {y.dtype} of shape {y.shape} for x of shape "
                    f"{part.shape}, expected {model.dtype} of shape {expected}: its compute() "
                    f"must keep what its _build() promised."
                )
            outputs = y
    return outputs


def require_two_for_batchnorm(model: Sequential, n: int, batch_size: int) -> None:
    """Raise `ArgumentError` if a batch of one sample would reach a BatchNorm of flat rows.

    Better before training than at the end of its first epoch.

    Parameters
    ----------
    n : int
        Samples to train on.
    """
    smallest = n % batch_size or min(n, batch_size)
    if smallest > 1:
        return
    for index, layer in enumerate(model.layers):
        values = int(np.prod((layer.input_shape or ())[1:]))
        if layer.uses_batch_statistics and values == 1:
            sizes = range(batch_size + 1, n + 1)
            fitting = next((size for size in sizes if n % size != 1), 0)
            advice = f"use batch_size={fitting}" if fitting else "give at least 2 samples"
            raise ArgumentError(
                f"batch_size {batch_size} for {n} samples gives a batch of 1, and layer {index}, "
                f"{layer}, needs at least 2 values per channel to train on: {advice}."
            )


def _target_facts(targets: Array, objective: Objective, outputs: Array) -> Sequence[str]:
    if objective.correct is None or targets.dtype.kind == "f":
        return [f"targets: {format_range(targets)}"] if targets.dtype.kind in "iuf" else []
    classes, counts = np.unique(targets, return_counts=True)
    facts = [f"{len(classes)} classes with {counts.min():,} to {counts.max():,} samples each"]
    if len(classes) < outputs.shape[1] and objective is NAMED["softmax_cross_entropy"]:
        facts[0] += f"; the model has {outputs.shape[1]} outputs"
    guessing = chance_loss(objective, targets)
    if guessing is not None:
        facts.append(f"guessing costs a loss of {guessing:.3g}: training should go below")
    return facts
