"""`.npy` files: NumPy's own header, read without trusting it, and the numbers left in the file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from minitorchcnn.datasets.readers.safe_io import bytes_of, refuse_beyond, understood
from minitorchcnn.datasets.readers.stored import FileArray, Raw
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Shape

KIND = "a .npy file of numbers"


class Header(NamedTuple):
    """What a ``.npy`` stream says of the array that follows."""

    shape: Shape
    dtype: np.dtype[Any]
    fortran: bool


def header(file: BinaryIO, path: Path) -> Header:
    """Read the header of a ``.npy`` stream; nothing in it is executed.

    Raises
    ------
    FormatError
        If its array holds anything but numbers or words.
    """
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise FormatError(
            f"{path} has .npy version {version[0]}.{version[1]}, expected 1.0 or 2.0: an array of "
            f"numbers has one of these."
        )
    if dtype.kind not in "buifSU" or dtype.itemsize == 0:
        raise FormatError(
            f"{path} holds {dtype}, expected numbers or words: arrays of objects could run code "
            f"when they are read, so they never are. Save images as uint8 or float32."
        )
    if min(shape, default=1) < 0:
        raise FormatError(f"{path} has shape {shape}: sizes cannot be negative.")
    return Header(tuple(int(size) for size in shape), dtype, bool(fortran))


def opened(path: Path, limit_bytes: int, begin: int = 0, size: int | None = None) -> Raw:
    """Open the array of a ``.npy`` file, or of one that lies within another file as it is.

    Parameters
    ----------
    path : Path
    limit_bytes : int
        For an array in Fortran's order, which has to be turned round in memory.
    begin : int
        Where it begins, in bytes.
    size : int or None
        Its bytes; None is the whole file.

    Raises
    ------
    FormatError
        If it is no array of numbers or words, or its sizes are not those of the file.
    """
    with understood(path, KIND), path.open("rb") as file:
        file.seek(begin)
        shape, dtype, fortran = header(file, path)
        offset = file.tell()
        there = (path.stat().st_size if size is None else begin + size) - offset
    if there != bytes_of(shape, dtype):
        raise FormatError(
            f"{path} holds {there:,} bytes of numbers, expected {bytes_of(shape, dtype):,} for "
            f"shape {shape} of {dtype}: it is cut off, or its sizes are wrong."
        )
    if not shape or 0 in shape:
        raise FormatError(f"{path} has an array of shape {shape}: expected at least one image.")
    if fortran:
        refuse_beyond(path, "its array, stored column by column,", there, limit_bytes)
        flat = FileArray(path, (math.prod(shape),), dtype, offset)[:]
        return np.ascontiguousarray(flat.reshape(shape, order="F"))
    return FileArray(path, shape, dtype, offset)
