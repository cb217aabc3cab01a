"""Scratch memory that is used again, because fresh large arrays cost more than the work on them.

A new 75 MB array is paid for page by page when it is first written. The operations therefore
go through a batch in tiles, a few samples or a band of rows at a time, in small arrays that
stay in the processor's cache.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.types import Array

#: Aim for the scratch memory of one tile. Measured: below 1 MB the cost of Python between NumPy's
#: calls shows, and more so on two threads; above 8 MB tiles no longer stay in the level-3 cache.
TILE_BYTES = 4 * 1024 * 1024

_local = threading.local()


class Tile(NamedTuple):
    """A part of a batch of images: some samples, and the output rows first .. last - 1."""

    samples: slice
    first: int
    last: int


def scratch(slot: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an uninitialised array over memory that this thread uses again and again.

    Parameters
    ----------
    slot : str
        The purpose; a call with the same slot in the same thread invalidates the array
        handed out before.
    """
    buffers: dict[str, Array] = _local.__dict__
    wanted = math.prod(shape) * np.dtype(dtype).itemsize
    held = buffers.get(slot)
    if held is None or held.nbytes < wanted:
        buffers.pop(slot, None)
        del held  # so that the old and the new memory never stand side by side
        held = buffers[slot] = np.empty(wanted, dtype=np.uint8)
    return held[:wanted].view(dtype).reshape(shape)


def tiles(
    n: int, rows: int, bytes_per_row: int, row_step: int = 1, least: int = 1
) -> Iterator[Tile]:
    """Cut `n` samples of `rows` output rows into tiles of about `TILE_BYTES`.

    The cuts depend on sizes only, so sums over tiles are the same bits every time.

    Parameters
    ----------
    bytes_per_row : int
        Scratch memory that one output row of one sample needs.
    row_step : int
        Bands of rows start at multiples of this.
    least : int
        So many tiles at least, where samples and rows suffice.
    """
    together = min(TILE_BYTES // (bytes_per_row * rows), -(-n // least))
    if together >= 1 and n >= least:
        for start in range(0, n, together):
            yield Tile(slice(start, min(start + together, n)), 0, rows)
        return
    steps = min(TILE_BYTES // (bytes_per_row * row_step), -(-rows * n // (least * row_step)))
    band = max(1, steps) * row_step
    for sample in range(n):
        for first in range(0, rows, band):
            yield Tile(slice(sample, sample + 1), first, min(first + band, rows))
