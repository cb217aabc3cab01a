"""Scratch memory that is used again, because fresh large arrays cost more than the work on them.

A new 75 MB array is paid for page by page when it is first written. The operations therefore
go through a batch a few samples at a time in a small array that stays in the processor's cache.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.arrays import Array

#: Aim for one chunk of columns; about half of a core's level-2 cache.
CHUNK_BYTES = 512 * 1024

_local = threading.local()


def scratch(slot: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an uninitialised array over memory that this thread uses again and again.

    Parameters
    ----------
    slot : str
        The purpose; a call with the same slot in the same thread invalidates the array
        handed out before.
    shape : tuple of int
    dtype : numpy dtype
    """
    buffers: dict[str, Array] = _local.__dict__
    wanted = math.prod(shape) * np.dtype(dtype).itemsize
    held = buffers.get(slot)
    if held is None or held.nbytes < wanted:
        held = buffers[slot] = np.empty(wanted, dtype=np.uint8)
    return held[:wanted].view(dtype).reshape(shape)


def chunks(n: int, bytes_per_sample: int) -> Iterator[slice]:
    """Yield slices that cut `n` samples into chunks of about `CHUNK_BYTES`, at least one each.

    The cuts depend on sizes only, so sums over chunks are the same bits every time.
    """
    step = max(1, CHUNK_BYTES // max(1, bytes_per_sample))
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))
