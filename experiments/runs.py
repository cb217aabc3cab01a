"""One training run of the comparison, and many of them on all cores with the same results."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from minitorchcnn.experiments.arms import Arm, network
from minitorchcnn.experiments.digit_sets import digit_set
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from minitorchcnn import (
    SGD,
    CosineSchedule,
    NonFiniteError,
    Sequential,
    Trainer,
    softmax_cross_entropy,
)

_P = TypeVar("_P")
_R = TypeVar("_R")

_BATCH_SIZE = 32
_MOST_EPOCHS = 60


@dataclass(frozen=True)
class Plan:
    """All that decides a run, so that the same plan gives the same bits in any process.

    Attributes
    ----------
    data : "synthetic" or "handwriting"
    arm : Arm
    seed : int
        Decides data, first weights and order of the samples.
    learning_rate : float
    epochs : int
        Over the whole training part; fewer images are seen more often, see `_epochs`.
    train, test : int
        Images of the synthetic set.
    images : int or None
        Train on the first so many of the training part; None on all.
    trial : bool
        Measure on the last fifth of the training part, which is then not trained on, instead
        of the test part: for choosing the learning rate.
    """

    data: str
    arm: Arm
    seed: int
    learning_rate: float
    epochs: int
    train: int
    test: int
    images: int | None = None
    trial: bool = False


@dataclass(frozen=True)
class Result:
    """What a run found.

    Attributes
    ----------
    plan : Plan
    images, test_images, epochs : int
        What it came to.
    train_accuracy, test_accuracy : float
        After the last epoch, in [0, 1].
    first_gradient, last_gradient : float or None
        Euclidean norm of the filters' gradient over the first 256 training images, before and
        after training; None for frozen filters.
    filter_change : float
        Euclidean norm of last minus first filters.
    curve : tuple of float
        Test accuracy after each epoch; empty for parts of the training set and trials.
    confusion : ndarray, shape (10, 10), int64
        Counts; rows are the true digits.
    state : dict of str to ndarray
        The trained network's `state_dict`.
    """

    plan: Plan
    images: int
    test_images: int
    epochs: int
    train_accuracy: float
    test_accuracy: float
    first_gradient: float | None
    last_gradient: float | None
    filter_change: float
    curve: tuple[float, ...]
    confusion: np.ndarray = field(repr=False)
    state: dict[str, np.ndarray] = field(repr=False)


def run(plan: Plan) -> Result:
    """Train one network as planned and measure it.

    Raises
    ------
    NonFiniteError
        If training diverges.
    """
    x, y, x_test, y_test = _parts(plan)
    model = network(plan.arm, x.shape[1:], plan.seed)
    before = model.state_dict()["0.weight"]
    first_gradient = _filter_gradient(model, x, y)
    epochs = _epochs(plan, len(x))
    whole = plan.images is None and not plan.trial
    optimizer = SGD(plan.learning_rate, momentum=0.9, schedule=CosineSchedule(epochs))
    trainer = Trainer(model, optimizer, batch_size=_BATCH_SIZE, seed=plan.seed, workers=1)
    validation = (x_test, y_test) if whole else None
    history = trainer.fit(x, y, epochs=epochs, validation=validation, progress=False)
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (y_test, model.predict(x_test, workers=1).argmax(axis=1)), 1)
    return Result(
        plan=plan,
        images=len(x),
        test_images=len(x_test),
        epochs=epochs,
        train_accuracy=trainer.evaluate(x, y)["accuracy"],
        test_accuracy=float(np.trace(confusion) / confusion.sum()),
        first_gradient=first_gradient,
        last_gradient=_filter_gradient(model, x, y),
        filter_change=float(np.linalg.norm(model.state_dict()["0.weight"] - before)),
        curve=tuple(history.column("val_accuracy")) if whole else (),
        confusion=confusion,
        state=model.state_dict(),
    )


def trial_accuracy(plan: Plan) -> float:
    """Return the accuracy of a run, 0 if it diverged: a learning rate that is no good."""
    try:
        return run(plan).test_accuracy
    except NonFiniteError:
        return 0.0


def _parts(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    digits = digit_set(plan.data, plan.seed, plan.train, plan.test)
    x, y = digits.x_train, digits.y_train
    if not plan.trial:
        return x[: plan.images], y[: plan.images], digits.x_test, digits.y_test
    rest = len(x) - len(x) // 5
    part = slice(rest if plan.images is None else min(plan.images, rest))
    return x[part], y[part], x[rest:], y[rest:]


def _epochs(plan: Plan, images: int) -> int:
    """Let a small set be seen as long as the whole one, up to a bound."""
    if plan.images is None:
        return plan.epochs
    whole = len(digit_set(plan.data, plan.seed, plan.train, plan.test).x_train)
    return max(plan.epochs, min(_MOST_EPOCHS, round(plan.epochs * whole / images)))


def _filter_gradient(model: Sequential, x: np.ndarray, y: np.ndarray) -> float | None:
    _, grad_logits = softmax_cross_entropy(model.forward(x[:256]), y[:256])
    model.backward(grad_logits)
    grad = model.parameters()[0].grad
    return None if grad is None else float(np.linalg.norm(grad))


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each(task: Callable[[_P], _R], plans: Sequence[_P], jobs: int, title: str) -> list[_R]:
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
    bar = {"total": len(plans), "desc": title, "unit": "run"}
    if jobs == 1:
        with threadpool_limits(1):
            return list(tqdm(map(task, plans), **bar))
    # "spawn" is the one way to start a process that is safe on every system.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, threadpool_limits, (1,)) as pool:
        chunk = max(1, min(8, len(plans) // (4 * jobs)))
        return list(tqdm(pool.map(task, plans, chunksize=chunk), **bar))
