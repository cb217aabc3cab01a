"""What a learned filter looks like, in the words of the bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.filters.bank import bank as whole_bank
from minitorchcnn.filters.classical import resize_centre
from minitorchcnn.filters.shaping import check_numbers
from minitorchcnn.types import Array


def nearest(weight: Any, bank: Mapping[str, Any] | None = None) -> tuple[str, float]:
    """Name the bank's filter most like a given one, with their cosine.

    Parameters
    ----------
    weight : array, shape (height, width) or (channels, height, width)
        One filter. Channels are compared with the same grey filter in each of them, as
        `for_channels` makes it.
    bank : mapping of str to array, shape (height, width), or None
        None takes `bank()` of the smallest size that covers the filter, of which the middle is
        compared where shapes differ.

    Returns
    -------
    name : str
    cosine : float
        In [-1, 1], of all the numbers of both, means included. The filter whose cosine is
        largest in absolute value wins, so a filter and its negative have one name: a negative
        cosine says that it looks for the opposite, paper where the named one looks for ink.

    Raises
    ------
    ArgumentError
        If weight is no such array or all zeros; if the bank is empty or its shapes do not fit.

    Examples
    --------
    >>> from minitorchcnn import filters
    >>> name, cosine = nearest(-5 * filters.vertical)
    >>> name, round(cosine, 6)
    ('vertical', -1.0)
    """
    kernel = check_numbers(weight, (2, 3), "nearest: weight")
    length = np.linalg.norm(kernel)
    if length == 0:
        raise ArgumentError("nearest: weight is all zeros, which is like no filter.")
    channels = 1 if kernel.ndim == 2 else len(kernel)
    height, width = kernel.shape[-2:]
    together = kernel.reshape(channels, height, width).sum(axis=0)
    named = _default_bank((height, width)) if bank is None else _check_bank(bank, (height, width))
    # the grey filter stands in every channel, so its length counts once for each
    cosines = {
        name: float((together * other).sum() / (length * np.linalg.norm(other) * channels**0.5))
        for name, other in named.items()
    }
    name = max(cosines, key=lambda key: abs(cosines[key]))
    return name, min(1.0, max(-1.0, cosines[name]))


def _default_bank(shape: tuple[int, int]) -> dict[str, Array]:
    size = max(3, max(shape) + 1 - max(shape) % 2)
    found = {name: resize_centre(kernel, shape) for name, kernel in whole_bank(size).items()}
    return {name: kernel for name, kernel in found.items() if kernel.any()}


def _check_bank(bank: Mapping[str, Any], shape: tuple[int, int]) -> dict[str, Array]:
    if not isinstance(bank, Mapping) or not bank:
        raise ArgumentError(
            f"nearest: bank must be named filters, such as filters.bank(), got {bank!r}."
        )
    found = {name: check_numbers(other, (2,), f"nearest: {name!r}") for name, other in bank.items()}
    for name, other in found.items():
        if other.shape != shape or not other.any():
            raise ArgumentError(
                f"nearest: the bank's {name!r} has shape {other.shape} and "
                f"{np.count_nonzero(other)} numbers other than 0, expected shape {shape} and at "
                f"least one: compare filters of one size."
            )
    return found
