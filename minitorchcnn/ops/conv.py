"""Convolution, the operation that gives the networks their name, and its three gradients.

As in every framework it is a cross-correlation: the kernel is not flipped. Each window is
copied into a column once, a few samples at a time, so that one matrix product does the sums.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.workspace import chunks, scratch


class SavedConv2D(NamedTuple):
    """What `conv2d_backward` needs: inputs only; columns are made again to save memory."""

    x: Array
    weight: Array
    has_bias: bool
    geometry: WindowGeometry
    groups: int


def conv2d(
    x: Array, weight: Array, bias: Array | None, *, geometry: WindowGeometry, groups: int = 1
) -> tuple[Array, SavedConv2D]:
    """Cross-correlate a batch of images with a bank of filters.

    ``y[n, o, i, j] = bias[o] + sum_{c,u,v} weight[o, c, u, v]
    * x_padded[n, c, i * stride_h + u * dilation_h, j * stride_w + v * dilation_w]``,
    where c runs over the channels of the group that o belongs to.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H_in, W_in)
        Images.
    weight : ndarray, shape (C_out, C_in / groups, KH, KW)
        Filters, in the dtype of x.
    bias : ndarray, shape (C_out,), or None
    geometry : WindowGeometry
        Kernel size, stride, padding and dilation in pixels, for H_in and W_in.
    groups : int
        Both channel axes are cut into this many parts that do not see each other.

    Returns
    -------
    y : ndarray, shape (N, C_out, H_out, W_out), dtype of x
    saved : SavedConv2D

    Notes
    -----
    Memory: y and one workspace of about 0.5 MB, however large the batch. Derivation:
    docs/derivations.md, "Convolution".
    """
    n, c_out = len(x), len(weight)
    y = np.empty((n, c_out, *geometry.output_size), x.dtype)
    kernel = weight.reshape(groups, c_out // groups, -1)
    for part in chunks(n, _column_bytes(x, geometry)):
        columns = _columns(x[part], geometry, groups)
        np.matmul(kernel, columns, out=_by_group(y[part], groups))
        if bias is not None:
            y[part] += bias[:, np.newaxis, np.newaxis]  # while the chunk is in cache
    return y, SavedConv2D(x, weight, bias is not None, geometry, groups)


def conv2d_backward(
    grad_y: Array, saved: SavedConv2D, *, need_grad_x: bool = True, need_grad_weight: bool = True
) -> tuple[Array | None, Array | None, Array | None]:
    """Return the gradients of `conv2d` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape (N, C_out, H_out, W_out)
    saved : SavedConv2D
    need_grad_x, need_grad_weight : bool
        What is not needed is not computed, and None is returned in its place (weight and
        bias go together).

    Returns
    -------
    grad_x : ndarray, shape of x, or None
    grad_weight : ndarray, shape of weight, or None
    grad_bias : ndarray, shape (C_out,), or None if there is no bias

    Notes
    -----
    Derivation: docs/derivations.md, "Convolution".
    """
    x, weight, has_bias, geometry, groups = saved
    grad_x = np.zeros_like(x, order="C") if need_grad_x else None
    grad_kernel = np.zeros((groups, len(weight) // groups, weight[0].size), x.dtype)
    kernel_t = weight.reshape(grad_kernel.shape).transpose(0, 2, 1)
    for part in chunks(len(x), _column_bytes(x, geometry)):
        grad_rows = _by_group(grad_y[part], groups)
        if need_grad_weight:
            # grad_weight[o, c, u, v] = sum_{n,i,j} grad_y[n, o, i, j] * window[n, c, u, v, i, j]
            columns = _columns(x[part], geometry, groups)
            grad_kernel += np.matmul(grad_rows, columns.swapaxes(-1, -2)).sum(axis=0)
        if grad_x is not None:
            # every pixel collects weight[o, c, u, v] * grad_y[o, i, j] from each window it is in
            grad_columns = scratch("conv.columns", _column_shape(x[part], geometry), x.dtype)
            np.matmul(kernel_t, grad_rows, out=_by_group(grad_columns, groups))
            _add_columns(grad_x[part], grad_columns, geometry)
    if not need_grad_weight:
        return grad_x, None, None
    grad_bias = grad_y.sum(axis=(0, 2, 3)) if has_bias else None
    return grad_x, grad_kernel.reshape(weight.shape), grad_bias


def _column_shape(x: Array, geometry: WindowGeometry) -> tuple[int, ...]:
    return (*x.shape[:2], *geometry.kernel_size, *geometry.output_size)


def _column_bytes(x: Array, geometry: WindowGeometry) -> int:
    return math.prod(_column_shape(x, geometry)[1:]) * x.itemsize


def _by_group(maps: Array, groups: int) -> Array:
    """View (n, C, ..., H_out, W_out) as (n, groups, C / groups * ..., H_out * W_out)."""
    return maps.reshape(len(maps), groups, -1, math.prod(maps.shape[-2:]))


def _columns(x: Array, geometry: WindowGeometry, groups: int) -> Array:
    """Copy every window into a column: (n, groups, C_in / groups * KH * KW, H_out * W_out)."""
    columns = scratch("conv.columns", _column_shape(x, geometry), x.dtype)
    for tap in geometry.taps:
        target = columns[:, :, tap.row, tap.column]
        if target[..., *tap.outputs].shape != target.shape:
            target.fill(0)  # these outputs see padding
        target[..., *tap.outputs] = x[..., *tap.inputs]
    return _by_group(columns, groups)


def _add_columns(grad_x: Array, grad_columns: Array, geometry: WindowGeometry) -> None:
    """Add every column's gradient to the pixels it was copied from; windows may overlap."""
    for tap in geometry.taps:
        pixels = grad_x[..., *tap.inputs]
        pixels += grad_columns[:, :, tap.row, tap.column][..., *tap.outputs]
