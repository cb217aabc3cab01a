"""IDX files, the format in which MNIST and its many relatives are handed on."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any, BinaryIO, Unpack

import numpy as np

from minitorchcnn.datasets.readers.images import Images, RawImages, assemble
from minitorchcnn.datasets.readers.options import CommonOptions, Labels, Options, takes
from minitorchcnn.datasets.readers.safe_io import (
    DEFLATE_RATIO,
    array_bytes,
    check_limit,
    explain_reading,
    read_exactly,
)
from minitorchcnn.datasets.readers.stored import FileArray, Raw
from minitorchcnn.errors import FormatError, Hint
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import file_path

# The third byte of a file says what its numbers are; all are big-endian.
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

_KIND = "an IDX file"


@takes(CommonOptions)
def read_idx(path: str | Path, labels: Labels = None, **options: Unpack[CommonOptions]) -> Images:
    """Read images and labels from IDX files, as MNIST and Fashion-MNIST come; ``.gz`` too.

    Parameters
    ----------
    path : str or Path
        A file of images, or a folder of files with the usual names: "train-images-idx3-ubyte"
        beside "train-labels-idx1-ubyte", and "t10k-..." for the test part.
    labels : ndarray, str, Path or None
        The labels, or the file they are in; None takes the one of the same name with
        "labels" for "images".
    **options
        As for `load`.

    Returns
    -------
    Images
        A file that is not compressed stays where it is, and may be larger than memory.

    Raises
    ------
    FormatError
        If a file is missing, damaged, or does not fit to the other.
    """
    return read_idx_files(file_path(path, "read_idx: path"), Options(labels=labels, **options))


def read_idx_files(path: Path, options: Options) -> Images:
    """Do what `read_idx` says."""
    if not path.is_dir():
        return assemble([_read_part(path, options.labels, options)], options)
    train = _find_only(path, "train")
    if train is None:
        raise FormatError(
            f"{path} holds no file of training images with a usual name, such as "
            f"train-images-idx3-ubyte or train-images-idx3-ubyte.gz."
        )
    parts = [_read_part(train, options.labels, options)]
    test = _find_only(path, "t10k") or _find_only(path, "test")
    if test is not None:
        parts.append(_read_part(test, None, options))
    return assemble(parts, options)


def list_idx(folder: Path) -> list[Path]:
    """List the files of images by their usual names; an unpacked one hides its ``.gz``."""
    found = {}
    for path in sorted(folder.iterdir(), reverse=True):
        name = path.name.lower()
        if "images" in name and "idx" in name and path.is_file():
            found[name.removesuffix(".gz")] = path
    return sorted(found.values())


def _find_only(folder: Path, word: str) -> Path | None:
    files = [path for path in list_idx(folder) if word in path.name.lower()]
    if len(files) > 1:
        names = ", ".join(path.name for path in files[:4])
        raise FormatError(f"{folder} holds several sets ({names}): give one of these files.")
    return files[0] if files else None


def _read_part(images: Path, labels: Any, options: Options) -> RawImages:
    pixels = read_array(images, options.limit_bytes)
    if isinstance(labels, (np.ndarray, list, tuple)):
        return RawImages(pixels, np.asarray(labels), images)
    source = _find_labels(images) if labels is None else Path(labels)
    found = read_array(source, options.limit_bytes)
    check_limit(images, "the labels", array_bytes(found.shape, np.dtype("i8")), options.limit_bytes)
    return RawImages(pixels, found[:], images)


def _find_labels(images: Path) -> Path:
    """Return the file beside the images that has the usual name for their labels."""
    name = images.name.removesuffix(".gz").replace("images", "labels").replace("Images", "Labels")
    for stem in (name.replace("idx3", "idx1").replace("idx4", "idx1"), name):
        for file in (images.with_name(stem), images.with_name(f"{stem}.gz")):
            if file.is_file() and file != images:
                return file
    raise FormatError(
        f"{images} has no labels beside it: expected a file {name.replace('idx3', 'idx1')}",
        Hint(", or labels="),
        ".",
    )


def read_array(path: Path, limit_bytes: int) -> Raw:
    """Read one IDX file; one that is not compressed stays where it is."""
    with explain_reading(path, _KIND), path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.open(file) as inner:
                return _unpack(inner, path, limit_bytes)  # type: ignore[arg-type]
        shape, dtype = _read_header(file, path)
        offset, size = file.tell(), path.stat().st_size
    if size != offset + array_bytes(shape, dtype):
        raise FormatError(
            f"{path} is {size:,} bytes long, expected {offset + array_bytes(shape, dtype):,} for "
            f"shape {shape} of {dtype}: it is cut off, or its sizes are wrong."
        )
    if 0 in shape:
        raise FormatError(f"{path} is empty: its array has shape {shape}.")
    return FileArray(path, shape, dtype, offset)


def _unpack(file: BinaryIO, path: Path, limit_bytes: int) -> Array:
    shape, dtype = _read_header(file, path)
    count, most = array_bytes(shape, dtype), path.stat().st_size * DEFLATE_RATIO
    check_limit(path, "the unpacked array", count, limit_bytes)
    if count > most:
        raise FormatError(
            f"{path} claims {count:,} bytes for shape {shape}, more than its "
            f"{path.stat().st_size:,} packed bytes can hold: it is cut off, or its sizes are wrong."
        )
    return read_exactly(file, shape, dtype, path)


def _read_header(file: BinaryIO, path: Path) -> tuple[Shape, np.dtype[Any]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 4:
        raise FormatError(
            f"{path} is not an IDX file: it begins with {magic.hex(' ') or 'nothing'}, expected "
            f"00 00, a type such as 08, and 1 to 4 axes."
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise FormatError(f"{path} ends within its header: it is cut off, copy it again.")
    return struct.unpack(f">{magic[3]}I", sizes), np.dtype(_TYPES[magic[2]])
