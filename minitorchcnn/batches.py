"""Batches of samples that are never copied as a whole, so that data may be larger than memory.

Splitting and shuffling move row numbers only. Rows are read when their batch comes, a little
ahead of training where that pays: for augmented data, and for data that lies on a disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.datasets.split import stratified_split
from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.layers.normalization import BatchNorm
from minitorchcnn.sequential import Sequential

if TYPE_CHECKING:
    from concurrent.futures import Future

Augment = Callable[[Array, np.random.Generator], Array]
Job = TypeVar("Job")
Result = TypeVar("Result")


class Rows:
    """Some rows of an array in some order, read when they are asked for.

    Parameters
    ----------
    x : ndarray or stored array
    rows : ndarray of int
    """

    def __init__(self, x: Any, rows: Array) -> None:
        self.x, self.rows = x, rows
        self.shape = (len(rows), *x.shape[1:])
        self.dtype, self.ndim = x.dtype, x.ndim

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: Any) -> Array:
        rows: Array = self.x[self.rows[key]]
        return rows


class Part(NamedTuple):
    """Samples with their targets.

    Attributes
    ----------
    x : ndarray, Rows or stored array, first axis N
    targets : ndarray, first axis N
    """

    x: Any
    targets: Array


def split(
    data: Part, fraction: Any, rng: np.random.Generator, *, by_class: bool
) -> tuple[Part, Part]:
    """Set a fraction of the samples aside, by their numbers.

    Parameters
    ----------
    data : Part
    fraction : float
        Above 0 and below 1.
    rng : numpy.random.Generator
    by_class : bool
        Every class in proportion: the targets' first column.

    Returns
    -------
    rest, held_out : Part

    Raises
    ------
    ArgumentError, DataError
        If it is no fraction, or leaves either part empty.
    """
    if not isinstance(fraction, (int, float)) or isinstance(fraction, bool):
        raise ArgumentError(
            f"validation must be (x, y), a fraction such as 0.2, or None, got {fraction!r}."
        )
    x, targets = data
    numbers = np.arange(len(x))
    if by_class:
        classes = targets.reshape(len(targets), -1)[:, 0]
        rows, _, held, _ = stratified_split(numbers, classes, fraction, rng)
    else:
        count = round(len(x) * fraction)
        if not 0 < count < len(x):
            raise DataError(
                f"validation fraction {fraction} of {len(x)} samples leaves {count} for validation "
                f"and {len(x) - count} for training: both need at least one."
            )
        order = rng.permutation(len(x))
        rows, held = order[count:], order[:count]
    return Part(Rows(x, rows), targets[rows]), Part(Rows(x, held), targets[held])


def refuse_lonely_sample(model: Sequential, n: int, batch_size: int) -> None:
    """Raise `ArgumentError` if a batch of one sample would reach a BatchNorm of flat rows.

    Better before training than at the end of its first epoch.

    Parameters
    ----------
    model : Sequential
    n : int
        Samples to train on.
    batch_size : int
    """
    smallest = n % batch_size or min(n, batch_size)
    if smallest > 1:
        return
    for index, layer in enumerate(model.layers):
        values = int(np.prod((layer.input_shape or ())[1:]))
        if isinstance(layer, BatchNorm) and values == 1:
            sizes = range(batch_size + 1, n + 1)
            fitting = next((size for size in sizes if n % size != 1), 0)
            advice = f"use batch_size={fitting}" if fitting else "give at least 2 samples"
            raise ArgumentError(
                f"batch_size {batch_size} for {n} samples gives a batch of 1, and layer {index}, "
                f"{layer}, needs at least 2 values per channel to train on: {advice}."
            )


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
