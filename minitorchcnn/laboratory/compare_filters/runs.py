"""One training run of the comparison."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from minitorchcnn.laboratory.compare_filters.plan import RunPlan
from minitorchcnn.laboratory.compare_filters.variants import build_network
from minitorchcnn.laboratory.image_sets import ImageSet, load_image_set
from minitorchcnn.report.provenance import fingerprint
from minitorchcnn.report.statistics import confusion_matrix
from minitorchcnn.storage.hashing import sha256_of

_BATCH_SIZE = 32
_MOST_EPOCHS = 60


@dataclass(frozen=True)
class RunResult:
    """What a run found.

    Attributes
    ----------
    images, test_images, epochs : int
        What it came to.
    train_accuracy, test_accuracy : float
        After the last epoch, in [0, 1].
    first_gradient, last_gradient : float or None
        Euclidean norm of the filters' gradient over the first 256 training images, before and
        after training; None for frozen filters.
    filter_change : float
        Euclidean norm of last minus first filters.
    seconds : float
        Of the training alone, on one thread.
    fingerprint : str
        SHA-256 of the seed's training and test images and labels.
    curve : tuple of float
        Test accuracy after each epoch; empty for parts of the training set and trials.
    robust : dict of (str, float) to float
        Accuracy on disturbed test images, by kind and strength; empty as `curve` is.
    filter_history : ndarray, shape (epochs + 1, filters, 1, 3, 3), float32
        The filters before training and after each epoch; (0, ...) where `curve` is empty.
    confusion : ndarray, shape (classes, classes), int64
        Counts; rows are the true classes.
    state : dict of str to ndarray
        The trained network's `state_dict`.
    """

    plan: RunPlan
    images: int
    test_images: int
    epochs: int
    train_accuracy: float
    test_accuracy: float
    first_gradient: float | None
    last_gradient: float | None
    filter_change: float
    seconds: float
    fingerprint: str
    curve: tuple[float, ...]
    robust: dict[Corruption, float]
    filter_history: np.ndarray = field(repr=False)
    confusion: np.ndarray = field(repr=False)
    state: dict[str, np.ndarray] = field(repr=False)

    @property
    def parameters(self) -> int:
        """Return how many numbers the network has, frozen filters included."""
        return sum(array.size for array in self.state.values())

    @property
    def parameters_trained(self) -> int:
        """Return how many of them training may change, at least towards its end."""
        frozen = 0 if self.plan.variant.trained else 2  # the filters and their biases
        return sum(array.size for array in list(self.state.values())[frozen:])


def run(plan: RunPlan) -> RunResult:
    """Train one network as planned and measure it.

    Raises
    ------
    NonFiniteError
        If training diverges.
    """
    x, y, x_test, y_test = _split(plan)
    classes = _load(plan).classes
    model = build_network(plan.variant, x.shape[1:], plan.seed, classes)
    before = model.state_dict()["0.weight"]
    first_gradient = _measure_gradient(model, x, y)
    training = _train(plan, model)
    confusion = confusion_matrix(y_test, _classify(model, x_test), classes)
    whole = plan.is_whole
    return RunResult(
        plan=plan,
        images=len(x),
        test_images=len(x_test),
        train_accuracy=float((_classify(model, x) == y).mean()),
        test_accuracy=float(np.trace(confusion) / confusion.sum()),
        first_gradient=first_gradient,
        last_gradient=_measure_gradient(model, x, y),
        filter_change=_length(model.state_dict()["0.weight"] - before),
        fingerprint=_fingerprint(plan.data, plan.seed, plan.train, plan.test),
        robust=_measure_robustness(plan, model, y_test) if whole else {},
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
    x, y, x_test, y_test = _split(plan)
    epochs = _count_epochs(plan, len(x))
    watch = _Watch(x_test, y_test) if plan.is_whole else _Watch()
    callbacks: list[Callback] = [watch]
    if plan.variant.thawed_after:
        callbacks.append(ThawAt(0, 1 + round(plan.variant.thawed_after * epochs)))
    optimizer = SGD(plan.learning_rate, momentum=0.9, schedule=CosineSchedule(epochs))
    trainer = Trainer(model, optimizer, batch_size=_BATCH_SIZE, seed=plan.seed, workers=1)
    start = time.perf_counter()
    trainer.fit(x, y, epochs=epochs, callbacks=callbacks, progress=False)
    seconds = time.perf_counter() - start - watch.seconds
    return _Training(epochs, seconds, tuple(watch.curve), watch.filters)


class _Watch(Callback):
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


def _load(plan: RunPlan) -> ImageSet:
    return load_image_set(plan.data, plan.seed, plan.train, plan.test)


def _split(plan: RunPlan) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    images = _load(plan)
    x, y = images.x_train, images.y_train
    if not plan.validate_on_training:
        return x[: plan.images], y[: plan.images], images.x_test, images.y_test
    rest = len(x) - len(x) // 5
    part = slice(rest if plan.images is None else min(plan.images, rest))
    return x[part], y[part], x[rest:], y[rest:]


def _count_epochs(plan: RunPlan, images: int) -> int:
    """Let a small set be seen as long as the whole one, up to a bound."""
    if plan.images is None:
        return plan.epochs
    whole = len(_load(plan).x_train)
    return max(plan.epochs, min(_MOST_EPOCHS, round(plan.epochs * whole / images)))


def _measure_robustness(
    plan: RunPlan, model: Sequential, labels: np.ndarray
) -> dict[Corruption, float]:
    found = corrupt_test_images(plan.data, plan.seed, plan.train, plan.test)
    return {kind: float((_classify(model, x) == labels).mean()) for kind, x in found.items()}


def _classify(model: Sequential, x: np.ndarray) -> NDArray[np.intp]:
    answers: NDArray[np.intp] = model.predict(x, workers=1).argmax(axis=1)
    return answers


@lru_cache(maxsize=2)
def _fingerprint(name: str, seed: int, train: int, test: int) -> str:
    images = load_image_set(name, seed, train, test)
    parts = fingerprint(vars(images))
    return sha256_of(parts.values())


def _measure_gradient(model: Sequential, x: np.ndarray, y: np.ndarray) -> float | None:
    _, grad_logits = softmax_cross_entropy(model.forward(x[:256]), y[:256])
    model.backward(grad_logits)
    grad = model.parameters()[0].grad
    return None if grad is None else _length(grad)


def _length(array: np.ndarray) -> float:
    """Return the Euclidean length; infinity, without a warning, after too high a learning rate."""
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(array))
