"""Arrays that stay in their file: mapped anew for each batch, and turned into ink as they come.

A mapping that is kept would fill the memory with all pages ever touched, and kill the process if
the file were cut off meanwhile. One per batch costs microseconds, and does neither.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from minitorchcnn.arrays import Array, Shape, StoredArray
from minitorchcnn.datasets.readers.files import understood
from minitorchcnn.errors import FormatError


class MappedFile:
    """An array in a file, behaving like one in memory as far as its first axis goes.

    Parameters
    ----------
    path : Path
    shape : tuple of int
    dtype : numpy.dtype
    offset : int
        Bytes before the array.
    order : "C" or "F"
        Whether rows or columns follow each other.

    Raises
    ------
    FormatError
        If the file is shorter than that.
    """

    def __init__(
        self,
        path: Path,
        shape: Shape,
        dtype: np.dtype[Any],
        offset: int,
        order: Literal["C", "F"] = "C",
    ) -> None:
        self.path, self.shape, self.dtype = path.absolute(), shape, dtype
        self._offset, self._order = offset, order
        self._state = self._stat()

    def _stat(self) -> tuple[int, int]:
        with understood(self.path, "a file"):
            told = self.path.stat()
        return told.st_size, told.st_mtime_ns

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Array:
        if self._stat() != self._state:
            raise FormatError(
                f"{self.path} has changed since it was opened: load it again, and leave it alone "
                f"while it is in use."
            )
        with understood(self.path, "the array that it was"):
            mapped = np.memmap(
                self.path, self.dtype, "r", self._offset, self.shape, order=self._order
            )
        return np.array(mapped[rows])  # a copy: the mapping ends here


#: Pixels as a file has them, in memory or not.
Raw = Array | MappedFile


@dataclass(frozen=True)
class Scale:
    """What the numbers in a file mean.

    Attributes
    ----------
    low, high : float
        Values of black and white.
    light_ink : bool
        High means ink, as white chalk on a blackboard.
    """

    low: float
    high: float
    light_ink: bool = True

    def to_ink(self, raw: Array) -> Array:
        """Return float32 in [-1, 1], 1 for ink, of the same shape; always a copy."""
        x = np.array(raw, dtype=np.float32, order="C")
        if (self.low, self.high) != (-1, 1):
            # this order meets -1 and 1 exactly
            x -= np.float32(self.low)
            x /= np.float32((self.high - self.low) / 2)
            x -= 1
        return x if self.light_ink else np.negative(x, out=x)


class InkArray(StoredArray):
    """Images of a file or of small integers in memory, as batches of float32 in [-1, 1].

    Parameters
    ----------
    raw : ndarray or MappedFile, shape (N, H, W), (N, C, H, W), (N, H, W, C) or (N, C * H * W)
    sample_shape : tuple of int
        (C, H, W).
    channels_last : bool
        The channels of a pixel follow each other.
    scale : Scale
    """

    def __init__(self, raw: Raw, sample_shape: Shape, *, channels_last: bool, scale: Scale) -> None:
        self.shape = (len(raw), *sample_shape)
        self.dtype = np.dtype(np.float32)
        self.finite = True  # the reader has looked at every value
        self._raw, self._scale, self._channels_last = raw, scale, channels_last

    def __getitem__(self, rows: Any) -> Array:
        try:
            row = operator.index(rows)
        except TypeError:
            return self._images(self._raw[rows])
        sample: Array = self._images(self._raw[row][np.newaxis])[0]
        return sample

    def _images(self, raw: Array) -> Array:
        channels, height, width = self.shape[1:]
        if self._channels_last:
            raw = raw.reshape(len(raw), height, width, channels).transpose(0, 3, 1, 2)
        return self._scale.to_ink(raw.reshape(len(raw), channels, height, width))


class Subset(StoredArray):
    """Some rows of a stored array, in any order, still in the file.

    Parameters
    ----------
    whole : StoredArray
    rows : ndarray of int, shape (M,)
    """

    def __init__(self, whole: StoredArray, rows: Array) -> None:
        self._whole, self._rows = whole, rows
        self.shape, self.dtype = (len(rows), *whole.shape[1:]), whole.dtype
        self.finite = whole.finite

    def __getitem__(self, rows: Any) -> Array:
        return self._whole[self._rows[rows]]
