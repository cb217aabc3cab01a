"""What training makes small: losses as batch means, each with its gradient.

Unlike the other operations these are called by users directly, so they check what they get.
They work on logits (scores before softmax or sigmoid), which is what keeps them finite for
scores of any size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.ops.activation import sigmoid
from minitorchcnn.types import Array


def softmax(logits: Array) -> Array:
    """Turn each row of scores into probabilities that sum to 1.

    Parameters
    ----------
    logits : ndarray, shape (N, classes)

    Returns
    -------
    ndarray, shape (N, classes), dtype of logits, values in [0, 1]

    Raises
    ------
    ShapeError
        If logits is not two-dimensional floating point.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    _check_logits(logits)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))  # exponents <= 0
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def softmax_cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """Return the mean of ``-log(probability of the right class)`` and its gradient.

    Parameters
    ----------
    logits : ndarray, shape (N, classes)
    labels : ndarray of integers, shape (N,)
        The right class of each row, 0 .. classes - 1.

    Returns
    -------
    loss : float
    grad_logits : ndarray, shape (N, classes), dtype of logits

    Raises
    ------
    ShapeError
        If logits is not (N, classes) floating point.
    DataError
        If labels are not N integers in 0 .. classes - 1.

    Notes
    -----
    Derivation: docs/derivations.md, "Softmax cross-entropy".
    """
    _check_logits(logits)
    n, classes = logits.shape
    check_labels(labels, n, classes)
    rows = np.arange(n)
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    totals = powers.sum(axis=1, keepdims=True)
    loss = float((np.log(totals[:, 0]) - shifted[rows, labels]).mean())
    # grad_logits = (softmax(logits) - onehot(labels)) / N
    grad_logits = powers / totals
    grad_logits[rows, labels] -= 1
    grad_logits /= n
    return loss, grad_logits


def binary_cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of yes/no questions and its gradient.

    Parameters
    ----------
    logits : ndarray, any shape
        Scores before the sigmoid; positive means yes.
    targets : ndarray, shape of logits
        1 for yes and 0 for no (probabilities between them are allowed).

    Returns
    -------
    loss : float
    grad_logits : ndarray, shape and dtype of logits

    Raises
    ------
    ShapeError
        If the shapes differ or logits are not floating point.
    DataError
        If a target lies outside [0, 1].

    Notes
    -----
    ``max(z, 0) - z * t + log(1 + exp(-|z|))`` stays finite for any z.
    """
    _check_pair(logits, targets, "binary_cross_entropy", "logits", "targets")
    wanted = targets.astype(logits.dtype)
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise DataError(
            f"binary_cross_entropy: targets must be 0 or 1 (or a probability between), got "
            f"values from {targets.min()} to {targets.max()}."
        )
    decay = np.exp(-np.abs(logits))
    losses = np.maximum(logits, 0) - logits * wanted + np.log1p(decay)
    # grad_logits = (sigmoid(logits) - targets) / number of logits
    return float(losses.mean()), (sigmoid(logits)[0] - wanted) / logits.size


def mean_squared_error(y: Array, targets: Array) -> tuple[float, Array]:
    """Return the mean of ``(y - targets)^2`` over all elements, and its gradient.

    Parameters
    ----------
    y : ndarray, any shape
    targets : ndarray, shape of y

    Returns
    -------
    loss : float
    grad_y : ndarray, shape and dtype of y

    Raises
    ------
    ShapeError
        If the shapes differ or y is not floating point.
    """
    _check_pair(y, targets, "mean_squared_error", "y", "targets")
    difference = y - targets.astype(y.dtype)
    # grad_y = 2 (y - targets) / number of elements
    return float(np.mean(difference * difference)), difference * (2 / y.size)


def check_labels(labels: Any, n: int, classes: int) -> None:
    """Raise `DataError` unless labels are `n` integers in 0 .. classes - 1."""
    if not isinstance(labels, np.ndarray) or labels.shape != (n,) or labels.dtype.kind not in "iu":
        got = (
            f"{labels.dtype} of shape {labels.shape}"
            if isinstance(labels, np.ndarray)
            else type(labels).__name__
        )
        raise DataError(
            f"labels must be an array of integers of shape ({n},), one class per row of the "
            f"logits, got {got}.{_label_hint(labels, n)}"
        )
    low, high = labels.min(), labels.max()
    if low < 0 or high >= classes:
        hint = ""
        if (low, high) == (1, classes):
            hint = " They seem to count from 1: subtract 1."
        elif low >= 0:
            hint = f" For {high + 1} classes end the model with Dense({high + 1})."
        raise DataError(
            f"labels must lie in 0 .. {classes - 1} for {classes} outputs, got {low} .. "
            f"{high}.{hint}"
        )


def _label_hint(labels: Any, n: int) -> str:
    """Name the way from a usual form of labels to class numbers, if it is one of them."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "biuf":
        return ""
    if labels.shape == (n, 1):
        return " Take the column: labels[:, 0]."
    if labels.ndim == 2 and len(labels) == n and ((labels == 0) | (labels == 1)).all():
        return " One-hot labels become class numbers by labels.argmax(axis=1)."
    if labels.shape == (n,) and (labels == np.round(labels)).all():
        return " Whole numbers become integers by labels.astype(int)."
    return ""


def _check_logits(logits: Any) -> None:
    if not isinstance(logits, np.ndarray) or logits.dtype.kind != "f" or logits.ndim != 2:
        raise ShapeError(
            f"logits must be floating point of shape (N, classes), got {_told(logits)}."
        )
    if logits.size == 0:
        raise ShapeError(f"logits are empty, shape {logits.shape}: give at least one row.")


def _check_pair(y: Any, targets: Any, owner: str, y_name: str, target_name: str) -> None:
    if not isinstance(y, np.ndarray) or y.dtype.kind != "f" or y.size == 0:
        raise ShapeError(f"{owner}: {y_name} must be non-empty floating point, got {_told(y)}.")
    if not isinstance(targets, np.ndarray) or targets.shape != y.shape:
        raise ShapeError(
            f"{owner}: {target_name} must be an array of the shape of {y_name}, {y.shape}, "
            f"got {_told(targets)}. Nothing is broadcast."
        )
    if targets.dtype.kind not in "biuf":
        raise DataError(f"{owner}: {target_name} must be numbers, got {_told(targets)}.")


def _told(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return type(value).__name__
