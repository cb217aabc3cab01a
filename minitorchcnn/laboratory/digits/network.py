"""The best small network we have for digits, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from minitorchcnn import (
    SGD,
    BatchNorm,
    Conv2D,
    CosineSchedule,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    Trainer,
)
from minitorchcnn.laboratory.image_sets import ImageSet, load_image_set
from minitorchcnn.report.statistics import confusion_matrix


@dataclass(frozen=True)
class DigitPlan:
    """All that decides a run.

    Attributes
    ----------
    data : "synthetic" or "handwriting"
    seed : int
        Decides data, first weights, order of the samples and Dropout.
    train, test : int
        Images of the synthetic set.
    """

    data: str
    seed: int
    epochs: int
    train: int
    test: int

    @property
    def digits(self) -> ImageSet:
        """Return the images as this seed cuts them."""
        return load_image_set(self.data, self.seed, self.train, self.test)


@dataclass(frozen=True)
class DigitRun:
    """What came of a run.

    Attributes
    ----------
    train_accuracy, test_accuracy : float
        In [0, 1].
    confusion : ndarray, shape (10, 10), int64
        Counts on the test part; rows are the true digits.
    state : dict of str to ndarray
        The network's `state_dict`.
    """

    plan: DigitPlan
    train_accuracy: float
    test_accuracy: float
    confusion: np.ndarray = field(repr=False)
    state: dict[str, np.ndarray] = field(repr=False)

    def model(self) -> Sequential:
        """Return the trained network."""
        model = build_digit_network(self.plan.digits.x_train.shape[1:], self.plan.seed)
        model.load_state_dict(self.state)
        return model


def build_digit_network(input_shape: tuple[int, ...], seed: int) -> Sequential:
    """Return the untrained network: 21,578 numbers for 8 x 8 pixels, 29,290 for 28 x 28.

    Returns
    -------
    Sequential
        Blocks of Conv2D (3 x 3), BatchNorm, ReLU and MaxPool (two for small images, three for
        large ones), then Dropout and Dense.
    """
    # A third block leaves the Dense layer 576 features of 28 x 28 pixels; with 3,136 of them it
    # did not train reliably.
    filters = (32, 64) if input_shape[-1] < 16 else (16, 32, 64)
    blocks = [
        layer
        for count in filters
        for layer in (Conv2D(count, 3, padding="same"), BatchNorm(), ReLU(), MaxPool(2))
    ]
    layers = [*blocks, Flatten(), Dropout(0.4), Dense(10)]
    return Sequential(layers, input_shape=input_shape, seed=seed)


def train(plan: DigitPlan) -> DigitRun:
    """Train a network as planned and measure it once, at the end.

    Raises
    ------
    NonFiniteError
        If training diverges.
    """
    digits = plan.digits
    model = build_digit_network(digits.x_train.shape[1:], plan.seed)
    schedule = CosineSchedule(plan.epochs)
    optimizer = SGD(0.02, momentum=0.9, weight_decay=1e-3, schedule=schedule)
    trainer = Trainer(model, optimizer, batch_size=32, seed=plan.seed, workers=1)
    trainer.fit(digits.x_train, digits.y_train, epochs=plan.epochs, progress=False)
    answers = model.predict(digits.x_test, workers=1).argmax(axis=1)
    confusion = confusion_matrix(digits.y_test, answers, 10)
    return DigitRun(
        plan=plan,
        train_accuracy=trainer.evaluate(digits.x_train, digits.y_train)["accuracy"],
        test_accuracy=float(np.trace(confusion) / confusion.sum()),
        confusion=confusion,
        state=model.state_dict(),
    )
