"""Objectives: a loss with the check of its targets, and what counts as a correct answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.ops.loss import (
    binary_cross_entropy,
    check_labels,
    mean_squared_error,
    softmax_cross_entropy,
)
from minitorchcnn.types import Array, Shape

LossFunction = Callable[[Array, Array], tuple[float, Array]]


@dataclass(frozen=True)
class Objective:
    """A loss with the checks and the measure that go with it.

    Attributes
    ----------
    loss : callable
        ``(outputs, targets) -> (loss, grad_outputs)``.
    prepare : callable
        ``(targets, n, output_shape) -> targets`` in the form the loss wants; raises
        `DataError` if they cannot be used.
    correct : callable or None
        ``(outputs, targets) -> bool array (N,)``: which samples are right; None where a loss
        has no accuracy.
    """

    loss: LossFunction
    prepare: Callable[[Any, int, Shape], Array]
    correct: Callable[[Array, Array], Array] | None


def find_objective(loss: str | LossFunction) -> Objective:
    """Return the objective of a loss's name, or one without accuracy for a function.

    Raises
    ------
    ArgumentError
        If the name is unknown; the message lists the names.
    """
    if callable(loss):
        return Objective(_gated(loss), _same_length, None)
    if not isinstance(loss, str) or loss not in NAMED:
        raise ArgumentError(
            f"loss {loss!r} is unknown: use one of {', '.join(sorted(NAMED))}, or a function "
            f"(outputs, targets) -> (loss, grad_outputs)."
        )
    return NAMED[loss]


def _gated(loss: LossFunction) -> LossFunction:
    """Return a user's loss with its results checked: a gradient of another shape would spread."""

    def gated(outputs: Array, targets: Array) -> tuple[float, Array]:
        result = loss(outputs, targets)
        if not isinstance(result, tuple) or len(result) != 2 or np.ndim(result[0]) != 0:
            raise ArgumentError(
                f"a loss function must return (loss, grad_outputs) with one number as loss, got "
                f"{type(result).__name__} {result!r:.60}."
            )
        value, grad = result
        kind = grad.dtype if isinstance(grad, np.ndarray) else type(grad).__name__
        if not isinstance(grad, np.ndarray) or (grad.shape, kind) != (outputs.shape, outputs.dtype):
            raise ShapeError(
                f"the loss function gave grad_outputs {kind} of shape {np.shape(grad)}, expected "
                f"{outputs.dtype} of shape {outputs.shape}, like the outputs."
            )
        return float(value), grad

    return gated


def _same_length(targets: Any, n: int, output_shape: Shape) -> Array:
    if not isinstance(targets, np.ndarray) or targets.shape[:1] != (n,):
        got = targets.shape if isinstance(targets, np.ndarray) else type(targets).__name__
        raise DataError(
            f"targets must be an array with one entry for each of {n} samples, got {got}."
        )
    return targets


def _class_labels(targets: Any, n: int, output_shape: Shape) -> Array:
    if len(output_shape) != 1 or output_shape[0] < 2:
        raise DataError(
            f"softmax_cross_entropy needs a model with one output per class, this one gives "
            f"shape {output_shape}: end it with Dense(classes), or use binary_cross_entropy."
        )
    check_labels(targets, n, output_shape[0])
    return targets  # type: ignore[no-any-return]


def _yes_or_no(targets: Any, n: int, output_shape: Shape) -> Array:
    """Take labels (N,) of 0 and 1 for a model of one output, else targets (N, *outputs)."""
    values = _same_length(targets, n, output_shape)
    if values.shape == (n,) and output_shape == (1,):
        values = values[:, np.newaxis]
    if values.shape != (n, *output_shape) or values.dtype.kind not in "biuf":
        raise DataError(
            f"binary_cross_entropy needs numbers 0 and 1 of shape ({n},) for a model of one "
            f"output, or {(n, *output_shape)} like its outputs, got {targets.dtype} of shape "
            f"{targets.shape}."
        )
    if not ((values == 0) | (values == 1)).all():
        raise DataError(
            f"binary_cross_entropy needs targets 0 and 1, got {values.min()} .. {values.max()}: "
            f"write 1 for yes and 0 for no."
        )
    return values


def _numbers(targets: Any, n: int, output_shape: Shape) -> Array:
    values = _same_length(targets, n, output_shape)
    if values.shape != (n, *output_shape) or values.dtype.kind not in "iuf":
        raise DataError(
            f"mean_squared_error needs numbers of shape {(n, *output_shape)}, like the outputs, "
            f"got {values.dtype} of shape {values.shape}."
        )
    if not np.isfinite(values).all():
        sample = int(np.argmin(np.isfinite(values).reshape(n, -1).all(axis=1)))
        raise DataError(
            f"mean_squared_error: targets hold NaN or infinity, first in sample {sample}, expected "
            f"finite numbers: remove or mend such samples."
        )
    return values


def _largest_is_right(outputs: Array, labels: Array) -> Array:
    return np.asarray(outputs.argmax(axis=1) == labels)


def _sign_is_right(outputs: Array, targets: Array) -> Array:
    right = (outputs > 0) == (targets > 0)
    return np.asarray(right.reshape(len(right), -1).all(axis=1))


def chance_loss(objective: Objective, targets: Array) -> float | None:
    """Return the loss of always giving the best constant answer; None for unnamed losses.

    For K classes of equal size this is ln K.

    Parameters
    ----------
    targets : ndarray, first axis N
        As `prepare` returned them.
    """
    if objective is NAMED["mean_squared_error"]:
        return float(targets.var(axis=0).mean())
    if objective is NAMED["softmax_cross_entropy"]:
        shares = np.unique(targets, return_counts=True)[1] / len(targets)
        return float(-(shares * np.log(shares)).sum())
    if objective is NAMED["binary_cross_entropy"]:
        yes = np.clip(targets.mean(axis=0), 1e-12, 1 - 1e-12)
        return float(-(yes * np.log(yes) + (1 - yes) * np.log(1 - yes)).mean())
    return None


NAMED: dict[str, Objective] = {
    "softmax_cross_entropy": Objective(softmax_cross_entropy, _class_labels, _largest_is_right),
    "binary_cross_entropy": Objective(binary_cross_entropy, _yes_or_no, _sign_is_right),
    "mean_squared_error": Objective(mean_squared_error, _numbers, None),
}
