"""What decides a training run of the comparison, and what one finds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from minitorchcnn.laboratory.compare_filters.corruptions import Corruption
from minitorchcnn.laboratory.compare_filters.variants import Variant


@dataclass(frozen=True)
class RunPlan:
    """All that decides a run, so that the same plan gives the same bits in any process.

    Attributes
    ----------
    data : "synthetic", "handwriting", "textures" or "faces"
    variant : Variant
    seed : int
        Decides data, first weights and order of the samples.
    learning_rate : float
    epochs : int
        Over the whole training part; fewer images are seen more often, up to a bound.
    train, test : int
        Images of the synthetic set, and at the most of the textures.
    images : int or None
        Train on the first so many of the training part; None on all.
    validate_on_training : bool
        Measure on the last fifth of the training part, which is then not trained on, instead
        of the test part: for choosing the learning rate.
    """

    data: str
    variant: Variant
    seed: int
    learning_rate: float
    epochs: int
    train: int
    test: int
    images: int | None = None
    validate_on_training: bool = False


@dataclass(frozen=True)
class RunResult:
    """What a run found.

    Attributes
    ----------
    plan : RunPlan
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
