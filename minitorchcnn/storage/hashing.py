"""The SHA-256 of data: in files, in checkpoints and under results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from minitorchcnn.types import Array


def sha256_of(pieces: Iterable[str | bytes | Array]) -> str:
    """Return the SHA-256 of pieces one after the other, as 64 hex digits.

    Parameters
    ----------
    pieces : iterable of str, bytes or ndarray
        Text counts in UTF-8; an array by its bytes row by row, in the byte order that it has.
    """
    digest = hashlib.sha256()
    for piece in pieces:
        if isinstance(piece, np.ndarray):
            digest.update(piece.reshape(-1).view(np.uint8).data)
        else:
            digest.update(piece.encode() if isinstance(piece, str) else piece)
    return digest.hexdigest()


def little_endian(value: Array) -> Array:
    """Return an array row by row and in little-endian bytes, copied only if it is not so yet."""
    array = np.asarray(value)
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
