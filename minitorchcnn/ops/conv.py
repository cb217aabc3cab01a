"""Convolution, the operation that gives the networks their name, and its three gradients.

As in every framework it is a cross-correlation: the kernel is not flipped. This is the definition,
one element of the window after the other. The layers compute the same many times faster, in
`minitorchcnn.ops.engine.convolution`, which the tests hold to this; whoever needs a convolution
to compare with, as the checkers of gradients and layers do, takes this one.

Letters: n image, c channel, o filter, (u, v) element of the window, (i, j) output pixel, (a, b)
the input pixel under that element. With groups, g is the group that c and o belong to.
"""

from __future__ import annotations

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.types import Array


def conv2d(
    x: Array, weight: Array, bias: Array | None, *, geometry: WindowGeometry, groups: int = 1
) -> Array:
    """Cross-correlate a batch of images with a bank of filters.

    ``y[n, o, i, j] = bias[o] + sum_{c,u,v} weight[o, c, u, v] * x[n, c, a, b]`` with
    ``a = i * stride_h + u * dilation_h - top``, ``b = j * stride_w + v * dilation_w - left``;
    x is 0 outside the image.

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
    ndarray, shape (N, C_out, H_out, W_out), dtype of x

    Notes
    -----
    Derivation: docs/derivations.md, "Convolution".
    """
    y = np.zeros((len(x), len(weight), *geometry.output_size), x.dtype)
    x_, weight_, y_ = _cut(x, groups, axis=1), _cut(weight, groups), _cut(y, groups, axis=1)
    for u, v, inputs, outputs in geometry.taps:
        # y[n,o,i,j] += sum_c weight[o,c,u,v] * x[n,c,a,b]
        y_[..., *outputs] += np.einsum("goc,ngcij->ngoij", weight_[..., u, v], x_[..., *inputs])
    return y if bias is None else y + bias[:, np.newaxis, np.newaxis]


def conv2d_backward(
    grad_y: Array, x: Array, weight: Array, *, geometry: WindowGeometry, groups: int = 1
) -> tuple[Array, Array, Array]:
    """Return the gradients of `conv2d` with respect to x, weight and bias.

    Parameters
    ----------
    grad_y : ndarray, shape of y
    x, weight, geometry, groups
        As given to `conv2d`.

    Returns
    -------
    grad_x : ndarray, shape of x
    grad_weight : ndarray, shape of weight
    grad_bias : ndarray, shape (C_out,)

    Notes
    -----
    Derivation: docs/derivations.md, "Convolution".
    """
    grad_x, grad_weight = np.zeros_like(x, order="C"), np.zeros_like(weight, order="C")
    x_, grad_x_, grad_y_ = (_cut(array, groups, axis=1) for array in (x, grad_x, grad_y))
    weight_, grad_weight_ = _cut(weight, groups), _cut(grad_weight, groups)
    for u, v, inputs, outputs in geometry.taps:
        pixels, grads = x_[..., *inputs], grad_y_[..., *outputs]
        # grad_x[n,c,a,b] += sum_o weight[o,c,u,v] * grad_y[n,o,i,j]
        grad_x_[..., *inputs] += np.einsum("goc,ngoij->ngcij", weight_[..., u, v], grads)
        # grad_weight[o,c,u,v] = sum_{n,i,j} x[n,c,a,b] * grad_y[n,o,i,j]
        grad_weight_[..., u, v] = np.einsum("ngcij,ngoij->goc", pixels, grads)
    # grad_bias[o] = sum_{n,i,j} grad_y[n,o,i,j]
    return grad_x, grad_weight, grad_y.sum(axis=(0, 2, 3))


def _cut(array: Array, groups: int, axis: int = 0) -> Array:
    """View one axis, of channels or filters, as two: (groups, those of one group)."""
    parts = groups, array.shape[axis] // groups
    return array.reshape(*array.shape[:axis], *parts, *array.shape[axis + 1 :])
