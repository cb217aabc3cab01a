"""Data checks before the first step, so that no training is lost to its data.

Certain mistakes are errors. What can work, but hardly ever is what was meant, is a `DataWarning`:
nothing is cast, scaled or turned round behind anybody's back.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, DataWarning, ShapeError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.shapes import PreflightReport, shape_rows
from minitorchcnn.model.trace import trace
from minitorchcnn.training.objectives import (
    NAMED,
    LossFunction,
    Objective,
    chance_loss,
    find_objective,
)
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import check_batch, check_finite

#: Samples whose pixels are looked at; all labels and all NaN are.
SAMPLE = 256

#: Samples that `dry_run` sends through the model: enough to tell the batch axis from the others.
DRY_RUN_SAMPLES = 2

#: Values beyond this are no pixels, and no features that anybody scaled.
LARGEST = 50.0

#: Whole ranges that image files come in.
SCALES = (16, 100, 255, 4095, 65535)


def check(
    model: Sequential, x: Samples, labels: Array, loss: str | LossFunction = "softmax_cross_entropy"
) -> PreflightReport:
    """Look at a model with its data before training, changing nothing.

    Parameters
    ----------
    model : Sequential
    x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
    labels : ndarray, first axis N
        Labels or targets, as the loss wants them.
    loss : str or callable
        As for `Trainer`.

    Returns
    -------
    PreflightReport

    Raises
    ------
    ShapeError, DataError
        If the model cannot be trained on this data.
    """
    objective = find_objective(loss)
    x, targets = validate_data(model, objective, x, labels, "check")
    outputs = dry_run(model, x)
    facts = [f"{len(x):,} samples: {_span(_sampled(x))}, mean {_sampled(x).mean():.2g}"]
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
    model : Sequential
    objective : Objective
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
    model : Sequential
    n : int
        Samples to train on.
    batch_size : int
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


def warn_of_data(
    x: Samples,
    targets: Array,
    held_out: tuple[Samples, Array] | None,
    objective: Objective,
    outputs: int,
) -> None:
    """Issue a `DataWarning` for each thing that will hardly train as it is; for `fit`.

    Parameters
    ----------
    x, targets : ndarray
        Training data, already found usable.
    held_out : (x, targets) or None
        Validation data.
    objective : Objective
    outputs : int
        Length of the model's first output axis.
    """
    told = data_warnings(x, targets, objective, outputs)
    if held_out is not None:
        told += unlike_ranges(x, held_out[0])
    for message in told:
        # 1 is this line, 2 the loop, 3 Trainer.fit, 4 the line of the user that called it
        warnings.warn(message, DataWarning, stacklevel=4)


def data_warnings(x: Samples, targets: Array, objective: Objective, outputs: int) -> list[str]:
    """Return what is probably wrong with data that could be trained on.

    Parameters
    ----------
    x : ndarray, shape (N, *input_shape)
    targets : ndarray, first axis N
    objective : Objective
    outputs : int
        Length of the model's first output axis.
    """
    pixels = _sampled(x)
    of_pixels = too_large(pixels) or inverted_ink(pixels)
    return [*([of_pixels] if of_pixels else []), *label_warnings(targets, objective, outputs)]


def too_large(x: Array) -> str:
    """Tell of images or features that nobody scaled; "" if there are none."""
    low, high = float(x.min()), float(x.max())
    if x.ndim == 4 and low >= 0 and high > 4:
        top = next((scale for scale in SCALES if high <= scale), high)
        return (
            f"pixels lie in {low:g} .. {high:g}, expected [-1, 1]: use x / {top / 2:g} - 1, or "
            f"1 - x / {top / 2:g} where paper is bright and ink dark."
        )
    if max(-low, high) > LARGEST:
        return (
            f"x lies in {low:g} .. {high:g}, expected values near [-1, 1]: large inputs make "
            f"training diverge, use (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)."
        )
    return ""


def inverted_ink(x: Array) -> str:
    """Tell of grey images that are mostly ink by our convention, 1; "" if they are not."""
    low, high = float(x.min()), float(x.max())
    if x.ndim != 4 or x.shape[1] != 1 or low == high or low < -1.5 or high > 1.5:
        return ""
    ink = float((x > low + 0.75 * (high - low)).mean())
    paper = float((x < low + 0.25 * (high - low)).mean())
    if ink < 0.5 or ink < 2 * paper:
        return ""
    turned = "-x" if low < 0 else "1 - 2 * x"
    return (
        f"{ink:.0%} of the pixels are near {high:g}, which means ink; paper should be -1. Dark "
        f"strokes on a bright ground? Then use {turned}."
    )


def label_warnings(targets: Array, objective: Objective, outputs: int) -> list[str]:
    """Return what is odd about the labels of a classifier; nothing for other losses."""
    if objective.correct is None or len(targets) < 2:
        return []
    low, high = targets.min(), targets.max()
    if low == high:
        return [
            f"all {len(targets):,} labels are {low:g}: the model can only learn to say so. Give it "
            f"samples of at least two classes."
        ]
    counted_from_1 = low == 1 and high == outputs - 1 and len(targets) >= 5 * outputs
    if objective is NAMED["softmax_cross_entropy"] and counted_from_1:
        return [
            f"labels lie in 1 .. {high}, so class 0 has no sample: if your classes count from 1, "
            f"subtract 1 and end the model with Dense({high})."
        ]
    return []


def unlike_ranges(x: Samples, held_out: Samples) -> list[str]:
    """Tell of validation images on another scale than those for training."""
    if x.ndim != 4 or min(len(x), len(held_out)) < 16:
        return []
    parts = _sampled(x), _sampled(held_out)
    wide, narrow = sorted((float(np.ptp(part)) for part in parts), reverse=True)
    if narrow == 0 or wide < 1.8 * narrow:
        return []
    return [
        f"pixels lie in {_span(parts[0])} for training and in {_span(parts[1])} for validation: "
        f"scale both alike."
    ]


def _target_facts(targets: Array, objective: Objective, outputs: Array) -> Sequence[str]:
    if objective.correct is None or targets.dtype.kind == "f":
        return [f"targets: {_span(targets)}"] if targets.dtype.kind in "iuf" else []
    classes, counts = np.unique(targets, return_counts=True)
    facts = [f"{len(classes)} classes with {counts.min():,} to {counts.max():,} samples each"]
    if len(classes) < outputs.shape[1] and objective is NAMED["softmax_cross_entropy"]:
        facts[0] += f"; the model has {outputs.shape[1]} outputs"
    guessing = chance_loss(objective, targets)
    if guessing is not None:
        facts.append(f"guessing costs a loss of {guessing:.3g}: training should go below")
    return facts


def _sampled(x: Samples) -> Array:
    """Return some samples from all over x: data may be sorted."""
    return x[:: -(-len(x) // SAMPLE)]


def _span(x: Array) -> str:
    return f"{x.min():g} .. {x.max():g}"
