"""What is done to any filter, wherever it comes from: one scale, and as many channels as needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.types import Array
from minitorchcnn.validation import integer

NORMALIZATIONS = ("tutorial", "unit")


def normalize(weight: Any, normalization: str = "tutorial") -> Array:
    """Bring every filter to one scale.

    Parameters
    ----------
    weight : array, shape (height, width), (channels, height, width) or (filters, channels, ...)
        One filter, or several along the first of four axes; each is scaled by itself.
    normalization : "tutorial" or "unit"
        "tutorial": the absolute values of a filter add up to 1, so the image that matches best
        in [-1, 1] answers exactly 1. For drawings of 1 and -1 that is the tutorial's division
        by the number of elements. "unit": its Euclidean norm is 1.

    Returns
    -------
    ndarray, shape of weight, float64
        A new array.

    Raises
    ------
    ArgumentError
        If weight is no such array, or a filter is all zeros; if the word is neither.

    Examples
    --------
    >>> normalize([[1, -2, 1]])
    array([[ 0.25, -0.5 ,  0.25]])
    >>> normalize([[3, 4]], "unit")
    array([[0.6, 0.8]])
    """
    check_normalization(normalization)
    kernel = check_numbers(weight, (2, 3, 4), "normalize: weight")
    axes = tuple(range(1 if kernel.ndim == 4 else 0, kernel.ndim))
    if normalization == "tutorial":
        scale = np.abs(kernel).sum(axis=axes, keepdims=True)
    else:
        scale = np.sqrt(np.square(kernel).sum(axis=axes, keepdims=True))
    if not scale.all():
        raise ArgumentError(
            "normalize: a filter of zeros has no scale to bring to 1: leave it out, or use it as "
            "it is."
        )
    scaled: Array = kernel / scale
    return scaled


def for_channels(weight: Any, channels: int) -> Array:
    """Return grey filters as a Conv2D weight for images of several channels.

    The rule: every channel gets the same filter, divided by the number of channels. So a filter
    sees the mean of the channels, and a grey image in equal channels gets the grey answer.

    Parameters
    ----------
    weight : array, shape (height, width), (filters, height, width) or (filters, 1, height, width)
        Filters for grey images.
    channels : int
        Three for RGB; the number of filters of the layer before, where there is one.

    Returns
    -------
    ndarray, shape (filters, channels, height, width), float64

    Raises
    ------
    ArgumentError, ShapeError
        If weight is no such array.

    Examples
    --------
    >>> from minitorchcnn import filters
    >>> for_channels(filters.tutorial(), 3).shape
    (3, 3, 3, 3)
    """
    count = integer(channels, "for_channels: channels", minimum=1)
    kernel = check_numbers(weight, (2, 3, 4), "for_channels: weight")
    if kernel.ndim == 4 and kernel.shape[1] != 1:
        raise ShapeError(
            f"for_channels: weight has shape {kernel.shape}, expected grey filters, such as "
            f"({kernel.shape[0]}, 1, {kernel.shape[2]}, {kernel.shape[3]}): it is made for "
            f"{kernel.shape[1]} channels already."
        )
    grey = kernel.reshape(-1, 1, *kernel.shape[-2:])
    return np.repeat(grey / count, count, axis=1)


def check_numbers(value: Any, axes: tuple[int, ...], name: str) -> Array:
    """Return an array of finite numbers as float64, or raise `ArgumentError` naming it.

    Parameters
    ----------
    value : array
    axes : tuple of int
        How many axes it may have.
    name : str
        Of function and argument.
    """
    wanted = " or ".join(map(str, axes))
    try:
        array = np.asarray(value)
    except ValueError:
        raise ArgumentError(
            f"{name} must be numbers with {wanted} axes, got rows of unequal lengths."
        ) from None
    if array.dtype.kind not in "fiu" or array.ndim not in axes or array.size == 0:
        raise ArgumentError(
            f"{name} must be numbers with {wanted} axes, got {array.dtype} of shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds NaN or infinity, expected finite numbers.")
    return array.astype(np.float64)


def check_normalization(normalization: Any) -> None:
    """Raise `ArgumentError` unless it is one of `NORMALIZATIONS`."""
    if not isinstance(normalization, str) or normalization not in NORMALIZATIONS:
        raise ArgumentError(f'normalization must be "tutorial" or "unit", got {normalization!r}.')
