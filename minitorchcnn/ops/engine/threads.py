"""Independent pieces of work on several threads, with results that do not depend on how many.

NumPy releases Python's lock in copies, element-wise functions and matrix products, so threads
really run side by side. Operations cut their work by sizes alone and hand the pieces to
`spread`; whoever wants threads sets them up with `ops.engine.parallel`, which is also where
the linear algebra library is kept from starting threads of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from minitorchcnn.types import Array

if TYPE_CHECKING:
    from concurrent.futures import Executor

Item = TypeVar("Item")

#: Work of fewer multiplications than this is not worth waking another thread for (about 50
#: microseconds, where handing over costs 20).
WORTHWHILE = 2_000_000

_local = threading.local()


def use_threads(executor: Executor | None, workers: int) -> tuple[Executor | None, int]:
    """Let `spread` calls of this thread use `workers` threads; return the setting before.

    Parameters
    ----------
    executor : Executor or None
        Gives workers - 1 threads beside the calling one; None for none.
    workers : int
    """
    before = getattr(_local, "setting", (None, 1))
    _local.setting = (executor, workers)
    return before


def spread(work: Callable[[Item], None], items: Sequence[Item], multiplications: int) -> None:
    """Call ``work(item)`` for every item, on the threads this thread may use.

    Parameters
    ----------
    work : callable
        Must write to places that no other item touches.
    items : sequence
    multiplications : int
        Rough size of all the work.

    Raises
    ------
    Exception
        The first error of any item, after all threads have stopped.
    """
    executor, workers = getattr(_local, "setting", (None, 1))
    helpers = min(workers, len(items)) - 1
    if executor is None or helpers < 1 or multiplications < WORTHWHILE:
        for item in items:
            work(item)
        return
    rest = iter(items)  # shared: each thread takes the next item when it is free

    quiet = np.geterr()  # what the caller ignores, such as an overflow, its helpers ignore too

    def take() -> None:
        with np.errstate(**quiet):
            for item in rest:
                work(item)

    futures = [executor.submit(take) for _ in range(helpers)]
    try:
        take()
    finally:
        errors = [future.exception() for future in futures]
    for error in errors:
        if error is not None:
            raise error


def lanes(items: Sequence[Item], most: int = 16) -> list[Sequence[Item]]:
    """Cut items into at most `most` runs of neighbours, for partial sums added up in order."""
    size = -(-len(items) // most)
    return [items[start : start + size] for start in range(0, len(items), size)]


def total(partial: Sequence[Array]) -> Array:
    """Return the sum of arrays, added in order so that the bits are always the same."""
    result = partial[0]
    for part in partial[1:]:
        result += part
    return result
