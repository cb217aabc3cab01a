"""Max-pooling of windows that lie side by side, the usual case, without searching twice.

Forward writes down which element of each window won, one byte for each; backward needs nothing
else, so the large maps before the pooling need not be stored.
"""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.geometry import Pair, WindowGeometry
from minitorchcnn.ops.engine.tiles import Tile, scratch
from minitorchcnn.types import Array

#: In place of a winner's number: a ReLU lets nothing of this window through.
MASKED = 255


def side_by_side(pool: WindowGeometry) -> bool:
    """Tell whether windows neither overlap nor leave gaps nor see padding."""
    fits = (o * k <= i for o, k, i in zip(pool.output_size, pool.kernel_size, pool.input_size))  # noqa: B905
    return (
        pool.stride == pool.kernel_size
        and pool.padding == ((0, 0), (0, 0))
        and pool.dilation == (1, 1)
        and all(fits)
        and math.prod(pool.kernel_size) < MASKED
    )


def pool_blocks(maps: Array, pool: WindowGeometry, y: Array, argmax: Array | None) -> None:
    """Write each window's maximum, and the number of the element that won.

    Parameters
    ----------
    maps : ndarray, shape (n, C, rows, columns)
    pool : WindowGeometry
        Windows `side_by_side`; only the kernel size is used.
    y : ndarray, shape (n, C, rows // height, columns // width)
        Overwritten by the maxima.
    argmax : ndarray of uint8, shape of y, or None
        Overwritten by the row-major number of the first of the largest elements.
    """
    elements = [_element(maps, k, pool) for k in range(math.prod(pool.kernel_size))]
    y = _split(y, pool)
    argmax = None if argmax is None else _split(argmax, pool)
    if pool.dilation[1] == 1:  # apart from each other, each is one long run: a quarter quicker
        copies = scratch("blocks.elements", (len(elements), *y.shape), y.dtype)
        for copy, element in zip(copies, elements, strict=True):
            copy[...] = element
        elements = list(copies)
    np.copyto(y, elements[0])
    for element in elements[1:]:
        np.maximum(y, element, out=y)
    if argmax is None:
        return
    argmax[...] = 0
    for element in elements[-2::-1]:
        # one further than what comes after, unless this element wins: the first of equals
        argmax += 1
        argmax *= (element < y).view(argmax.dtype)


def mask_windows(argmax: Array, closed: Array) -> None:
    """Let no gradient through the windows where `closed` is True."""
    argmax |= np.multiply(closed, MASKED, dtype=argmax.dtype)


def unpool_blocks(
    grad_y: Array, argmax: Array, pool: WindowGeometry, tile: Tile, size: Pair
) -> Array:
    """Give each window's gradient to its winner, for the rows of a tile.

    Parameters
    ----------
    grad_y : ndarray, shape (N, C, H_out, W_out)
    argmax : ndarray of uint8, shape of grad_y
        From `pool_blocks`.
    tile : Tile
        Samples, and rows of the maps before pooling.
    size : (int, int)
        Height and width of those maps.

    Returns
    -------
    ndarray, shape (n, C, tile.last - tile.first, width)
        A view of scratch memory.
    """
    height, width = pool.kernel_size
    first, last = tile.first // height, min(-(-tile.last // height), pool.output_size[0])
    grad_rows, won = grad_y[tile.samples, :, first:last], argmax[tile.samples, :, first:last]
    rows = max(tile.last, last * height) - first * height
    maps = scratch("blocks.maps", (*grad_rows.shape[:2], rows, size[1]), grad_y.dtype)
    mask = scratch("blocks.mask", grad_rows.shape, grad_y.dtype)
    grads, let_through = _split(grad_rows, pool), _split(mask, pool)
    for k in range(height * width):
        np.copyto(mask, won == k)  # as numbers: NumPy multiplies mixed types in slow small pieces
        np.multiply(grads, let_through, out=_element(maps, k, pool))
    maps[:, :, (last - first) * height :] = 0  # a ragged edge belongs to no window
    maps[..., pool.output_size[1] * width :] = 0
    start = tile.first - first * height
    return maps[:, :, start : start + tile.last - tile.first]


def _element(maps: Array, k: int, pool: WindowGeometry) -> Array:
    """View element k (row-major) of every window."""
    (height, width), columns = pool.kernel_size, pool.output_size[1] // pool.dilation[1]
    u, v = divmod(k, width)
    rows = maps.shape[-2] // height
    return _split(maps, pool)[..., u : rows * height : height, v : columns * width : width, :]


def _split(maps: Array, pool: WindowGeometry) -> Array:
    """View (..., W * samples) as (..., W, samples); the samples are the pool's dilation."""
    samples = pool.dilation[1]
    return maps.reshape(*maps.shape[:-1], maps.shape[-1] // samples, samples)
