"""One training run of the comparison."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from minitorchcnn import (
    SGD,
    Callback,
    CosineSchedule,
    NonFiniteError,
    Sequential,
    ThawAt,
    Trainer,
    softmax_cross_entropy,
)
from minitorchcnn.laboratory.compare_filters.corruptions import Corruption, corrupt_test_images
from minitorchcnn.laboratory.compare_filters.plan import RunPlan, RunResult
from minitorchcnn.laboratory.compare_filters.variants import build_network
from minitorchcnn.laboratory.image_sets import ImageSet, load_image_set
from minitorchcnn.report.provenance import fingerprint
from minitorchcnn.storage.hashing import sha256_of

_BATCH_SIZE = 32
_MOST_EPOCHS = 60


def run(plan: RunPlan) -> RunResult:
    """Train one network as planned and measure it.

    Raises
    ------
    NonFiniteError
        If training diverges.
    """
    x, y, x_test, y_test = _parts(plan)
    classes = _images(plan).classes
    model = build_network(plan.variant, x.shape[1:], plan.seed, classes)
    before = model.state_dict()["0.weight"]
    first_gradient = _filter_gradient(model, x, y)
    training = _train(plan, model)
    confusion = _confusion(model, x_test, y_test, classes)
    whole = plan.images is None and not plan.validate_on_training
    return RunResult(
        plan=plan,
        images=len(x),
        test_images=len(x_test),
        train_accuracy=float((model.predict(x, workers=1).argmax(axis=1) == y).mean()),
        test_accuracy=float(np.trace(confusion) / confusion.sum()),
        first_gradient=first_gradient,
        last_gradient=_filter_gradient(model, x, y),
        filter_change=_length(model.state_dict()["0.weight"] - before),
        fingerprint=_fingerprint(plan.data, plan.seed, plan.train, plan.test),
        robust=_robust(plan, model, y_test) if whole else {},
        filter_history=np.stack([before, *training.filters]) if whole else before[np.newaxis][:0],
        confusion=confusion,
        state=model.state_dict(),
        epochs=training.epochs,
        seconds=training.seconds,
        curve=training.curve,
    )


class _Training(NamedTuple):
    """What is seen on the way: test accuracies (or none), and filters after each epoch."""

    epochs: int
    seconds: float
    curve: tuple[float, ...]
    filters: list[np.ndarray]


def _train(plan: RunPlan, model: Sequential) -> _Training:
    x, y, x_test, y_test = _parts(plan)
    epochs = _epochs(plan, len(x))
    watched = plan.images is None and not plan.validate_on_training
    film = _Film(x_test, y_test) if watched else _Film()
    callbacks: list[Callback] = [film]
    if plan.variant.thawed_after:
        callbacks.append(ThawAt(0, 1 + round(plan.variant.thawed_after * epochs)))
    optimizer = SGD(plan.learning_rate, momentum=0.9, schedule=CosineSchedule(epochs))
    trainer = Trainer(model, optimizer, batch_size=_BATCH_SIZE, seed=plan.seed, workers=1)
    start = time.perf_counter()
    trainer.fit(x, y, epochs=epochs, callbacks=callbacks, progress=False)
    seconds = time.perf_counter() - start - film.seconds
    return _Training(epochs, seconds, tuple(film.curve), film.filters)


class _Film(Callback):
    """Keep the filters and the test accuracy after each epoch, and the seconds this takes.

    Training itself never gets the test images.
    """

    def __init__(self, x: np.ndarray | None = None, y: np.ndarray | None = None) -> None:
        self.x, self.y = x, y
        self.filters: list[np.ndarray] = []
        self.curve: list[float] = []
        self.seconds = 0.0

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        start = time.perf_counter()
        self.filters.append(trainer.model.parameters()[0].value.copy())
        if self.x is not None and self.y is not None:
            self.curve.append(trainer.evaluate(self.x, self.y)["accuracy"])
        self.seconds += time.perf_counter() - start


def validate_run(plan: RunPlan) -> float:
    """Return the accuracy of a run, 0 if it diverged: a learning rate that is no good."""
    try:
        return run(plan).test_accuracy
    except NonFiniteError:
        return 0.0


def _images(plan: RunPlan) -> ImageSet:
    return load_image_set(plan.data, plan.seed, plan.train, plan.test)


def _parts(plan: RunPlan) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    images = _images(plan)
    x, y = images.x_train, images.y_train
    if not plan.validate_on_training:
        return x[: plan.images], y[: plan.images], images.x_test, images.y_test
    rest = len(x) - len(x) // 5
    part = slice(rest if plan.images is None else min(plan.images, rest))
    return x[part], y[part], x[rest:], y[rest:]


def _epochs(plan: RunPlan, images: int) -> int:
    """Let a small set be seen as long as the whole one, up to a bound."""
    if plan.images is None:
        return plan.epochs
    whole = len(_images(plan).x_train)
    return max(plan.epochs, min(_MOST_EPOCHS, round(plan.epochs * whole / images)))


def _confusion(model: Sequential, x: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (y, model.predict(x, workers=1).argmax(axis=1)), 1)
    return matrix


def _robust(plan: RunPlan, model: Sequential, labels: np.ndarray) -> dict[Corruption, float]:
    found = {}
    for disturbance, x in corrupt_test_images(plan.data, plan.seed, plan.train, plan.test).items():
        right = model.predict(x, workers=1).argmax(axis=1) == labels
        found[disturbance] = float(right.mean())
    return found


@lru_cache(maxsize=2)
def _fingerprint(name: str, seed: int, train: int, test: int) -> str:
    images = load_image_set(name, seed, train, test)
    parts = fingerprint(vars(images))
    return sha256_of(parts.values())


def _filter_gradient(model: Sequential, x: np.ndarray, y: np.ndarray) -> float | None:
    _, grad_logits = softmax_cross_entropy(model.forward(x[:256]), y[:256])
    model.backward(grad_logits)
    grad = model.parameters()[0].grad
    return None if grad is None else _length(grad)


def _length(array: np.ndarray) -> float:
    """Return the Euclidean length; infinity, without a warning, after too high a learning rate."""
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(array))
