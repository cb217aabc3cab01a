"""Threads for the operations: independent pieces of work, the same bits on any number of them.

NumPy releases Python's lock in copies, element-wise functions and matrix products, so threads
really run side by side. Operations cut their work by sizes alone, hand the pieces to
`parallel_for` and add partial sums in a fixed order. How many threads there are is decided by
`threads`, which also keeps the linear algebra library from starting threads of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from minitorchcnn.types import Array

if TYPE_CHECKING:
    from concurrent.futures import Executor

Item = TypeVar("Item")

#: Work of fewer multiplications than this is not worth waking another thread for (about 50
#: microseconds, where handing over costs 20).
WORTHWHILE = 2_000_000

_local = threading.local()


@contextmanager
def threads(workers: int) -> Iterator[None]:
    """Let the operations called inside use `workers` threads, with BLAS limited to one each.

    Parameters
    ----------
    workers : int
        At least 1.
    """
    # not by the controller's limit(): its reports cost 5 % of a small network's step
    limited = [(library, library.num_threads) for library in _blas() if library.num_threads != 1]
    for library, _ in limited:
        library.set_num_threads(1)
    before = use_threads(_executor(workers - 1) if workers > 1 else None, workers)
    try:
        yield
    finally:
        use_threads(*before)
        for library, count in limited:
            library.set_num_threads(count)


def use_threads(executor: Executor | None, workers: int) -> tuple[Executor | None, int]:
    """Let `parallel_for` in this thread use `workers` threads; return the setting before.

    Parameters
    ----------
    executor : Executor or None
        Gives workers - 1 threads beside the calling one; None for none.
    """
    before = getattr(_local, "setting", (None, 1))
    _local.setting = (executor, workers)
    return before


def parallel_for(work: Callable[[Item], None], items: Sequence[Item], multiplications: int) -> None:
    """Call ``work(item)`` for every item, on the threads this thread may use.

    Parameters
    ----------
    work : callable
        Must write to places that no other item touches.
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


def chunks(items: Sequence[Item], most: int = 16) -> list[Sequence[Item]]:
    """Cut items into at most `most` runs of neighbours, for partial sums added up in order."""
    size = -(-len(items) // most)
    return [items[start : start + size] for start in range(0, len(items), size)]


def ordered_sum(partial: Sequence[Array]) -> Array:
    """Return the sum of arrays, added in order so that the bits are always the same."""
    result = partial[0]
    for part in partial[1:]:
        result += part
    return result


@cache
def _executor(helpers: int) -> Executor:
    """Keep one pool for each size: threads are costly to start, cheap to keep."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(helpers, thread_name_prefix="minitorchcnn")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: a child starts its own
    os.register_at_fork(after_in_child=_executor.cache_clear)


@cache
def _blas() -> list[Any]:
    """Find the BLAS libraries once: that takes milliseconds, limiting them microseconds."""
    from threadpoolctl import ThreadpoolController

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _keep_freed_memory() -> None:
    """Let the C library keep what freed arrays leave, up to 64 MB, for the next ones.

    By default glibc gives it back to the system at every step of training and is given it anew,
    page by page: a tenth of a LeNet's time. Once a block of just below 32 MB was freed it no
    longer does (mallopt(3), M_MMAP_THRESHOLD). The block is never written to and costs nothing.
    """
    np.empty(32 * 1024 * 1024 - 65536, dtype=np.uint8)


_keep_freed_memory()
