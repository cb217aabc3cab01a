"""Training data and batches: what is set aside, and what is read when its turn comes.

Samples are told apart by row numbers and never copied as a whole, so that data may be larger than
memory. Where that pays, batches are made ready on threads a little ahead of training: augmented
data, and data that lies on a disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError, ShapeError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.data_checks import validate_data
from minitorchcnn.training.objectives import Objective
from minitorchcnn.types import Array, Samples, Subset

if TYPE_CHECKING:
    from concurrent.futures import Future

Augment = Callable[[Array, np.random.Generator], Array]
Job = TypeVar("Job")
Result = TypeVar("Result")


class Examples(NamedTuple):
    """Samples with their targets.

    Attributes
    ----------
    x : ndarray or StoredArray, first axis N
    targets : ndarray, first axis N
    """

    x: Samples
    targets: Array


def prepare_data(
    model: Sequential, objective: Objective, x: Any, y: Any, validation: Any
) -> tuple[Examples, Examples | float | None]:
    """Return the user's data and validation data, or the fraction for it, found usable.

    Parameters
    ----------
    x, y, validation
        As `Trainer.fit` takes them.

    Raises
    ------
    ShapeError, DataError
        If they are not usable.
    """
    whole = _validated(model, objective, x, y)
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return whole, _validated(model, objective, *validation)
    return whole, validation


def _validated(model: Sequential, objective: Objective, x: Any, y: Any) -> Examples:
    samples, targets = validate_data(model, objective, x, y, "Trainer")
    if isinstance(samples, np.memmap):
        samples = Subset(samples, np.arange(len(samples)), finite=True)
    return Examples(samples, targets)


def split_data(
    data: Examples, validation: Any, seed: int, *, by_class: bool
) -> tuple[Examples, Examples | None]:
    """Set a fraction of the samples aside, by their numbers.

    Parameters
    ----------
    validation : float, Examples or None
        A fraction above 0 and below 1; what is not one is returned as it is, beside all data.
    seed : int
        Which samples.
    by_class : bool
        Every class in proportion: the targets' first column.

    Returns
    -------
    training : Examples
    held_out : Examples or None

    Raises
    ------
    ArgumentError, DataError
        If it is no fraction, or leaves either part empty.
    """
    if validation is None or isinstance(validation, Examples):
        return data, validation
    if not isinstance(validation, (int, float)) or isinstance(validation, bool):
        raise ArgumentError(
            f"validation must be (x, y), a fraction such as 0.2, or None, got {validation!r}."
        )
    x, targets = data
    rng = np.random.default_rng(seed)
    numbers = np.arange(len(x))
    if by_class:
        # the data sets and their readers are of no use to most models
        from minitorchcnn.datasets.split import stratified_split

        classes = targets.reshape(len(targets), -1)[:, 0]
        rows, _, held, _ = stratified_split(numbers, classes, validation, rng)
    else:
        count = round(len(x) * validation)
        if not 0 < count < len(x):
            raise DataError(
                f"validation fraction {validation} of {len(x)} samples leaves {count} for "
                f"validation and {len(x) - count} for training: both need at least one."
            )
        order = rng.permutation(len(x))
        rows, held = order[count:], order[:count]
    training, held_out = (Subset(x, which, finite=True) for which in (rows, held))
    return Examples(training, targets[rows]), Examples(held_out, targets[held])


def iterate_batches(
    data: Examples,
    batches: Iterable[tuple[int, Array]],
    augment: Augment | None,
    seed: int,
    workers: int,
) -> Generator[tuple[Array, Array], None, None]:
    """Yield the samples and targets of each batch, augmented.

    Parameters
    ----------
    batches : iterable of (int, ndarray)
        Number of the update, and numbers of the rows.
    seed : int
        For `augment`.
    workers : int
        Threads to use where it pays.
    """

    def fetch(job: tuple[int, Array]) -> tuple[Array, Array]:
        update, rows = job
        x = data.x[rows]
        if augment is not None:
            x = augment_batch(augment, x, seed, update)
        return x, data.targets[rows]

    source = data.x.x if isinstance(data.x, Subset) else data.x
    at_hand = augment is None and type(source) is np.ndarray
    return prefetch(fetch, batches, 1 if at_hand else workers)


def augment_batch(augment: Augment, x: Array, seed: int, update: int) -> Array:
    """Return a batch as `augment` changes it, with a random stream of the update's own.

    Parameters
    ----------
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


def prefetch(
    fetch: Callable[[Job], Result], jobs: Iterable[Job], threads: int
) -> Generator[Result, None, None]:
    """Yield ``fetch(job)`` for every job in order, computed on threads before it is asked for.

    Parameters
    ----------
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
