"""Convolution, the operation that gives the networks their name, and its three gradients.

As in every framework it is a cross-correlation: the kernel is not flipped. A ReLU and a
max-pooling that follow can be computed together with it, tile by tile, while the numbers are
still in the processor's cache; then the large maps between them are never stored at all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.activation import relu_gradient, relu_in_place
from minitorchcnn.ops.blocks import close_windows, pool_blocks, unpool_blocks
from minitorchcnn.ops.columns import by_group, join_kernel, multiply, split_kernel, window_columns
from minitorchcnn.ops.threads import lanes, spread, total
from minitorchcnn.ops.workspace import Tile, scratch, tiles


class SavedConv2D(NamedTuple):
    """What `conv2d_backward` needs; columns are made again, they would fill the memory.

    `y` is kept only where a ReLU was applied, `winners` only where pooling was.
    """

    x: Array
    weight: Array
    has_bias: bool
    geometry: WindowGeometry
    groups: int
    relu: bool
    pool: WindowGeometry | None
    y: Array | None
    winners: Array | None


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
    Memory: y and a workspace of about 1 MB, however large the batch. Derivation:
    docs/derivations.md, "Convolution".
    """
    n, filters = len(x), len(weight)
    y = np.empty((n, filters, *(pool or geometry).output_size), x.dtype)
    winners = np.empty(y.shape, np.uint8) if pool and keep else None
    kernels = split_kernel(weight, groups, geometry)

    def fill(tile: Tile) -> None:
        maps, won = _maps_of(tile, y, geometry, pool), None
        columns = window_columns(x[tile.samples], geometry, groups, tile.first, tile.last)
        multiply(kernels, columns, by_group(maps, groups))
        if pool:  # before bias and ReLU: they keep the order of numbers, and are fewer then
            won = None if winners is None else _pooled_rows(winners, tile, pool)
            results = _pooled_rows(y, tile, pool)
            pool_blocks(maps, pool, results, won)
            maps = results
        if bias is not None:
            maps += bias[:, np.newaxis, np.newaxis]
        if relu:
            relu_in_place(maps)
            if won is not None:
                close_windows(won, maps <= 0)

    spread(fill, _tiles(x, weight, geometry, pool), _multiplications(x, weight, geometry))
    if not keep:
        return y, None
    kept = y if relu else None
    return y, SavedConv2D(x, weight, bias is not None, geometry, groups, relu, pool, kept, winners)


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
    grad_x = _grad_x(grad_y, saved) if need_grad_x else None
    if not need_grad_weight:
        return grad_x, None, None
    grad_weight, grad_bias = _grad_weight(grad_y, saved)
    return grad_x, grad_weight, grad_bias if saved.has_bias else None


def _grad_weight(grad_y: Array, saved: SavedConv2D) -> tuple[Array, Array]:
    x, weight, _, geometry, groups = saved[:5]
    runs = lanes(_tiles(x, weight, geometry, saved.pool))
    kernels = split_kernel(weight, groups, geometry)
    partial = [[np.zeros_like(kernel) for kernel in kernels] for _ in runs]
    partial_bias = [np.zeros(len(weight), x.dtype) for _ in runs]

    def add(run: int) -> None:
        for tile in runs[run]:
            grad_maps = _grad_maps(grad_y, saved, tile)
            rows = by_group(grad_maps, groups)
            columns = window_columns(x[tile.samples], geometry, groups, tile.first, tile.last)
            for part, column in zip(partial[run], columns, strict=True):
                # grad_weight[o,c,u,v] = sum_{n,i,j} grad_y[n,o,i,j] * window[n,c,u,v,i,j]
                part += np.matmul(rows, column.swapaxes(-1, -2)).sum(axis=0)
            partial_bias[run] += grad_maps.sum(axis=(0, 2, 3))

    spread(add, range(len(runs)), _multiplications(x, weight, geometry))
    parts = [total(same) for same in zip(*partial, strict=True)]
    return join_kernel(parts, weight.shape), total(partial_bias)


