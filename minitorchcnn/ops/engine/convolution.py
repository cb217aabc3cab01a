"""The convolution that the layers compute: the door to everything that makes it fast.

What it computes is defined in `minitorchcnn.ops.conv`. Here it is done tile by tile, as matrix
products over columns, on several threads, small images side by side as one wide image. A ReLU and
a max-pooling that follow can be computed together with it, while the numbers are still in the
processor's cache; then the large maps between them are never stored at all.
"""

from __future__ import annotations

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.engine.batch_last import from_wide, samples_together, to_wide, widen
from minitorchcnn.ops.engine.block_pooling import mask_windows, pool_blocks
from minitorchcnn.ops.engine.columns import (
    by_group,
    column_tiles,
    multiply,
    split_kernel,
    window_columns,
    work,
)
from minitorchcnn.ops.engine.convolution_gradients import (
    SavedConvolution,
    input_gradient,
    weight_gradient,
)
from minitorchcnn.ops.engine.threads import parallel_for
from minitorchcnn.ops.engine.tiles import Tile, scratch
from minitorchcnn.types import Array

__all__ = ["SavedConvolution", "convolve", "convolve_backward"]


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    *,
    geometry: WindowGeometry,
    groups: int = 1,
    relu: bool = False,
    pool: WindowGeometry | None = None,
    keep: bool = True,
) -> tuple[Array, SavedConvolution | None]:
    """Compute `minitorchcnn.ops.conv.conv2d`, and perhaps a ReLU and a max-pooling of it.

    Parameters
    ----------
    x, weight, bias, geometry, groups
        As for `conv2d`.
    relu : bool
        Set negative outputs to 0.
    pool : WindowGeometry or None
        Then keep the maximum of each window; for windows that lie `side_by_side`.
    keep : bool
        False if there will be no backward: less work, and saved is None.

    Returns
    -------
    y : ndarray, shape (N, C_out, H_out, W_out) or pooled, dtype of x
    saved : SavedConvolution or None

    Notes
    -----
    Memory: y and a workspace of about 4 MB, however large the batch; for batches of small images
    also copies of x and y.
    """
    samples = samples_together(len(x), weight.shape[1], geometry, pool)
    if samples > 1:
        x, pool = to_wide(x, samples), pool and widen(pool, samples)
        geometry = widen(geometry, samples)
    job = SavedConvolution(x, weight, bias, geometry, groups, relu, pool, samples)
    y, saved = _convolve(job, keep)
    return y if samples == 1 else from_wide(y, samples), saved


def _convolve(job: SavedConvolution, keep: bool) -> tuple[Array, SavedConvolution | None]:
    """Do the work of `convolve` on images as they lie."""
    x, weight, bias, geometry, groups, relu, pool, samples = job[:8]
    y = np.empty((len(x), len(weight), *(pool or geometry).output_size), x.dtype)
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
            # NumPy compares two arrays several times faster than an array and a number
            np.maximum(maps, np.zeros(maps.shape[1:], maps.dtype), out=maps)
            if won is not None:
                mask_windows(won, maps <= 0)

    cuts = column_tiles(x, weight, geometry, pool, samples)
    parallel_for(fill, cuts, work(x, weight, geometry, samples))
    kept = y if relu and not pool else None
    return y, job._replace(y=kept, argmax=argmax) if keep else None


def convolve_backward(
    grad_y: Array,
    saved: SavedConvolution,
    *,
    need_grad_x: bool = True,
    need_grad_weight: bool = True,
) -> tuple[Array | None, Array | None, Array | None]:
    """Return the gradients of `convolve` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape of y
    need_grad_x, need_grad_weight : bool
        What is not needed is not computed, and None is returned in its place (weight and
        bias go together).

    Returns
    -------
    grad_x : ndarray, shape of x, or None
    grad_weight : ndarray, shape of weight, or None
    grad_bias : ndarray, shape (C_out,), or None if there is no bias
    """
    samples, grad_x, sums = saved.samples, None, None
    if samples > 1:
        grad_y = to_wide(grad_y, samples)
    if need_grad_x:
        grad_x, sums = input_gradient(grad_y, saved, need_grad_weight)
        grad_x = grad_x if samples == 1 else from_wide(grad_x, samples)
    if not need_grad_weight:
        return grad_x, None, None
    grad_weight, grad_bias = sums or weight_gradient(grad_y, saved)
    return grad_x, grad_weight, None if saved.bias is None else grad_bias


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
