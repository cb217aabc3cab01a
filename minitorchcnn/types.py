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
