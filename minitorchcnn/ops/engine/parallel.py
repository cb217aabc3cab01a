"""How many threads the operations may use, one BLAS thread for each, and memory to use again.

The pieces of work follow from the model and the batch alone and partial sums are added in a
fixed order, so a training run gives the same bits with 1, 2 or 64 workers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.ops.engine.threads import use_threads

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


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


@cache
def _executor(helpers: int) -> ThreadPoolExecutor:
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
