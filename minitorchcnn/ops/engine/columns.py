"""Windows as columns, so that convolution becomes matrix products.

First only the width is expanded: KW shifted copies of the rows, not KH * KW. In the flattened
``(C * KW, rows * W_out)`` matrix the window's next row is the same numbers W_out further on, so
a kernel of height KH is KH products over overlapping slices of one small array: a third of the
copying for 3x3, a fifth for 5x5. Where a window holds few numbers, products over K = C * KW
numbers are too thin: there the slices are copied side by side, in long runs, for one product.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.engine.threads import WORTHWHILE
from minitorchcnn.ops.engine.tiles import Tile, scratch, tiles
from minitorchcnn.types import Array

#: Windows of fewer numbers than this are expanded along both axes. Measured: the 6 x 5 x 5 windows
#: of a LeNet gain 5 %, windows of 32 x 3 x 3 would lose.
SHALLOW = 200

#: OpenBLAS computes products of up to so many multiplications at once, if the processor has
#: AVX-512, and copies the factors of larger ones into blocks first. Measured: a tenth to a half
#: more speed for it, 3 % less with the kernels for AVX2, and less in pieces of fewer columns.
AT_ONCE, FEWEST_COLUMNS = 1_000_000, 64


def is_shallow(channels: int, geometry: WindowGeometry) -> bool:
    """Tell whether `window_columns` expands both axes; `channels` are those of one group."""
    return channels * math.prod(geometry.kernel_size) < SHALLOW


def work(x: Array, weight: Array, geometry: WindowGeometry, samples: int = 1) -> int:
    """Return how many multiplications a convolution of x (N, ...) takes.

    With `samples` in each wide image, those for one of them: wide images are gone through in many
    short steps at which threads wait for each other, and gain only from large batches.
    """
    return len(x) * weight.size * math.prod(geometry.output_size) // samples


def column_tiles(
    x: Array,
    weight: Array,
    geometry: WindowGeometry,
    pool: WindowGeometry | None = None,
    samples: int = 1,
) -> list[Tile]:
    """Cut a convolution so that the columns and maps of a tile stay in cache.

    Parameters
    ----------
    x : ndarray, shape (N, C, H_in, W_in)
        Only its shape and item size count, as of the others.
    weight : ndarray, shape (F, C / groups, KH, KW)
    pool : WindowGeometry or None
        Bands of rows then end where its windows do.
    samples : int
        In each image of x, if it is a wide one.
    """
    expanded = x.shape[1] * geometry.kernel_size[1] * geometry.stride[0]
    bytes_per_row = (expanded + 2 * len(weight)) * geometry.output_size[1] * x.itemsize
    # a single tile would keep one thread busy and the others idle
    least = 2 if work(x, weight, geometry, samples) >= 2 * WORTHWHILE else 1
    step = pool.kernel_size[0] if pool else 1
    return list(tiles(len(x), geometry.output_size[0], bytes_per_row, step, least))


def split_kernel(weight: Array, groups: int, geometry: WindowGeometry) -> list[Array]:
    """Return the weight as the left factors of the products, each (groups, F / groups, K).

    Parameters
    ----------
    weight : ndarray, shape (F, C / groups, KH, KW)
    """
    filters, channels, kh, kw = weight.shape
    if is_shallow(channels, geometry):
        return [weight.reshape(groups, filters // groups, -1)]
    parts = weight.reshape(groups, filters // groups, channels, kh, kw)
    return [parts[..., u, :].reshape(groups, filters // groups, -1) for u in range(kh)]


def join_kernel(parts: list[Array], shape: tuple[int, ...]) -> Array:
    """Put matrices in the layout of `split_kernel` back into one weight of `shape`."""
    filters, channels, _, kw = shape
    if len(parts) == 1:
        return parts[0].reshape(shape)
    weight = np.empty(shape, parts[0].dtype)
    for u, part in enumerate(parts):
        weight[:, :, u] = part.reshape(filters, channels, kw)
    return weight


def window_columns(
    x: Array, geometry: WindowGeometry, groups: int, first: int, last: int, origin: int = 0
) -> list[Array]:
    """Return the right factors of the products for the output rows first .. last - 1.

    Parameters
    ----------
    x : ndarray, shape (n, C, H_in, W_in)
    first, last : int
        Output rows.
    origin : int
        The image row that is row 0 of x, where x holds a band of the image only.

    Returns
    -------
    list of ndarray, each (n, groups, K, (last - first) * W_out)
        Views of scratch memory, good until the next call in this thread.
    """
    shallow = is_shallow(x.shape[1] // groups, geometry)
    expand = _expand_both if shallow else _expand_width
    return [by_group(view, groups) for view in expand(x, geometry, first, last, origin)]


def multiply(kernels: list[Array], columns: list[Array], out: Array) -> None:
    """Write the sum of the products kernel @ columns into `out` (n, groups, F / groups, P)."""
    count = pieces(kernels[0][0].size, out.shape[-1], FEWEST_COLUMNS)
    apart = in_pieces(out, count)
    for index, (kernel, column) in enumerate(zip(kernels, columns, strict=True)):
        factors = kernel[:, np.newaxis], in_pieces(column, count)
        if index == 0:
            np.matmul(*factors, out=apart)
            continue
        term = scratch("conv.term", out.shape, out.dtype)
        np.matmul(*factors, out=in_pieces(term, count))
        out += term


def pieces(numbers: int, columns: int, fewest: int) -> int:
    """Return into how many equal pieces of columns a matrix product should be cut.

    Parameters
    ----------
    numbers : int
        Of the matrix that is multiplied with each of the columns.
    fewest : int
        Columns of a piece; thinner ones take longer.
    """
    wanted = -(-numbers * columns // AT_ONCE)
    counts = range(wanted, columns // fewest + 1)
    return next((count for count in counts if columns % count == 0), 1)


def in_pieces(columns: Array, count: int) -> Array:
    """View (n, groups, K, P) as (n, groups, count, K, P / count)."""
    return columns.reshape(*columns.shape[:-1], count, columns.shape[-1] // count).swapaxes(2, 3)


def by_group(maps: Array, groups: int) -> Array:
    """View (n, C, ..., rows, W_out) as (n, groups, C / groups * ..., rows * W_out)."""
    return maps.reshape(len(maps), groups, -1, math.prod(maps.shape[-2:]))


def _expand_both(
    x: Array, geometry: WindowGeometry, first: int, last: int, origin: int
) -> list[Array]:
    """Return one array (n, C, KH, KW, rows, W_out)."""
    (kh, kw), (step, _), (gap, _) = geometry.kernel_size, geometry.stride, geometry.dilation
    shape = (*x.shape[:2], kh, kw, last - first, geometry.output_size[1])
    both = scratch("columns.both", shape, x.dtype)
    top = first * step - geometry.padding[0][0] - origin
    if _all_inside(x, geometry, top, last - first):
        np.copyto(both, _windows(x[:, :, top:], geometry, shape))
        return [both]
    for u in range(kh):
        _copy_rows(x, both[:, :, u], geometry, top + u * gap)
    return [both]


def _all_inside(x: Array, geometry: WindowGeometry, top: int, rows: int) -> bool:
    """Tell whether so many rows of windows, the first at row `top`, see no padding."""
    ends = [
        start + (count - 1) * step + (kernel - 1) * gap
        for start, count, step, kernel, gap in zip(
            (top, -geometry.padding[1][0]),
            (rows, geometry.output_size[1]),
            geometry.stride,
            geometry.kernel_size,
            geometry.dilation,
            strict=True,
        )
    ]
    no_padding = top >= 0 and geometry.padding[1][0] == 0
    return no_padding and ends[0] < x.shape[2] and ends[1] < x.shape[3]


def _windows(x: Array, geometry: WindowGeometry, shape: tuple[int, ...]) -> Array:
    """View windows inside x as (n, C, KH, KW, rows, W_out).

    One copy of this, and not KH * KW copies: 7 % off the step of the smallest network, and
    threads wait less for each other.
    """
    down, right = x.strides[2:]
    gaps = down * geometry.dilation[0], right * geometry.dilation[1]
    steps = down * geometry.stride[0], right * geometry.stride[1]
    return as_strided(x, shape, (*x.strides[:2], *gaps, *steps), writeable=False)


def _expand_width(
    x: Array, geometry: WindowGeometry, first: int, last: int, origin: int
) -> list[Array]:
    """Return for each row of the window a view (n, C, KW, rows, W_out) of one array."""
    n, channels = x.shape[:2]
    (kh, kw), step, gap = geometry.kernel_size, geometry.stride[0], geometry.dilation[0]
    rows, w_out = last - first, geometry.output_size[1]
    # rows are kept by their remainder modulo the stride, so that each product sees neighbours
    held = rows + (kh - 1) * gap // step
    wide = scratch("columns.wide", (n, channels, kw, step, held, w_out), x.dtype)
    for phase in {u * gap % step for u in range(kh)}:
        start = first * step + phase - geometry.padding[0][0] - origin
        _copy_rows(x, wide[:, :, :, phase], geometry, start)
    places = [divmod(u * gap, step) for u in range(kh)]
    return [wide[:, :, :, phase, offset : offset + rows] for offset, phase in places]


def _copy_rows(x: Array, columns: Array, geometry: WindowGeometry, start: int) -> None:
    """Fill (n, C, KW, rows, W_out) from the image rows start, start + stride, ...; 0 outside."""
    step, rows = geometry.stride[0], columns.shape[3]
    begin = min(rows, max(0, -(start // step)))
    end = max(begin, min(rows, (x.shape[2] - 1 - start) // step + 1))
    if begin > 0 or end < rows:
        columns[:, :, :, :begin] = 0
        columns[:, :, :, end:] = 0
    if begin == end:
        return
    source = x[:, :, start + begin * step : start + (end - 1) * step + 1 : step]
    everywhere = slice(0, columns.shape[-1])
    for v, (columns_in, columns_out) in enumerate(geometry.column_taps):
        target = columns[:, :, v, begin:end]
        if columns_out != everywhere:
            target[..., : columns_out.start] = 0
            target[..., columns_out.stop :] = 0
        target[..., columns_out] = source[..., columns_in]
