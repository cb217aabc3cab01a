"""The step the tutorial leaves out: train a classifier, with the filters fixed or learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import (
    SGD,
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    Trainer,
    datasets,
    filters,
)

TRAINING, HELD_OUT = 1000, 2000
NOISE = 0.1
EPOCHS = 20


@dataclass(frozen=True)
class TrainedClassifier:
    """How a trained classifier does on digits it has not seen.

    Attributes
    ----------
    accuracy : float
        Share of all held-out digits that it calls correctly.
    nines, found : int
        Held-out nines, and how many of them it calls nines.
    others, false_alarms : int
        Held-out other digits, and how many of them it calls nines.
    probability : float
        That the tutorial's own picture is a nine.
    before, after : ndarray, shape (3, 1, 3, 3)
        The filters.
    """

    model: Sequential
    accuracy: float
    nines: int
    found: int
    others: int
    false_alarms: int
    probability: float
    before: NDArray[np.float32]
    after: NDArray[np.float32]

    @property
    def mistakes(self) -> int:
        """Nines missed and false alarms together."""
        return self.nines - self.found + self.false_alarms

    @property
    def kept(self) -> list[float]:
        """Correlation of each filter with its start."""
        pairs = zip(self.before, self.after, strict=True)
        return [float(np.corrcoef(old.ravel(), new.ravel())[0, 1]) for old, new in pairs]


def build_classifier(*, learn_filters: bool, seed: int) -> Sequential:
    """Return the tutorial's network with one output: positive means nine.

    Parameters
    ----------
    learn_filters : bool
        False freezes the hand-set filters. The start is the same either way.
    seed : int
        First weights of the last layer.
    """
    layers = [
        Conv2D(3, 3, bias=False, weight=filters.tutorial(), trainable=learn_filters),
        ReLU(),
        MaxPool(2, stride=1),
        Flatten(),
        Dense(1),
    ]
    return Sequential(layers, input_shape=(1, 7, 5), seed=seed)


def train(*, learn_filters: bool, seed: int) -> TrainedClassifier:
    """Train on noisy 5 x 7 digits and measure on others.

    Parameters
    ----------
    seed : int
        Of the last layer, the digits and their order.
    """
    rng = np.random.default_rng(seed)
    x, y = datasets.tutorial_digits(TRAINING, noise=NOISE, seed=rng)
    x_new, y_new = datasets.tutorial_digits(HELD_OUT, noise=NOISE, seed=rng)
    model = build_classifier(learn_filters=learn_filters, seed=seed)
    before = model.state_dict()["0.weight"]
    trainer = Trainer(model, SGD(0.1, momentum=0.9), loss="binary_cross_entropy", seed=seed)
    trainer.fit(x, (y == 9).astype(np.int64), epochs=EPOCHS, progress=False)
    is_nine, called_nine = y_new == 9, model.predict(x_new)[:, 0] > 0
    return TrainedClassifier(
        model=model,
        accuracy=float((is_nine == called_nine).mean()),
        nines=int(is_nine.sum()),
        found=int((is_nine & called_nine).sum()),
        others=int((~is_nine).sum()),
        false_alarms=int((~is_nine & called_nine).sum()),
        probability=nine_probability(model, datasets.tutorial_nine()),
        before=before,
        after=model.state_dict()["0.weight"],
    )


def nine_probability(model: Sequential, x: NDArray[np.float32]) -> float:
    """Return the probability of a nine that the model gives to one image.

    Parameters
    ----------
    model : Sequential
        Of one output.
    x : ndarray, shape (1, 1, 7, 5)
    """
    sigmoid = Sequential([Sigmoid()], input_shape=(1,))
    return float(sigmoid.predict(model.predict(x))[0, 0])
