"""`.npz` archives: plain members stay where they are, others unpacked within a limit."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO, cast

from minitorchcnn.datasets.readers.numpy_files import header, opened
from minitorchcnn.datasets.readers.safe_io import (
    DEFLATE_RATIO,
    bytes_of,
    filled,
    refuse_beyond,
    understood,
)
from minitorchcnn.datasets.readers.stored import Raw
from minitorchcnn.errors import FormatError
from minitorchcnn.types import Array

KIND = "an .npz archive"

#: A local file header of the zip format: 30 bytes, the last four of which are two lengths.
_LOCAL = struct.Struct("<26xHH")

_CHUNK = 2**20


def members(path: Path) -> list[str]:
    """List the names of the arrays in an archive."""
    with understood(path, KIND), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    if len(set(names)) < len(names):
        raise FormatError(f"{path} has two arrays of one name, expected each once: save it again.")
    return names


def read_member(path: Path, name: str, limit_bytes: int) -> Raw:
    """Read one array of an archive.

    Parameters
    ----------
    path : Path
    name : str
        As `members` lists it.
    limit_bytes : int
        For a compressed one, what it may take when unpacked.

    Raises
    ------
    FormatError
        If it is damaged, too large, or no array of numbers or words.
    """
    with understood(path, KIND), zipfile.ZipFile(path) as archive:
        info = _info(archive, name)
        if info.compress_type == zipfile.ZIP_STORED:
            with archive.open(info) as file:
                while file.read(_CHUNK):  # to the end, where the checksum is compared
                    pass
            return opened(path, limit_bytes, _begin(path, info), info.file_size)
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise FormatError(
                f"{path}: {name} is packed by method {info.compress_type}, expected plain or "
                f"deflated: save it again by numpy.savez or savez_compressed."
            )
        with archive.open(info) as file:
            return _unpacked(cast(BinaryIO, file), path, name, info, limit_bytes)


def _info(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(f"{name}.npy")
    except KeyError:
        return archive.getinfo(name)


def _begin(path: Path, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a plainly stored member begin in the archive."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    return int(info.header_offset + _LOCAL.size + name + extra)


def _unpacked(
    file: BinaryIO, path: Path, name: str, info: zipfile.ZipInfo, limit_bytes: int
) -> Array:
    shape, dtype, fortran = header(file, path)
    count = bytes_of(shape, dtype)
    refuse_beyond(path, f"the unpacked {name}", count, limit_bytes)
    if count > info.compress_size * DEFLATE_RATIO:
        raise FormatError(
            f"{path}: {name} claims {count:,} bytes for shape {shape}, more than its "
            f"{info.compress_size:,} packed bytes can hold: it is cut off, or its sizes are wrong."
        )
    array = filled(file, shape[::-1] if fortran else shape, dtype, path)
    return array.transpose() if fortran else array
