"""The fully connected operation: every output is a weighted sum of every input."""

from __future__ import annotations

from typing import NamedTuple

from minitorchcnn.types import Array


class SavedDense(NamedTuple):
    """What `dense_backward` needs."""

    x: Array
    weight: Array
    has_bias: bool


def dense(x: Array, weight: Array, bias: Array | None) -> tuple[Array, SavedDense]:
    """Return ``y[n, o] = bias[o] + sum_i weight[o, i] * x[n, i]``.

    Parameters
    ----------
    x : ndarray, shape (N, features)
    weight : ndarray, shape (units, features)
    bias : ndarray, shape (units,), or None

    Returns
    -------
    y : ndarray, shape (N, units), dtype of x
    saved : SavedDense
    """
    y = x @ weight.T
    if bias is not None:
        y += bias
    return y, SavedDense(x, weight, bias is not None)


def dense_backward(
    grad_y: Array, saved: SavedDense, *, need_grad_x: bool = True, need_grad_weight: bool = True
) -> tuple[Array | None, Array | None, Array | None]:
    """Return the gradients of `dense` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape (N, units)
    saved : SavedDense
    need_grad_x, need_grad_weight : bool
        What is not needed is None (weight and bias go together).

    Returns
    -------
    grad_x : ndarray, shape (N, features), or None
    grad_weight : ndarray, shape (units, features), or None
    grad_bias : ndarray, shape (units,), or None
    """
    x, weight, has_bias = saved
    # grad_x = grad_y weight
    grad_x = grad_y @ weight if need_grad_x else None
    if not need_grad_weight:
        return grad_x, None, None
    # grad_weight = grad_y^T x, grad_bias = sum_n grad_y
    return grad_x, grad_y.T @ x, grad_y.sum(axis=0) if has_bias else None
