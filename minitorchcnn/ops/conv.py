"""Convolution, the operation that gives the networks their name, and its three gradients.

As in every framework it is a cross-correlation: the kernel is not flipped. A ReLU and a
max-pooling that follow can be computed together with it, tile by tile, while the numbers are
still in the processor's cache; then the large maps between them are never stored at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.activation import relu_in_place
from minitorchcnn.ops.conv_gradients import input_gradient, weight_gradient
from minitorchcnn.ops.engine import batch_last
from minitorchcnn.ops.engine.block_pooling import mask_windows, pool_blocks
from minitorchcnn.ops.engine.columns import (
    by_group,
    column_tiles,
    multiply,
    split_kernel,
    window_columns,
    work,
)
from minitorchcnn.ops.engine.threads import parallel_for
from minitorchcnn.ops.engine.tiles import Tile, scratch
from minitorchcnn.types import Array


class SavedConv2D(NamedTuple):
    """What `conv2d_backward` needs; columns are made again, they would fill the memory.

    `y` is kept only where a ReLU was applied without pooling, `argmax` only where pooling was.
    With `samples` above 1 all are wide images, as `batch_last` lays them out.
    """

    x: Array
    weight: Array
    has_bias: bool
    geometry: WindowGeometry
    groups: int
    relu: bool
    pool: WindowGeometry | None
    y: Array | None
    argmax: Array | None
    samples: int


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    *,
    geometry: WindowGeometry,
    groups: int = 1,
    relu: bool = False,
    pool: WindowGeometry | None = None,
    keep: bool = True,
) -> tuple[Array, SavedConv2D | None]:
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
    relu : bool
        Set negative outputs to 0.
    pool : WindowGeometry or None
        Then keep the maximum of each window; for windows that lie `side_by_side`.
    keep : bool
        False if there will be no backward: less work, and saved is None.

    Returns
    -------
    y : ndarray, shape (N, C_out, H_out, W_out) or pooled, dtype of x
    saved : SavedConv2D or None

    Notes
    -----
    Memory: y and a workspace of about 4 MB, however large the batch; for batches of small images
    also copies of x and y. Derivation:
    docs/derivations.md, "Convolution".
    """
    samples = batch_last.samples_together(len(x), weight.shape[1], geometry, pool)
    if samples == 1:
        return _convolve(x, weight, bias, geometry, groups, relu, pool, keep, 1)
    wide, pool = batch_last.to_wide(x, samples), pool and batch_last.widen(pool, samples)
    geometry = batch_last.widen(geometry, samples)
    y, saved = _convolve(wide, weight, bias, geometry, groups, relu, pool, keep, samples)
    return batch_last.from_wide(y, samples), saved


def _convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: WindowGeometry,
    groups: int,
    relu: bool,
    pool: WindowGeometry | None,
    keep: bool,
    samples: int,
) -> tuple[Array, SavedConv2D | None]:
    """Do the work of `conv2d` on images as they lie."""
    n, filters = len(x), len(weight)
    y = np.empty((n, filters, *(pool or geometry).output_size), x.dtype)
    argmax = np.empty(y.shape, np.uint8) if pool and keep else None
    kernels = split_kernel(weight, groups, geometry)

    def fill(tile: Tile) -> None:
        maps, won = _maps_of(tile, y, geometry, pool), None
        columns = window_columns(x[tile.samples], geometry, groups, tile.first, tile.last)
        multiply(kernels, columns, by_group(maps, groups))
        if pool:  # before bias and ReLU: they keep the order of numbers, and are fewer then
            won = None if argmax is None else _pooled_rows(argmax, tile, pool)
            results = _pooled_rows(y, tile, pool)
            pool_blocks(maps, pool, results, won)
            maps = results
        if bias is not None:
            maps += bias[:, np.newaxis, np.newaxis]
        if relu:
            relu_in_place(maps)
            if won is not None:
                mask_windows(won, maps <= 0)

    cuts = column_tiles(x, weight, geometry, pool, samples)
    parallel_for(fill, cuts, work(x, weight, geometry, samples))
    if not keep:
        return y, None
    kept = y if relu and not pool else None
    has_bias = bias is not None
    return y, SavedConv2D(x, weight, has_bias, geometry, groups, relu, pool, kept, argmax, samples)


def conv2d_backward(
    grad_y: Array, saved: SavedConv2D, *, need_grad_x: bool = True, need_grad_weight: bool = True
) -> tuple[Array | None, Array | None, Array | None]:
    """Return the gradients of `conv2d` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape of y
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
    samples, grad_x, sums = saved.samples, None, None
    if samples > 1:
        grad_y = batch_last.to_wide(grad_y, samples)
    if need_grad_x:
        grad_x, sums = input_gradient(grad_y, saved, need_grad_weight)
        grad_x = grad_x if samples == 1 else batch_last.from_wide(grad_x, samples)
    if not need_grad_weight:
        return grad_x, None, None
    grad_weight, grad_bias = sums or weight_gradient(grad_y, saved)
    return grad_x, grad_weight, grad_bias if saved.has_bias else None


def _maps_of(tile: Tile, y: Array, geometry: WindowGeometry, pool: WindowGeometry | None) -> Array:
    """Return where a tile's maps go: into y itself, or into scratch if pooling follows."""
    if pool is None:
        return y[tile.samples, :, tile.first : tile.last]
    samples = tile.samples.stop - tile.samples.start
    shape = (samples, y.shape[1], tile.last - tile.first, geometry.output_size[1])
    return scratch("conv.maps", shape, y.dtype)


def _pooled_rows(array: Array, tile: Tile, pool: WindowGeometry) -> Array:
    height = pool.kernel_size[0]
    return array[tile.samples, :, tile.first // height : tile.last // height]
