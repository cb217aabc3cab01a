"""Small networks, healthy and spoiled, for the doctor's runs."""

import numpy as np

from minitorchcnn import (
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Trainer,
)


def lenet(units=10, **options):
    return [
        Conv2D(8, 3, padding="same", **options),
        ReLU(),
        MaxPool(2),
        Conv2D(16, 3, padding="same"),
        ReLU(),
        Flatten(),
        Dense(units),
    ]


def small(units=10, **options):
    return [Conv2D(8, 3, padding="same", **options), ReLU(), MaxPool(2), Flatten(), Dense(units)]


def mlp(activation=ReLU, hidden=(32,), units=10, **options):
    layers = [Flatten()]
    for size in hidden:
        layers += [Dense(size, **options), activation()]
    return [*layers, Dense(units)]


def biased(value, only=slice(None)):
    """Return a net whose first filters begin with a bias far below everything they see."""
    layers = small()

    class Sunk(Conv2D):
        def _build(self, input_shape, rng):
            shape = super()._build(input_shape, rng)
            self.parameters()[1].value[only] = value
            return shape

    return [Sunk(8, 3, padding="same"), *layers[1:]]


def with_normal(scale):
    return lambda shape, rng: rng.normal(0.0, scale, shape)


def permuted(data, seed=0):
    x, y = data
    return x, np.random.default_rng(seed).permutation(y)


class InOrder(Trainer):
    """A trainer that forgets to shuffle."""

    def batch_rows(self, n):
        for start in range(0, n, self.batch_size):
            yield np.arange(start, min(start + self.batch_size, n))


def by_class(data, n=600):
    x, y = data[0][:n], data[1][:n]
    order = np.argsort(y, kind="stable")
    return x[order], y[order]
