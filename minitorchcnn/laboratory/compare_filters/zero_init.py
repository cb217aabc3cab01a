"""Zero initialization: the tutorial says filters may start at zero; what the gradient says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from minitorchcnn import SGD, Sequential, Trainer
from minitorchcnn.laboratory.compare_filters.variants import LEARNED, ZEROS, build_network
from minitorchcnn.laboratory.image_sets import ImageSet
from minitorchcnn.report.statistics import percent

_LEARNING_RATE = 0.05
_BATCH_SIZE = 32
#: When filters are first compared: rounding has not had the time to grow yet.
EARLY = 10
#: Filters closer than this after a few updates are equal but for rounding.
_EQUAL = 1e-4

_WHY = (
    "they answer 0 everywhere, ReLU'(0) = 0 lets no gradient through to them, and so they stay; "
    "only the Dense layer's biases learn"
)


@dataclass(frozen=True)
class Start:
    """First values that differ from the usual ones.

    Attributes
    ----------
    name : str
        As printed.
    filter_scale : float
        The filters are this times the usual random ones.
    bias : float
        Of every filter.
    dense_scale : float
        As filter_scale, for the Dense layer's weights.
    """

    name: str
    filter_scale: float
    bias: float
    dense_scale: float


STARTS = (
    Start("filters 0 (zeros, trained)", 0.0, 0.0, 1.0),
    Start("filters and Dense 0", 0.0, 0.0, 0.0),
    Start("filters and Dense 0, biases 0.1", 0.0, 0.1, 0.0),
    Start("filters 0, biases 0.1", 0.0, 0.1, 1.0),
    Start("filters random / 1000", 0.001, 0.0, 1.0),
    Start("filters random, Dense 0", 1.0, 0.0, 0.0),
)


@dataclass(frozen=True)
class ZeroResult:
    """What became of a start.

    Attributes
    ----------
    largest_gradient : float
        Largest Euclidean norm of the filters' gradient over all batches of the training.
    largest_weight : float
        Largest absolute value in the trained filters.
    early_difference, difference : float
        Largest difference between any two filters, element by element, after `EARLY` updates
        and at the end.
    test_accuracy : float
        In [0, 1].
    """

    start: Start
    largest_gradient: float
    largest_weight: float
    early_difference: float
    difference: float
    test_accuracy: float


def train_starts(images: ImageSet, seed: int, updates: int) -> list[ZeroResult]:
    """Train from every start of `STARTS` and watch the filters' gradient at each update.

    Parameters
    ----------
    seed : int
        Of the random weights and the order of the samples.
    updates : int
        Batches of 32.
    """
    return [_train(start, images, seed, updates) for start in STARTS]


def build_start(
    start: Start, input_shape: tuple[int, ...], seed: int, classes: int = 10
) -> Sequential:
    """Return the network of the comparison with other first values."""
    model = build_network(LEARNED if start.filter_scale else ZEROS, input_shape, seed, classes)
    weight, bias, dense_weight, _ = model.parameters()
    weight.value *= start.filter_scale
    bias.value[...] = start.bias
    dense_weight.value *= start.dense_scale
    return model


def _train(start: Start, images: ImageSet, seed: int, updates: int) -> ZeroResult:
    model = build_start(start, images.x_train.shape[1:], seed, images.classes)
    trainer = Trainer(model, SGD(_LEARNING_RATE, momentum=0.9), batch_size=_BATCH_SIZE)
    weight = model.parameters()[0]
    rng = np.random.default_rng(seed)
    norms, differences = [], []
    for _ in range(updates):
        rows = rng.integers(len(images.x_train), size=_BATCH_SIZE)
        trainer.step(images.x_train[rows], images.y_train[rows])
        norms.append(float(np.linalg.norm(np.asarray(weight.grad))))
        differences.append(float(np.ptp(weight.value, axis=0).max()))
    return ZeroResult(
        start=start,
        largest_gradient=max(norms),
        largest_weight=float(np.abs(weight.value).max()),
        early_difference=differences[min(EARLY, updates) - 1],
        difference=differences[-1],
        test_accuracy=trainer.evaluate(images.x_test, images.y_test)["accuracy"],
    )


def answer_zeros(
    gradients: Sequence[float],
    changes: Sequence[float],
    accuracies: Sequence[float],
    classes: int = 10,
) -> str:
    """Say what filters of zeros did.

    Parameters
    ----------
    gradients : sequence of float
        Norms of the filters' gradient, of all runs, before and after training.
    changes : sequence of float
        Norms of the change of the filters.
    accuracies : sequence of float
        Test accuracies in [0, 1].
    classes : int
        Equally frequent ones.
    """
    accuracy = percent(sum(accuracies) / len(accuracies))
    if max(gradients) == 0 and max(changes) == 0:
        return (
            f"Will zeros do? No. In all {len(changes)} runs the filters' gradient was exactly 0 "
            f"and the filters are still exactly 0; test accuracy {accuracy} %, where guessing "
            f"gives {100 / classes:.0f} %. Why: {_WHY}."
        )
    return (
        f"Will zeros do? Here they moved: the filters' gradient reached {max(gradients):.3g}, "
        f"the filters changed by up to {max(changes):.3g}; test accuracy {accuracy} %."
    )


def summarize_zeros(changes: Sequence[float]) -> str:
    """Say in one sentence what filters of zeros do, and why, over all data sets.

    Parameters
    ----------
    changes : sequence of float
        Norms of the change of the filters, of all runs.
    """
    stayed = sum(change == 0 for change in changes)
    why = f": {_WHY}" if stayed == len(changes) else ""
    return (
        f"What do zeros do? Filters of zeros were still exactly zero in {stayed} of "
        f"{len(changes)} runs{why}."
    )


def answer_starts(found: Sequence[ZeroResult]) -> str:
    """Say which starts got away from zero, and which left the filters equal for a while."""
    stuck = [r.start.name for r in found if r.largest_weight == 0]
    free = [r.start.name for r in found if r.largest_weight > 0]
    text = ""
    if stuck:
        text += f"Stuck at 0 for ever: {'; '.join(stuck)}. "
    if free:
        text += f"Learned: {'; '.join(free)}. "
    equal = [r for r in found if r.largest_weight > 0 and r.early_difference < _EQUAL]
    others = [r.early_difference for r in found if r.early_difference >= _EQUAL]
    for r in equal:
        text += (
            f"From {r.start.name}, all filters get the same gradient: after {EARLY} updates they "
            f"differ by {r.early_difference:.0e} only, which is rounding; it grew to "
            f"{r.difference:.2g} by the end. "
            if r.difference
            else f"From {r.start.name}, all filters get the same gradient and are exactly equal "
            f"to the end: one filter, so many times. "
        )
    if equal and others:
        text += f"From the other starts they differ by {min(others):.2g} or more by then."
    return text.strip()
