"""The gradients of a convolution: of its input, and of its filters and their biases.

Nothing that forward expanded is kept: columns are made again, tile by tile. Sums over tiles are
added up in an order that follows from sizes alone, so any number of threads gives the same bits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.engine.block_pooling import unpool_blocks
from minitorchcnn.ops.engine.columns import (
    by_group,
    column_tiles,
    in_pieces,
    join_kernel,
    multiply,
    pieces,
    split_kernel,
    window_columns,
    work,
)
from minitorchcnn.ops.engine.threads import chunks, ordered_sum, parallel_for
from minitorchcnn.ops.engine.tiles import Tile, scratch, tiles
from minitorchcnn.types import Array

#: Fewer products in a sum than this are not worth a piece of their own (see `pieces`).
FEWEST_PRODUCTS = 256

#: Gradients of weight and bias.
Sums = tuple[Array, Array]


class SavedConvolution(NamedTuple):
    """What `convolve_backward` needs; columns are made again, they would fill the memory.

    `y` is kept only where a ReLU was applied without pooling, `argmax` only where pooling was.
    With `samples` above 1 all are wide images, as `batch_last` lays them out.
    """

    x: Array
    weight: Array
    bias: Array | None
    geometry: WindowGeometry
    groups: int
    relu: bool
    pool: WindowGeometry | None
    samples: int = 1
    y: Array | None = None
    argmax: Array | None = None


def weight_gradient(grad_y: Array, saved: SavedConvolution) -> Sums:
    """Return grad_weight and grad_bias."""
    x, weight, _, geometry, groups = saved[:5]
    runs = chunks(column_tiles(x, weight, geometry, saved.pool, saved.samples))
    sums = [_WeightSum(weight, groups, geometry, len(weight)) for _ in runs]

    def add(run: int) -> None:
        for tile in runs[run]:
            grad_maps = _grad_maps(grad_y, saved, tile)
            columns = window_columns(x[tile.samples], geometry, groups, tile.first, tile.last)
            sums[run].add(columns, by_group(grad_maps, groups))
            sums[run].bias += grad_maps.sum(axis=(0, 2, 3))

    parallel_for(add, range(len(runs)), work(x, weight, geometry, saved.samples))
    return _totals(sums)


def input_gradient(
    grad_y: Array, saved: SavedConvolution, need_grad_weight: bool
) -> tuple[Array, Sums | None]:
    """Return grad_x, and the gradients of weight and bias where they cost little on the way."""
    if not gathers(saved.geometry, saved.samples):
        return _scattered(grad_y, saved), None
    return _gathered(grad_y, saved, need_grad_weight and _same_size(saved.geometry))


def gathers(geometry: WindowGeometry, samples: int) -> bool:
    """Tell whether grad_x is computed as a convolution of grad_y, and not by adding windows up.

    With several `samples` in each image it is a wide one, and adding is quick in its long runs: it
    takes 40 % off a LeNet's second layer.
    """
    return geometry.gathers and (samples == 1 or _same_size(geometry))


class _WeightSum:
    """The gradients of weight and bias, as far as a run of tiles has added to them."""

    def __init__(self, kernel: Array, groups: int, geometry: WindowGeometry, biases: int) -> None:
        self.shape = kernel.shape
        kernels = split_kernel(kernel, groups, geometry)
        self.parts = [np.zeros_like(part.swapaxes(1, 2), order="C") for part in kernels]
        self.bias = np.zeros(biases, kernel.dtype)

    def add(self, columns: list[Array], rows: Array) -> None:
        """Add the products of columns (n, groups, K, P) with rows (n, groups, F / groups, P)."""
        for part, column in zip(self.parts, columns, strict=True):
            # grad_weight[o,c,u,v] = sum_{n,i,j} window[n,c,u,v,i,j] * grad_y[n,o,i,j]
            # the longer side first: OpenBLAS then takes 5 % less time, with AVX-512 25 %
            count = pieces(part[0].size, rows.shape[-1], FEWEST_PRODUCTS)
            factors = in_pieces(column, count), in_pieces(rows, count).swapaxes(-1, -2)
            part += np.matmul(*factors).sum(axis=(0, 2))


def _totals(sums: list[_WeightSum]) -> Sums:
    """Return the gradients from the sums of all runs."""
    parts = [ordered_sum(p).swapaxes(1, 2) for p in zip(*(s.parts for s in sums), strict=True)]
    return join_kernel(parts, sums[0].shape), ordered_sum([s.bias for s in sums])


def _gathered(
    grad_y: Array, saved: SavedConvolution, need_grad_weight: bool
) -> tuple[Array, Sums | None]:
    """Correlate grad_y with the flipped filters, channels and filters changing places.

    This beats adding overlapping windows into grad_x. The columns of grad_y serve for the
    gradient of the weight as well: together they take 6 % less of a small VGG's step.
    """
    x, groups, backwards = saved.x, saved.groups, _backwards(saved.geometry)
    flipped = _flip(saved.weight, groups)
    kernels = split_kernel(flipped, groups, backwards)
    runs = chunks(column_tiles(grad_y, flipped, backwards, samples=saved.samples))
    sums = [_WeightSum(flipped, groups, backwards, len(saved.weight)) for _ in runs]
    grad_x = np.empty_like(x, order="C")

    def fill(run: int) -> None:
        for tile in runs[run]:
            first, last, own = _reached(tile, saved.geometry)
            grad_maps = _grad_maps(grad_y, saved, Tile(tile.samples, first, last))
            columns = window_columns(grad_maps, backwards, groups, tile.first, tile.last, first)
            pixels = grad_x[tile.samples, :, tile.first : tile.last]
            multiply(kernels, columns, by_group(pixels, groups))
            if need_grad_weight:
                rows = x[tile.samples, :, tile.first : tile.last]
                sums[run].add(columns, by_group(rows, groups))
                sums[run].bias += grad_maps[:, :, own].sum(axis=(0, 2, 3))

    parallel_for(fill, range(len(runs)), work(x, saved.weight, saved.geometry, saved.samples))
    if not need_grad_weight:
        return grad_x, None
    grad_flipped, grad_bias = _totals(sums)
    return grad_x, (_flip(grad_flipped, groups), grad_bias)


def _flip(kernel: Array, groups: int) -> Array:
    """Turn filters by 180 degrees and let channels and filters change places; its own inverse."""
    outer, inner, kh, kw = kernel.shape
    turned = kernel[:, :, ::-1, ::-1].reshape(groups, outer // groups, inner, kh, kw)
    return np.ascontiguousarray(turned.swapaxes(1, 2)).reshape(-1, outer // groups, kh, kw)


def _reached(tile: Tile, geometry: WindowGeometry) -> tuple[int, int, slice]:
    """Return the output rows first, last that see a tile's input rows, and those counted here.

    Bands of one image share some of them; the slice, which begins at `first`, parts them.
    """
    rows, reach = geometry.output_size[0], (geometry.kernel_size[0] - 1) * geometry.dilation[0]

    def inside(row: int) -> int:
        return min(max(0, row + geometry.padding[0][0]), rows)

    first, last = inside(tile.first - reach), inside(tile.last)
    after = rows if tile.last == geometry.input_size[0] else inside(tile.last - reach)
    return first, last, slice(0, after - first)


def _same_size(geometry: WindowGeometry) -> bool:
    """Tell whether the output is about as large as the input: if not, sums over it are shorter."""
    return 10 * math.prod(geometry.input_size) <= 11 * math.prod(geometry.output_size)


def _backwards(geometry: WindowGeometry) -> WindowGeometry:
    """Return the geometry of the convolution that gives grad_x."""
    reached = [(k - 1) * d for k, d in zip(geometry.kernel_size, geometry.dilation, strict=True)]
    sides = [(r - a, r - b) for r, (a, b) in zip(reached, geometry.padding, strict=True)]
    return WindowGeometry(
        geometry.output_size,
        geometry.kernel_size,
        (1, 1),
        (sides[0], sides[1]),
        geometry.dilation,
        geometry.input_size,
    )


def _scattered(grad_y: Array, saved: SavedConvolution) -> Array:
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
        multiply([kernel], [grad_rows], by_group(grad_columns, groups))
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

    parallel_for(add_image, list(for_image.values()), work(x, weight, geometry, saved.samples))
    return grad_x


def _grad_maps(grad_y: Array, saved: SavedConvolution, tile: Tile) -> Array:
    """Return the gradient of the convolution's own output, before ReLU and pooling."""
    if saved.pool is not None and saved.argmax is not None:
        return unpool_blocks(grad_y, saved.argmax, saved.pool, tile, saved.geometry.output_size)
    grad_rows = grad_y[tile.samples, :, tile.first : tile.last]
    if not saved.relu or saved.y is None:
        return grad_rows
    grad_maps = scratch("conv.maps", grad_rows.shape, grad_y.dtype)
    # as numbers: NumPy multiplies mixed types in slow small pieces
    np.copyto(grad_maps, saved.y[tile.samples, :, tile.first : tile.last] > 0)
    return np.multiply(grad_rows, grad_maps, out=grad_maps)
