"""Pooling by its definition, with PyTorch's rules for edges, padding and ties spelled out.

Letters: n image, c channel, (i, j) output pixel, (r, s) input pixel.
"""

import math
from itertools import product

import numpy as np

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
NO_PADDING: Padding = ((0, 0), (0, 0))


def output_size(
    size: int, window: int, stride: int, padding: Pair, dilation: int, ceil_mode: bool
) -> int:
    """Count the windows on one axis.

    Without `ceil_mode` a window must lie wholly in the padded image. With it, windows go on until
    one reaches the end, which may hang over; but each must start inside the image or the padding
    before it: to start in the padding behind the image does not count.
    """
    reach = dilation * (window - 1) + 1
    before, behind = padding
    padded = before + size + behind
    if not ceil_mode:
        return sum(1 for start in range(0, padded, stride) if start + reach <= padded)
    count = 0
    for start in range(0, before + size, stride):
        end_reached = start > 0 and start - stride + reach >= padded
        count += not end_reached
    return count


def window_axis(index: int, window: int, stride: int, before: int, dilation: int) -> list[int]:
    """List the input positions of one window on one axis; those outside the image included."""
    return [index * stride + u * dilation - before for u in range(window)]


def max_pool_winners(
    x: np.ndarray,
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
) -> dict[tuple[int, ...], tuple[int, ...] | None]:
    """Map each output index to the input index that wins it: the first in row-major order.

    None where a window sees nothing but padding.
    """
    n_images, channels, h_in, w_in = x.shape
    axes = zip((h_in, w_in), pool_size, stride, padding, dilation, strict=True)
    h_out, w_out = (output_size(*axis, ceil_mode) for axis in axes)
    winners: dict[tuple[int, ...], tuple[int, ...] | None] = {}
    for n, c, i, j in product(*map(range, (n_images, channels, h_out, w_out))):
        best, winner = -math.inf, None
        for r in window_axis(i, pool_size[0], stride[0], padding[0][0], dilation[0]):
            for s in window_axis(j, pool_size[1], stride[1], padding[1][0], dilation[1]):
                inside = 0 <= r < h_in and 0 <= s < w_in
                if inside and (winner is None or x[n, c, r, s] > best):
                    best, winner = x[n, c, r, s], (n, c, r, s)
        winners[n, c, i, j] = winner
    return winners


def max_pool(
    x: np.ndarray,
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give the greatest element of each window; padding is -inf, so it never wins."""
    options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    winners = max_pool_winners(x, pool_size, **options)
    y = np.full(np.max(list(winners), axis=0) + 1, -math.inf)
    for at_y, at_x in winners.items():
        if at_x is not None:
            y[at_y] = x[at_x]
    return y


def max_pool_gradient(
    x: np.ndarray,
    grad_y: np.ndarray,
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give grad_x: the winner of each window gets all of its grad_y, over all windows summed."""
    options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    grad_x = np.zeros(x.shape)
    for at_y, at_x in max_pool_winners(x, pool_size, **options).items():
        if at_x is not None:
            grad_x[at_x] += grad_y[at_y]
    return grad_x


def avg_pool_shares(
    x_shape: tuple[int, ...],
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> dict[tuple[int, int], tuple[list[tuple[int, int]], int]]:
    """Map each output pixel (i, j) to the input pixels it averages and what it divides by.

    The divisor counts the image's pixels in the window and, with `count_include_pad`, those of
    the padding; never what hangs over the end of the padding.
    """
    h_in, w_in = x_shape[2:]
    axes = zip((h_in, w_in), pool_size, stride, padding, (1, 1), strict=True)
    h_out, w_out = (output_size(*axis, ceil_mode) for axis in axes)
    (_, bottom), (_, right) = padding
    shares = {}
    for i, j in product(range(h_out), range(w_out)):
        rows = window_axis(i, pool_size[0], stride[0], padding[0][0], 1)
        columns = window_axis(j, pool_size[1], stride[1], padding[1][0], 1)
        padded = [(r, s) for r, s in product(rows, columns) if r < h_in + bottom]
        padded = [(r, s) for r, s in padded if s < w_in + right]
        image = [(r, s) for r, s in padded if 0 <= r < h_in and 0 <= s < w_in]
        shares[i, j] = (image, len(padded) if count_include_pad else len(image))
    return shares


def avg_pool(
    x: np.ndarray,
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Give the mean of each window; padding is zero."""
    options = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    shares = avg_pool_shares(x.shape, pool_size, **options, count_include_pad=count_include_pad)
    h_out, w_out = np.max(list(shares), axis=0) + 1
    y = np.zeros((*x.shape[:2], h_out, w_out))
    for n, c in product(range(x.shape[0]), range(x.shape[1])):
        for (i, j), (pixels, divisor) in shares.items():
            for r, s in pixels:
                y[n, c, i, j] += float(x[n, c, r, s]) / divisor
    return y


def avg_pool_gradient(
    x_shape: tuple[int, ...],
    grad_y: np.ndarray,
    pool_size: Pair,
    *,
    stride: Pair,
    padding: Padding = NO_PADDING,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Give grad_x: each pixel gets its share of every window it was averaged in."""
    options = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    shares = avg_pool_shares(x_shape, pool_size, **options, count_include_pad=count_include_pad)
    grad_x = np.zeros(x_shape)
    for n, c in product(range(x_shape[0]), range(x_shape[1])):
        for (i, j), (pixels, divisor) in shares.items():
            for r, s in pixels:
                grad_x[n, c, r, s] += float(grad_y[n, c, i, j]) / divisor
    return grad_x


def global_avg_pool(x: np.ndarray) -> np.ndarray:
    """Give the mean of each channel of each image, shape (N, C)."""
    n_images, channels, height, width = x.shape
    y = np.zeros((n_images, channels))
    for n, c, r, s in np.ndindex(*x.shape):
        y[n, c] += float(x[n, c, r, s]) / (height * width)
    return y


def global_avg_pool_gradient(x_shape: tuple[int, ...], grad_y: np.ndarray) -> np.ndarray:
    """Give grad_x: every pixel has an equal share in its channel's mean."""
    grad_x = np.zeros(x_shape)
    for n, c, r, s in np.ndindex(*x_shape):
        grad_x[n, c, r, s] = float(grad_y[n, c]) / (x_shape[2] * x_shape[3])
    return grad_x
