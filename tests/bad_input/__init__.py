"""Tables of slips: each with the error that a user should read, apart by where it happens."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn import SGD, Conv2D, Dense, Flatten, MinitorchcnnError, Sequential, Trainer


class Slip(NamedTuple):
    """A mistake somebody will make, and what the message must say."""

    what: str
    do: Callable[[], Any]
    error: type[MinitorchcnnError]
    match: str


def images(n=4, *, shape=(1, 6, 5), dtype="float32"):
    return np.ones((n, *shape), dtype)


def labels(n=4):
    return np.arange(n) % 3


def image_model():
    """Return a small classifier of three classes for grey images of 6 x 5 pixels."""
    return Sequential([Conv2D(2, 3), Flatten(), Dense(3)], (1, 6, 5))


def row_model(units=1, features=3, **options):
    return Sequential([Dense(units)], (features,), **options)


def fit(x=None, y=None, *, model=None, loss="softmax_cross_entropy", **options):
    """Train for one epoch on images, or on what is given."""
    trainer = Trainer(model or image_model(), SGD(0.01), loss=loss)
    x, y = images() if x is None else x, labels() if y is None else y
    return trainer.fit(x, y, epochs=1, progress=False, **options)
