"""Many runs in parallel processes, with the same results on any number of cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits
from tqdm import tqdm

P = TypeVar("P")
R = TypeVar("R")


def parallel_map(task: Callable[[P], R], plans: Sequence[P], jobs: int, title: str) -> list[R]:
    """Return the task's result for every plan, in order, the same for any number of `jobs`.

    Parameters
    ----------
    task : callable
        A function of a module, which other processes can find.
    plans : sequence
        Neighbours should share data and seed, whose images are then made once.
    jobs : int
        Processes; each computes on one thread, so the order of additions never changes.
    title : str
        Of the progress bar.

    Returns
    -------
    list
    """
    if jobs == 1:
        with threadpool_limits(1):
            return list(tqdm(map(task, plans), title, len(plans), unit="run"))
    # "spawn" is the one way to start a process that is safe on every system.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, threadpool_limits, (1,)) as pool:
        chunk = max(1, min(8, len(plans) // (4 * jobs)))
        found = pool.map(task, plans, chunksize=chunk)
        return list(tqdm(found, title, len(plans), unit="run"))
