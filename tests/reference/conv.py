"""Convolution by its definition, so that the fast one has something independent to agree with.

Letters: n image, g group, o filter, c channel of a group, (i, j) output pixel, (u, v) filter
element, (r, s) input pixel.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]


def output_size(size: int, kernel: int, stride: int, padding: Pair, dilation: int) -> int:
    """Count the places, `stride` apart, where a whole kernel fits on one padded axis."""
    reach = dilation * (kernel - 1) + 1
    padded = padding[0] + size + padding[1]
    return sum(1 for start in range(0, padded, stride) if start + reach <= padded)


def terms(
    x_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    *,
    stride: Pair = (1, 1),
    padding: Padding = ((0, 0), (0, 0)),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
    """Yield the indices (of y, of x, of weight) of every product the convolution sums.

    Products with padding are left out, as padding is zero.
    """
    n_images, _, h_in, w_in = x_shape
    n_filters, c_group, kh, kw = weight_shape
    h_out = output_size(h_in, kh, stride[0], padding[0], dilation[0])
    w_out = output_size(w_in, kw, stride[1], padding[1], dilation[1])
    for n, o, i, j in product(*map(range, (n_images, n_filters, h_out, w_out))):
        group = o // (n_filters // groups)
        for c, u, v in product(*map(range, (c_group, kh, kw))):
            r = i * stride[0] + u * dilation[0] - padding[0][0]
            s = j * stride[1] + v * dilation[1] - padding[1][0]
            if 0 <= r < h_in and 0 <= s < w_in:
                yield (n, o, i, j), (n, group * c_group + c, r, s), (o, c, u, v)


def conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = (1, 1),
    padding: Padding = ((0, 0), (0, 0)),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> np.ndarray:
    """Cross-correlate: y[n,o,i,j] = bias[o] + sum over c,u,v of weight[o,c,u,v] * x[n,c,r,s]."""
    h_out = output_size(x.shape[2], weight.shape[2], stride[0], padding[0], dilation[0])
    w_out = output_size(x.shape[3], weight.shape[3], stride[1], padding[1], dilation[1])
    y = np.zeros((x.shape[0], weight.shape[0], h_out, w_out))
    if bias is not None:
        for o in range(weight.shape[0]):
            y[:, o] = bias[o]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    for at_y, at_x, at_weight in terms(x.shape, weight.shape, **options):
        y[at_y] += float(weight[at_weight]) * float(x[at_x])
    return y


def conv2d_gradients(
    x: np.ndarray,
    weight: np.ndarray,
    grad_y: np.ndarray,
    *,
    stride: Pair = (1, 1),
    padding: Padding = ((0, 0), (0, 0)),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give (grad_x, grad_weight, grad_bias): each product's factor gets the other times grad_y."""
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    for at_y, at_x, at_weight in terms(x.shape, weight.shape, **options):
        grad_x[at_x] += float(weight[at_weight]) * float(grad_y[at_y])
        grad_weight[at_weight] += float(x[at_x]) * float(grad_y[at_y])
    grad_bias = np.zeros(weight.shape[0])
    for n, o, i, j in np.ndindex(*grad_y.shape):
        grad_bias[o] += float(grad_y[n, o, i, j])
    return grad_x, grad_weight, grad_bias
