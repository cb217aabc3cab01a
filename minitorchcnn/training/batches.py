"""Batches read when their turn comes, so that data may be larger than memory.

Where that pays, they are made ready on threads a little ahead of training: augmented data, and
data that lies on a disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.training.data import Part
from minitorchcnn.types import Array, Subset

if TYPE_CHECKING:
    from concurrent.futures import Future

Augment = Callable[[Array, np.random.Generator], Array]
Job = TypeVar("Job")
Result = TypeVar("Result")


def feed(
    data: Part,
    batches: Iterable[tuple[int, Array]],
    augment: Augment | None,
    seed: int,
    workers: int,
) -> Generator[tuple[Array, Array], None, None]:
    """Yield the samples and targets of each batch, augmented.

    Parameters
    ----------
    data : Part
    batches : iterable of (int, ndarray)
        Number of the update, and numbers of the rows.
    augment : callable or None
    seed : int
        For `augment`.
    workers : int
        Threads to use where it pays.
    """

    def fetch(job: tuple[int, Array]) -> tuple[Array, Array]:
        update, rows = job
        x = data.x[rows]
        if augment is not None:
            x = augmented(augment, x, seed, update)
        return x, data.targets[rows]

    source = data.x.x if isinstance(data.x, Subset) else data.x
    at_hand = augment is None and type(source) is np.ndarray
    return ahead(fetch, batches, 1 if at_hand else workers)


def augmented(augment: Augment, x: Array, seed: int, update: int) -> Array:
    """Return a batch as `augment` changes it, with a random stream of the update's own.

    Parameters
    ----------
    augment : callable
    x : ndarray, shape (N, ...)
    seed, update : int
        What the stream follows from: neither the thread nor what came before matters.

    Raises
    ------
    ShapeError
        If it gives another shape or dtype.
    """
    result = augment(x, np.random.default_rng((seed, update)))
    if not isinstance(result, np.ndarray) or (result.shape, result.dtype) != (x.shape, x.dtype):
        kind = getattr(result, "dtype", type(result).__name__)
        raise ShapeError(
            f"augment gave {kind} of shape {np.shape(result)}, expected {x.dtype} of shape "
            f"{x.shape}, as the batch that came in."
        )
    return result


def ahead(
    fetch: Callable[[Job], Result], jobs: Iterable[Job], threads: int
) -> Generator[Result, None, None]:
    """Yield ``fetch(job)`` for every job in order, computed on threads before it is asked for.

    Parameters
    ----------
    fetch : callable
    jobs : iterable
    threads : int
        At most twice as many results wait at a time; 1 computes each when it is asked for.
    """
    if threads == 1:
        yield from map(fetch, jobs)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads, thread_name_prefix="minitorchcnn-data") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(fetch, job))
                if len(waiting) == 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