def _grad_x(grad_y: Array, saved: SavedConv2D) -> Array:
    backwards = _backwards(saved.geometry)
    if backwards is None:
        return _scattered_grad_x(grad_y, saved)
    # at stride 1: grad_x is grad_y correlated with the flipped filters, channels and filters
    # changing places; gathering beats adding overlapping windows into grad_x
    weight, groups = saved.weight, saved.groups
    filters, channels, kh, kw = weight.shape
    flipped = weight[:, :, ::-1, ::-1].reshape(groups, filters // groups, channels, kh, kw)
    flipped = np.ascontiguousarray(flipped.swapaxes(1, 2)).reshape(-1, filters // groups, kh, kw)
    kernels = split_kernel(flipped, groups, backwards)
    grad_x = np.empty_like(saved.x, order="C")
    above, reached = backwards.padding[0][0], (kh - 1) * saved.geometry.dilation[0]

    def fill(tile: Tile) -> None:
        first = max(0, tile.first - above)
        last = max(first, min(saved.geometry.output_size[0], tile.last - above + reached))
        grad_maps = _grad_maps(grad_y, saved, Tile(tile.samples, first, last))
        columns = window_columns(grad_maps, backwards, groups, tile.first, tile.last, first)
        pixels = grad_x[tile.samples, :, tile.first : tile.last]
        multiply(kernels, columns, by_group(pixels, groups))

    cuts = _tiles(grad_y, flipped, backwards, None)
    spread(fill, cuts, _multiplications(saved.x, weight, saved.geometry))
    return grad_x


def _backwards(geometry: WindowGeometry) -> WindowGeometry | None:
    """Return the geometry of the convolution that gives grad_x, if there is one."""
    reached = [(k - 1) * d for k, d in zip(geometry.kernel_size, geometry.dilation, strict=True)]
    sides = [(r - a, r - b) for r, (a, b) in zip(reached, geometry.padding, strict=True)]
    if geometry.stride != (1, 1) or min(min(side) for side in sides) < 0:
        return None
    return WindowGeometry(
        geometry.output_size,
        geometry.kernel_size,
        (1, 1),
        (sides[0], sides[1]),
        geometry.dilation,
        geometry.input_size,
    )


def _scattered_grad_x(grad_y: Array, saved: SavedConv2D) -> Array:
    """Add weight * grad_y to every pixel of every window; right for any stride."""
    x, weight, _, geometry, groups = saved[:5]
    grad_x = np.zeros_like(x, order="C")
    kernel = weight.reshape(groups, len(weight) // groups, -1).swapaxes(1, 2)
    w_out, rows = geometry.output_size[1], geometry.output_size[0]
    row_bytes = x.shape[1] * math.prod(geometry.kernel_size) * w_out * x.itemsize

    def add(tile: Tile) -> None:
        grad_rows = by_group(_grad_maps(grad_y, saved, tile), groups)
        shape = (len(grad_rows), x.shape[1], *geometry.kernel_size, tile.last - tile.first, w_out)
        grad_columns = scratch("conv.columns", shape, x.dtype)
        np.matmul(kernel, grad_rows, out=by_group(grad_columns, groups))
        for tap in geometry.taps:
            (rows_in, columns_in), (rows_out, columns_out) = tap.between(tile.first, tile.last)
            pixels = grad_x[tile.samples, :, rows_in, columns_in]
            pixels += grad_columns[:, :, tap.row, tap.column, rows_out, columns_out]

    # the bands of one image overlap in grad_x, so a thread takes all of them, in order
    for_image: dict[int, list[Tile]] = {}
    for tile in tiles(len(x), rows, row_bytes):
        for_image.setdefault(tile.samples.start, []).append(tile)

    def add_image(bands: list[Tile]) -> None:
        for tile in bands:
            add(tile)

    spread(add_image, list(for_image.values()), _multiplications(x, weight, geometry))
    return grad_x


def _grad_maps(grad_y: Array, saved: SavedConv2D, tile: Tile) -> Array:
    """Return the gradient of the convolution's own output, before ReLU and pooling."""
    if saved.pool is not None and saved.winners is not None:
        return unpool_blocks(grad_y, saved.winners, saved.pool, tile, saved.geometry.output_size)
    grad_rows = grad_y[tile.samples, :, tile.first : tile.last]
    if not saved.relu or saved.y is None:
        return grad_rows
    grad_maps = scratch("conv.maps", grad_rows.shape, grad_y.dtype)
    return relu_gradient(grad_rows, saved.y[tile.samples, :, tile.first : tile.last], grad_maps)


def _tiles(
    x: Array, weight: Array, geometry: WindowGeometry, pool: WindowGeometry | None
) -> list[Tile]:
    """Cut the work so that a tile's columns and maps stay in cache."""
    expanded = x.shape[1] * geometry.kernel_size[1] * geometry.stride[0]
    bytes_per_row = (expanded + 2 * len(weight)) * geometry.output_size[1] * x.itemsize
    step = pool.kernel_size[0] if pool else 1
    return list(tiles(len(x), geometry.output_size[0], bytes_per_row, step))


def _multiplications(x: Array, weight: Array, geometry: WindowGeometry) -> int:
    return len(x) * weight.size * math.prod(geometry.output_size)


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
