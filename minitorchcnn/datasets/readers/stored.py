"""Arrays that stay in their file: rows are read as they are asked for, and turned into ink.

They are read, not mapped: the pages of a mapping count as memory of the process, whole
neighbourhoods of each row among them, and a mapped file that is cut off meanwhile kills it.
"""

from __future__ import annotations

import math
import operator
import os
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.datasets.readers.safe_io import explain_reading
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array, Shape, StoredArray


class FileArray:
    """An array in a file, behaving like one in memory as far as its first axis goes.

    Parameters
    ----------
    offset : int
        Bytes before the array, which lies row by row.
    """

    def __init__(self, path: Path, shape: Shape, dtype: np.dtype[Any], offset: int) -> None:
        self.path, self.shape, self.dtype = path.absolute(), shape, dtype
        self._offset = offset
        with explain_reading(self.path, "a file"):
            self._state = _state(self.path.stat())

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Array:
        """Return some rows as a fresh array; for several threads at once."""
        numbers = _numbers(rows, len(self))
        found = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        # without a buffer of its own: a row is read as it is, or many at once
        with explain_reading(self.path, "a file"), FileIO(self.path) as file:
            if _state(os.fstat(file.fileno())) != self._state:
                raise FormatError(
                    f"{self.path} has changed since it was opened: load it again, and leave it "
                    f"alone while it is in use."
                )
            bytes_found = memoryview(found.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
            if isinstance(numbers, range) and numbers.step == 1:
                file.seek(self._offset + numbers.start * size)
                _fill(file, bytes_found)
            else:
                for at, number in enumerate(numbers):
                    file.seek(self._offset + int(number) * size)
                    _fill(file, bytes_found[at * size : (at + 1) * size])
        return found


def _state(told: os.stat_result) -> tuple[int, int]:
    return told.st_size, told.st_mtime_ns


def _fill(file: FileIO, view: memoryview) -> None:
    """Read until a piece of memory is full: one call may bring less."""
    while view:
        count = file.readinto(view)
        if not count:
            raise EOFError("it ends too early")
        view = view[count:]


def _numbers(rows: Any, n: int) -> range | Array:
    """Return which of n rows are meant by a slice, a mask or an array of numbers.

    Raises
    ------
    IndexError
        If there is no such row.
    """
    if isinstance(rows, slice):
        return range(*rows.indices(n))
    numbers = np.asarray(rows)
    if numbers.dtype == np.bool_ and numbers.shape == (n,):
        return np.flatnonzero(numbers)
    if numbers.size == 0:
        return range(0)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise IndexError(f"rows are a slice, a mask of {n} or whole numbers, got {rows!r:.60}.")
    if numbers.min() < -n or numbers.max() >= n:
        raise IndexError(f"row {numbers.max()} of {n}, expected -{n} to {n - 1}.")
    return np.where(numbers < 0, numbers + n, numbers)


#: Pixels as a file has them, in memory or not.
Raw = Array | FileArray


@dataclass(frozen=True)
class PixelScale:
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
    raw : ndarray or FileArray, shape (N, H, W), (N, C, H, W), (N, H, W, C) or (N, C * H * W)
    sample_shape : tuple of int
        (C, H, W).
    channels_last : bool
        The channels of a pixel follow each other.
    """

    def __init__(
        self, raw: Raw, sample_shape: Shape, *, channels_last: bool, scale: PixelScale
    ) -> None:
        self.shape = (len(raw), *sample_shape)
        self.dtype = np.dtype(np.float32)
        self.finite = True  # the reader has looked at every value
        self._raw, self._scale, self._channels_last = raw, scale, channels_last

    def __getitem__(self, rows: Any) -> Array:
        try:
            row = operator.index(rows)
        except TypeError:
            return self._images(self._raw[rows])
        sample: Array = self._images(self._raw[np.array([row])])[0]
        return sample

    def _images(self, raw: Array) -> Array:
        channels, height, width = self.shape[1:]
        if self._channels_last:
            raw = raw.reshape(len(raw), height, width, channels).transpose(0, 3, 1, 2)
        return self._scale.to_ink(raw.reshape(len(raw), channels, height, width))
