"""Pooling: one number for each window, its largest or its mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.types import Array


class SavedMaxPool(NamedTuple):
    """What `max_pool_backward` needs; the winners are found again by comparing."""

    x: Array
    y: Array
    geometry: WindowGeometry


class SavedAvgPool(NamedTuple):
    """What `avg_pool_backward` needs: a linear map needs no values."""

    input_shape: tuple[int, ...]
    share: Array
    geometry: WindowGeometry


def max_pool(x: Array, *, geometry: WindowGeometry) -> tuple[Array, SavedMaxPool]:
    """Return the largest value of each window; padding never wins.

    Parameters
    ----------
    x : ndarray, shape (N, C, H_in, W_in)
    geometry : WindowGeometry
        Every window must hold at least one pixel of the image.

    Returns
    -------
    y : ndarray, shape (N, C, H_out, W_out), dtype of x
    saved : SavedMaxPool
    """
    y = np.full((*x.shape[:2], *geometry.output_size), -np.inf, x.dtype)
    for tap in geometry.taps:
        best = y[..., *tap.outputs]
        np.maximum(best, x[..., *tap.inputs], out=best)
    return y, SavedMaxPool(x, y, geometry)


def max_pool_backward(grad_y: Array, saved: SavedMaxPool) -> Array:
    """Send each window's gradient to its winner, the first in row-major order among ties.

    Parameters
    ----------
    grad_y : ndarray, shape (N, C, H_out, W_out)
    saved : SavedMaxPool

    Returns
    -------
    grad_x : ndarray, shape (N, C, H_in, W_in)
        Pixels that win in several overlapping windows collect all their gradients.
    """
    x, y, geometry = saved
    grad_x = np.zeros_like(x, order="C")
    open_windows = np.ones(y.shape, np.bool_)  # windows whose winner is not found yet
    for tap in geometry.taps:
        still_open = open_windows[..., *tap.outputs]
        wins = x[..., *tap.inputs] == y[..., *tap.outputs]
        wins &= still_open
        still_open ^= wins
        # grad_x[winner] += grad_y[window]
        pixels = grad_x[..., *tap.inputs]
        pixels += grad_y[..., *tap.outputs] * wins
    return grad_x


def avg_pool(
    x: Array, *, geometry: WindowGeometry, count_include_pad: bool = True
) -> tuple[Array, SavedAvgPool]:
    """Return the mean of each window.

    Parameters
    ----------
    x : ndarray, shape (N, C, H_in, W_in)
    geometry : WindowGeometry
    count_include_pad : bool
        Divide by the window's elements including the zeros of the padding, or by its pixels
        of the image only.

    Returns
    -------
    y : ndarray, shape (N, C, H_out, W_out), dtype of x
    saved : SavedAvgPool
    """
    rows, columns = geometry.elements_inside(count_padding=count_include_pad)
    share = np.reciprocal(np.multiply.outer(rows, columns), dtype=x.dtype)
    y = np.zeros((*x.shape[:2], *geometry.output_size), x.dtype)
    for tap in geometry.taps:
        total = y[..., *tap.outputs]
        total += x[..., *tap.inputs]
    y *= share
    return y, SavedAvgPool(x.shape, share, geometry)


def avg_pool_backward(grad_y: Array, saved: SavedAvgPool) -> Array:
    """Give every pixel its share of the gradients of the windows it is in.

    Parameters
    ----------
    grad_y : ndarray, shape (N, C, H_out, W_out)
    saved : SavedAvgPool

    Returns
    -------
    grad_x : ndarray, shape (N, C, H_in, W_in)
    """
    grad_x = np.zeros(saved.input_shape, grad_y.dtype)
    # grad_x[pixel] = sum over its windows of grad_y[window] / elements[window]
    shared = grad_y * saved.share
    for tap in saved.geometry.taps:
        pixels = grad_x[..., *tap.inputs]
        pixels += shared[..., *tap.outputs]
    return grad_x


def global_avg_pool(x: Array) -> tuple[Array, tuple[int, ...]]:
    """Return each channel's mean over the whole image.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)

    Returns
    -------
    y : ndarray, shape (N, C), dtype of x
    saved : tuple of int
        The shape of x.
    """
    return x.mean(axis=(2, 3)), x.shape


def global_avg_pool_backward(grad_y: Array, saved: tuple[int, ...]) -> Array:
    """Spread each channel's gradient evenly: ``grad_x[n, c, :, :] = grad_y[n, c] / (H * W)``.

    Parameters
    ----------
    grad_y : ndarray, shape (N, C)
    saved : tuple of int
        The shape (N, C, H, W) of x.

    Returns
    -------
    grad_x : ndarray, shape (N, C, H, W)
    """
    height, width = saved[2:]
    grad_x = np.empty(saved, grad_y.dtype)
    grad_x[...] = (grad_y / (height * width))[..., np.newaxis, np.newaxis]
    return grad_x
