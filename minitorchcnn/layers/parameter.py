"""What a layer learns, as one small object that optimizers can update without knowing layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.types import Array


class Parameter:
    """One learned array with its gradient.

    Parameters
    ----------
    name : str
        "weight" or "bias"; a `Sequential` puts the layer's index before it ("0.weight").
    value : ndarray
        Updated in place by an optimizer.
    trainable : bool or sequence of bool
        False freezes the whole array. One bool per filter (entry of axis 0) freezes single
        filters: their gradient is still computed, optimizers leave their values alone.

    Attributes
    ----------
    grad : ndarray or None
        Gradient of the loss with respect to `value`, same shape; overwritten by every
        backward pass, None before the first one and for a wholly frozen parameter.
    """

    def __init__(self, name: str, value: Array, trainable: Any = True) -> None:
        self.name = name
        self.value = value
        self.grad: Array | None = None
        self.trainable = trainable

    @property
    def trainable(self) -> bool | Array:
        """True, False, or a bool array with one entry per filter."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: Any) -> None:
        mask = trainable_mask(value, len(self.value), self.name)
        if isinstance(mask, bool) and not mask:
            self.grad = None
        self._trainable = mask

    @property
    def frozen(self) -> bool:
        """True when no element is trained, so that no gradient is needed."""
        return self._trainable is False

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self.value.size)

    @property
    def trainable_size(self) -> int:
        """Number of elements that training may change."""
        if isinstance(self._trainable, bool):
            return self.size if self._trainable else 0
        return int(self._trainable.sum()) * (self.size // len(self._trainable))

    def __repr__(self) -> str:
        state = "" if self._trainable is True else f", trainable={self._trainable!r}"
        return f"Parameter({self.name!r}, shape={self.value.shape}{state})"


def trainable_mask(value: Any, filters: int, name: str) -> bool | Array:
    """Return a `trainable` option as True, False or a mixed bool array of length `filters`.

    Raises
    ------
    ArgumentError
        If it is neither a bool nor one bool per filter.
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    mask = np.asarray(value)
    if mask.dtype != np.bool_ or mask.shape != (filters,):
        per_filter = f" or {filters} bools, one per filter" if filters else ""
        raise ArgumentError(f"{name}: trainable must be True, False{per_filter}, got {value!r}.")
    if mask.all() or not mask.any():
        return bool(mask.all())
    return mask.copy()
