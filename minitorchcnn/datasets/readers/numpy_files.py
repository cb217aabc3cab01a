"""`.npy` files and `.npz` archives, read without trusting them; plain numbers stay in the file."""

from __future__ import annotations

import math
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np

from minitorchcnn.datasets.readers.safe_io import (
    DEFLATE_RATIO,
    array_bytes,
    check_limit,
    explain_reading,
    read_exactly,
)
from minitorchcnn.datasets.readers.stored import FileArray, Raw
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array, Shape

KIND, ARCHIVE = "a .npy file of numbers", "an .npz archive"

#: Bytes of a local file header of the zip format; the last four are two lengths.
_ZIP_HEADER = 30

_CHUNK = 2**20


class NpyHeader(NamedTuple):
    """What a ``.npy`` stream says of the array that follows."""

    shape: Shape
    dtype: np.dtype[Any]
    fortran: bool


def read_npy_header(file: BinaryIO, path: Path) -> NpyHeader:
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
    return NpyHeader(tuple(int(size) for size in shape), dtype, bool(fortran))


def open_array(path: Path, limit_bytes: int, begin: int = 0, size: int | None = None) -> Raw:
    """Open the array of a ``.npy`` file, or of one that lies within another file as it is.

    Parameters
    ----------
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
    with explain_reading(path, KIND), path.open("rb") as file:
        file.seek(begin)
        shape, dtype, fortran = read_npy_header(file, path)
        offset = file.tell()
        there = (path.stat().st_size if size is None else begin + size) - offset
    if there != array_bytes(shape, dtype):
        raise FormatError(
            f"{path} holds {there:,} bytes of numbers, expected {array_bytes(shape, dtype):,} for "
            f"shape {shape} of {dtype}: it is cut off, or its sizes are wrong."
        )
    if not shape or 0 in shape:
        raise FormatError(f"{path} has an array of shape {shape}: expected at least one image.")
    if fortran:
        check_limit(path, "its array, stored column by column,", there, limit_bytes)
        flat = FileArray(path, (math.prod(shape),), dtype, offset)[:]
        return np.ascontiguousarray(flat.reshape(shape, order="F"))
    return FileArray(path, shape, dtype, offset)


def list_members(path: Path) -> list[str]:
    """List the names of the arrays in an archive."""
    with explain_reading(path, ARCHIVE), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    if len(set(names)) < len(names):
        raise FormatError(f"{path} has two arrays of one name, expected each once: save it again.")
    return names


def read_member(path: Path, name: str, limit_bytes: int) -> Raw:
    """Read one array of an archive.

    Parameters
    ----------
    name : str
        As `list_members` lists it.
    limit_bytes : int
        For a compressed one, what it may take when unpacked.

    Raises
    ------
    FormatError
        If it is damaged, too large, or no array of numbers or words.
    """
    with explain_reading(path, ARCHIVE), zipfile.ZipFile(path) as archive:
        info = _info(archive, name)
        if info.compress_type == zipfile.ZIP_STORED:
            with archive.open(info) as file:
                while file.read(_CHUNK):  # to the end, where the checksum is compared
                    pass
            return open_array(path, limit_bytes, _member_offset(path, info), info.file_size)
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise FormatError(
                f"{path}: {name} is packed by method {info.compress_type}, expected plain or "
                f"deflated: save it again by numpy.savez or savez_compressed."
            )
        with archive.open(info) as file:
            return _unpack(cast(BinaryIO, file), path, name, info, limit_bytes)


def _info(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(f"{name}.npy")
    except KeyError:
        return archive.getinfo(name)


def _member_offset(path: Path, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a plainly stored member begin in the archive."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name, extra = struct.unpack("<26xHH", file.read(_ZIP_HEADER))
    return int(info.header_offset + _ZIP_HEADER + name + extra)


def _unpack(
    file: BinaryIO, path: Path, name: str, info: zipfile.ZipInfo, limit_bytes: int
) -> Array:
    shape, dtype, fortran = read_npy_header(file, path)
    count = array_bytes(shape, dtype)
    check_limit(path, f"the unpacked {name}", count, limit_bytes)
    if count > info.compress_size * DEFLATE_RATIO:
        raise FormatError(
            f"{path}: {name} claims {count:,} bytes for shape {shape}, more than its "
            f"{info.compress_size:,} packed bytes can hold: it is cut off, or its sizes are wrong."
        )
    array = read_exactly(file, shape[::-1] if fortran else shape, dtype, path)
    return array.transpose() if fortran else array
