"""Windows as columns, so that convolution becomes matrix products.

Only the width is expanded: KW shifted copies of the rows, not KH * KW. In the flattened
``(C * KW, rows * W_out)`` matrix the window's next row is the same numbers W_out further on, so
a kernel of height KH is KH products over overlapping slices of one small array: a third of the
copying for 3x3, a fifth for 5x5. Where a window holds few numbers, single products over K = C * KW
numbers would be too thin, and the full expansion with one product is quicker.
"""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.workspace import scratch

#: Windows of fewer numbers than this are expanded along both axes.
SHALLOW = 64


def is_shallow(channels: int, geometry: WindowGeometry) -> bool:
    """Tell whether `window_columns` expands both axes; `channels` are those of one group."""
    return channels * math.prod(geometry.kernel_size) < SHALLOW


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
    if is_shallow(x.shape[1] // groups, geometry):
        return [_expand_both(x, geometry, groups, first, last, origin)]
    return _expand_width(x, geometry, groups, first, last, origin)


def multiply(kernels: list[Array], columns: list[Array], out: Array) -> None:
    """Write the sum of the products kernel @ columns into `out` (n, groups, F / groups, P)."""
    np.matmul(kernels[0], columns[0], out=out)
    for kernel, column in zip(kernels[1:], columns[1:], strict=True):
        term = scratch("conv.term", out.shape, out.dtype)
        out += np.matmul(kernel, column, out=term)


def by_group(maps: Array, groups: int) -> Array:
    """View (n, C, ..., rows, W_out) as (n, groups, C / groups * ..., rows * W_out)."""
    return maps.reshape(len(maps), groups, -1, math.prod(maps.shape[-2:]))


def _expand_both(
    x: Array, geometry: WindowGeometry, groups: int, first: int, last: int, origin: int
) -> Array:
    n, channels = x.shape[:2]
    size = (last - first, geometry.output_size[1])
    columns = scratch("conv.columns", (n, channels, *geometry.kernel_size, *size), x.dtype)
    for u in range(geometry.kernel_size[0]):
        shift = u * geometry.dilation[0] - geometry.padding[0][0]
        _copy_rows(x, columns[:, :, u], geometry, first * geometry.stride[0] + shift - origin)
    return columns.reshape(n, groups, -1, math.prod(size))


def _expand_width(
    x: Array, geometry: WindowGeometry, groups: int, first: int, last: int, origin: int
) -> list[Array]:
    n, channels = x.shape[:2]
    (kh, kw), step, gap = geometry.kernel_size, geometry.stride[0], geometry.dilation[0]
    rows, w_out = last - first, geometry.output_size[1]
    # rows are kept by their remainder modulo the stride, so that each product sees neighbours
    held = rows + (kh - 1) * gap // step
    columns = scratch("conv.columns", (n, channels, kw, step, held, w_out), x.dtype)
    for phase in {u * gap % step for u in range(kh)}:
        start = first * step + phase - geometry.padding[0][0] - origin
        _copy_rows(x, columns[:, :, :, phase], geometry, start)
    views = []
    for u in range(kh):
        offset, phase = divmod(u * gap, step)
        part = columns[:, :, :, phase, offset : offset + rows]
        views.append(part.reshape(n, groups, -1, rows * w_out))
    return views


def _copy_rows(x: Array, columns: Array, geometry: WindowGeometry, start: int) -> None:
    """Fill (n, C, KW, rows, W_out) from the image rows start, start + stride, ...; 0 outside."""
    step, rows = geometry.stride[0], columns.shape[3]
    begin = min(rows, max(0, -(start // step)))
    end = max(begin, min(rows, (x.shape[2] - 1 - start) // step + 1))
    columns[:, :, :, :begin] = 0
    columns[:, :, :, end:] = 0
    if begin == end:
        return
    source = x[:, :, start + begin * step : start + (end - 1) * step + 1 : step]
    for v, (columns_in, columns_out) in enumerate(geometry.column_taps):
        target = columns[:, :, v, begin:end]
        target[..., : columns_out.start] = 0
        target[..., columns_out.stop :] = 0
        target[..., columns_out] = source[..., columns_in]
