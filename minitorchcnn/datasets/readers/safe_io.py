"""Bytes of strangers: bounded, counted before they are believed, and never more than data.

Whatever goes wrong while a file is read becomes a `FormatError` that names the file.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from minitorchcnn.errors import Argument, FormatError, MinitorchcnnError
from minitorchcnn.types import Array, Shape

#: Bytes that one file may fill in memory, unless the caller says otherwise.
LIMIT_BYTES = 2**31

#: Deflate, in .gz and .npz, cannot put more bytes than this into one.
DEFLATE_RATIO = 1032

_CHUNK = 2**20


@contextmanager
def explain_reading(path: Path, kind: str) -> Iterator[None]:
    """Turn every error of reading `path` into a `FormatError` that says it is not `kind`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a parser's doubts about bytes that it then refuses
            yield
    except MinitorchcnnError:
        raise
    except OSError as error:
        if error.strerror:
            raise FormatError(f"cannot read {path}: {error.strerror}.") from error
        raise FormatError(_broken(path, kind, error)) from error
    # parsers raise nearly anything on broken bytes: struct.error, KeyError, MemoryError, ...
    except Exception as error:
        raise FormatError(_broken(path, kind, error)) from error


def _broken(path: Path, kind: str, error: Exception) -> str:
    reason = " ".join(f"{error}".split())[:120] or type(error).__name__
    return f"{path} is not {kind}, or is damaged: {reason}. Copy or convert it again."


def format_size(count: float) -> str:
    """Return a number of bytes as people say it: 3.2 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def check_limit(path: Path, what: str, count: int, limit_bytes: int) -> None:
    """Raise `FormatError` if `what` of this file would take more bytes than the limit."""
    if count > limit_bytes:
        raise FormatError(
            f"{path}: {what} would take {format_size(count)} of memory, the limit is "
            f"{format_size(limit_bytes)}: give ",
            Argument("limit_bytes", count),
            " if you trust the file.",
        )


def array_bytes(shape: Shape, dtype: np.dtype[Any]) -> int:
    """Return the size of an array in bytes, without the limits of NumPy's integers."""
    return math.prod(shape) * dtype.itemsize


def read_exactly(file: BinaryIO, shape: Shape, dtype: np.dtype[Any], path: Path) -> Array:
    """Read an array that must reach exactly to the end of a stream; its size is checked before.

    Raises
    ------
    FormatError
        If the stream holds fewer or more bytes than the shape says.
    """
    wanted = array_bytes(shape, dtype)
    array = np.empty(wanted, np.uint8)
    got = 0
    while got < wanted:
        part = file.read(min(_CHUNK, wanted - got))
        if not part:
            raise FormatError(
                f"{path} ends after {got:,} bytes of its array, expected {wanted:,} for shape "
                f"{shape} of {dtype}: it is cut off, copy it again."
            )
        array[got : got + len(part)] = np.frombuffer(part, np.uint8)
        got += len(part)
    if file.read(1):
        raise FormatError(
            f"{path} goes on after the {wanted:,} bytes of its array of shape {shape}: its sizes "
            f"are wrong, or more was appended to it."
        )
    return array.view(dtype).reshape(shape)
