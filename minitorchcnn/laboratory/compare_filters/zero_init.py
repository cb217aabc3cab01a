"""What zeros do: the tutorial says filters may start at zero; here is what the gradient says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minitorchcnn import SGD, Sequential, Trainer
from minitorchcnn.laboratory.compare_filters.variants import LEARNED, ZEROS, network
from minitorchcnn.laboratory.image_sets import ImageSet

_LEARNING_RATE = 0.05
_BATCH_SIZE = 32
#: When filters are first compared: rounding has not had the time to grow yet.
EARLY = 10


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
    Start("filters 0 (the arm above)", 0.0, 0.0, 1.0),
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
    start : Start
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


def zero_results(images: ImageSet, seed: int, updates: int) -> list[ZeroResult]:
    """Train from every start of `STARTS` and watch the filters' gradient at each update.

    Parameters
    ----------
    images : ImageSet
    seed : int
        Of the random weights and the order of the samples.
    updates : int
        Batches of 32.

    Returns
    -------
    list of ZeroResult
    """
    return [_train(start, images, seed, updates) for start in STARTS]


def started(start: Start, input_shape: tuple[int, ...], seed: int, classes: int = 10) -> Sequential:
    """Return the network of the comparison with other first values."""
    model = network(LEARNED if start.filter_scale else ZEROS, input_shape, seed, classes)
    weight, bias, dense_weight, _ = model.parameters()
    weight.value *= start.filter_scale
    bias.value[...] = start.bias
    dense_weight.value *= start.dense_scale
    return model


def _train(start: Start, images: ImageSet, seed: int, updates: int) -> ZeroResult:
    model = started(start, images.x_train.shape[1:], seed, images.classes)
    trainer = Trainer(model, SGD(_LEARNING_RATE, momentum=0.9), batch_size=_BATCH_SIZE)
    weight = model.parameters()[0]
    rng = np.random.default_rng(seed)
    norms, differences = [], []
    for _ in range(updates):
        rows = rng.integers(len(images.x_train), size=_BATCH_SIZE)
        trainer.step(images.x_train[rows], images.y_train[rows])
        norms.append(float(np.linalg.norm(weight.grad)))
        differences.append(float(np.ptp(weight.value, axis=0).max()))
    return ZeroResult(
        start=start,
        largest_gradient=max(norms),
        largest_weight=float(np.abs(weight.value).max()),
        early_difference=differences[min(EARLY, updates) - 1],
        difference=differences[-1],
        test_accuracy=trainer.evaluate(images.x_test, images.y_test)["accuracy"],
    )
