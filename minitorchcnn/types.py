"""Names for the types that appear in nearly every signature."""

from __future__ import annotations

import mmap
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A NumPy array of any dtype; docstrings say shape and dtype.
Array = NDArray[Any]

#: Sizes of the axes, usually without the batch axis.
Shape = tuple[int, ...]


class StoredArray(ABC):
    """Samples that lie elsewhere, such as in a file larger than memory, and come in batches.

    Whatever takes samples takes these too, and asks for a few rows at a time. To train from a
    source of your own, inherit, set the attributes and write `__getitem__`.

    Attributes
    ----------
    shape : tuple of int
        (N, channels, height, width) or (N, features).
    dtype : numpy.dtype
        float32 or float64, of what `__getitem__` returns.
    finite : bool
        Whether it is known that no value is NaN or infinite; otherwise all are looked at.
    """

    shape: Shape
    dtype: np.dtype[Any]
    finite: bool = False

    @abstractmethod
    def __getitem__(self, rows: Any) -> Array:
        """Return samples as a fresh array; called from several threads at once.

        Parameters
        ----------
        rows : slice, int, or ndarray of int or bool
            As for the first axis of a NumPy array.
        """

    @property
    def ndim(self) -> int:
        """Number of axes, that of the samples included."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        return (self[row] for row in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Load everything, for `np.asarray`; it must fit into memory."""
        return np.asarray(self[:], dtype)


#: Samples, in memory or not.
Samples = Array | StoredArray

#: Rows of a mapped file that are in memory at a time beside their copies.
MAPPED_TOGETHER = 32


class Subset(StoredArray):
    """Some rows of an array in any order, copied when they are asked for.

    Parameters
    ----------
    x : ndarray or StoredArray
        Of a Subset the rows are looked up at once.
    rows : ndarray of int, shape (M,)
    finite : bool
        Whether x is known to be finite; one of a StoredArray may know it itself.

    Attributes
    ----------
    x : ndarray or StoredArray
        No Subset.
    rows : ndarray of int, shape (M,)
    """

    x: Samples
    rows: Array

    def __init__(self, x: Samples, rows: Array, *, finite: bool = False) -> None:
        self.finite = finite or (isinstance(x, StoredArray) and x.finite)
        if isinstance(x, Subset):
            rows, x = x.rows[rows], x.x
        self.x, self.rows = x, rows
        self.shape, self.dtype = (len(rows), *x.shape[1:]), x.dtype

    def __getitem__(self, rows: Any) -> Array:
        chosen = self.rows[rows]
        if not isinstance(self.x, np.memmap) or np.ndim(chosen) == 0:
            return self.x[chosen]
        # each row read may map 2 MB of its file
        copy = np.empty((len(chosen), *self.shape[1:]), self.dtype)
        for start in range(0, len(chosen), MAPPED_TOGETHER):
            part = slice(start, start + MAPPED_TOGETHER)
            copy[part] = self.x[chosen[part]]
            release(self.x)
        return copy


def release(x: Any) -> None:
    """Give the memory back that reading a file's mapping has filled; other arrays stay as they are.

    Parameters
    ----------
    x : ndarray or StoredArray
        For a `numpy.memmap` of mode "r" or "r+" the pages are dropped, and read again when they
        are needed; without that a pass over a large file fills the memory.
    """
    mapped = getattr(x, "_mmap", None)
    # what was written to a private copy, mode "c", would be lost
    if isinstance(mapped, mmap.mmap) and getattr(x, "mode", None) in ("r", "r+"):
        drop = getattr(mmap, "MADV_DONTNEED", None)  # not on every system
        if drop is not None:
            mapped.madvise(drop)
