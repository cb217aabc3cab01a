"""Training runs for the doctor to look at: sabotaged in one way each, and healthy ones."""

from typing import Any, NamedTuple

import numpy as np

from minitorchcnn import (
    SGD,
    AvgPool,
    BatchNorm,
    Conv2D,
    CosineSchedule,
    Dense,
    Doctor,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool,
    NonFiniteError,
    ReLU,
    Sequential,
    Sigmoid,
    StepSchedule,
    Tanh,
    Trainer,
    datasets,
)
from tests.diagnostics.training.networks import (
    InOrder,
    biased,
    by_class,
    lenet,
    mlp,
    permuted,
    small,
    with_normal,
)

HAND = datasets.handwriting()
PAGES = datasets.synthetic_digits(600, size=14, seed=1)
NINE = datasets.tutorial_digits(300, seed=2)


class Run(NamedTuple):
    """One training: its name, the finding it must lead to ("" for none), and how to do it."""

    name: str
    finding: str
    layers: Any  # () -> list of layers
    data: Any = HAND
    rate: float = 0.05
    momentum: float = 0.9
    epochs: int = 3
    n: int = 600
    validation: Any = 0.2
    batch_size: int = 32
    loss: str = "softmax_cross_entropy"
    schedule: Any = None
    seed: int = 0
    weight_decay: float = 0.0
    trainer: type[Trainer] = Trainer


def examined(run):
    """Train a run under a doctor and return it."""
    x, y = run.data
    x, y = x[: run.n], y[: run.n]
    doctor = Doctor(quiet=True)
    model = Sequential(run.layers(), x.shape[1:], seed=run.seed)
    optimizer = SGD(run.rate, run.momentum, weight_decay=run.weight_decay, schedule=run.schedule)
    trainer = run.trainer(
        model, optimizer, loss=run.loss, batch_size=run.batch_size, seed=run.seed, workers=1
    )
    try:
        trainer.fit(x, y, run.epochs, validation=run.validation, callbacks=[doctor], progress=False)
    except NonFiniteError:
        if not run.finding:
            raise
    return doctor


X, Y = HAND
SABOTAGED = [
    Run("learning rate 1000x too large", "large_updates", lenet, rate=50.0),
    Run("learning rate 1000x too large, no momentum", "large_updates", mlp, rate=300.0, momentum=0),
    Run("learning rate 100x too large", "large_updates", small, rate=10.0),
    Run("learning rate 1000x too small", "small_updates", lenet, rate=2e-5, momentum=0.0),
    Run("learning rate a millionth", "small_updates", mlp, rate=5e-8),
    Run("learning rate 0", "frozen", small, rate=0.0),
    Run("zero filters", "dead", lambda: small(initializer="zeros")),
    Run("zero units", "dead", lambda: mlp(initializer="zeros")),
    Run("dead filters by bias", "dead", lambda: biased(-100.0)),
    Run("two dead filters", "dead", lambda: biased(-100.0, slice(0, 2))),
    Run("all frozen", "frozen", lambda: [Flatten(), Dense(10, trainable=False)]),
    Run("no parameters", "frozen", lambda: [AvgPool((8, 1)), Flatten(), ReLU()], (X, Y % 8)),
    Run("pixels 0 .. 255", "input_scale", lenet, ((X + 1) * 127.5, Y)),
    Run("pixels 0 .. 16", "input_scale", mlp, ((X + 1) * 8, Y), rate=0.01),
    Run(
        "labels of other images",
        "stuck",
        small,
        permuted(HAND),
        rate=0.01,
        n=1797,
        epochs=6,
        validation=None,
    ),
    Run(
        "labels learned by heart",
        "unrelated_labels",
        lambda: mlp(hidden=(256,)),
        permuted(HAND),
        n=100,
        epochs=30,
        rate=0.02,
        batch_size=8,
    ),
    Run(
        "20 images",
        "drift",
        lambda: mlp(hidden=(64,)),
        n=40,
        epochs=30,
        validation=(X[-300:], Y[-300:]),
        batch_size=8,
    ),
    Run("deep sigmoids", "vanishing", lambda: mlp(Sigmoid, (32,) * 8)),
    Run(
        "deep small tanhs", "vanishing", lambda: mlp(Tanh, (32,) * 8, initializer=with_normal(0.01))
    ),
    Run(
        "first weights of 10",
        "exploding",
        lambda: mlp(ReLU, (32, 32), initializer=with_normal(5.0)),
        rate=0.01,
    ),
    Run(
        "first filters of 30", "exploding", lambda: lenet(initializer=with_normal(100.0)), rate=1e-3
    ),
    Run("one class", "one_class", small, (X, 0 * Y + 3)),
    Run(
        "sorted and unshuffled",
        "unshuffled",
        small,
        by_class(HAND),
        trainer=InOrder,
        validation=None,
    ),
    Run(
        "one class of hundred",
        "one_answer",
        mlp,
        (X, (np.arange(len(X)) % 100 == 0) * 1),
        n=1000,
        rate=0.01,
    ),
]

HEALTHY = [
    Run("LeNet", "", lenet, rate=0.02),
    Run("LeNet, 15 epochs", "", lenet, epochs=15, rate=0.02),
    Run("LeNet, cosine to 0", "", lenet, schedule=CosineSchedule(8), epochs=8, rate=0.02),
    Run("steps", "", small, schedule=StepSchedule(2), epochs=8),
    Run("one epoch", "", small, epochs=1, rate=0.02),
    Run("linear", "", lambda: [Flatten(), Dense(10)], rate=0.1),
    Run("MLP", "", mlp),
    Run(
        "eight layers",
        "",
        lambda: [
            Flatten(),
            *[layer for _ in range(7) for layer in (Dense(32), BatchNorm(), ReLU())],
            Dense(10),
        ],
        epochs=6,
    ),
    Run("MLP, no momentum", "", mlp, momentum=0.0, rate=0.1),
    Run("deep MLP", "", lambda: mlp(ReLU, (64, 64, 64)), epochs=5, rate=0.02),
    Run("Tanh", "", lambda: mlp(Tanh, (32, 32)), rate=0.02),
    Run("one Sigmoid", "", lambda: mlp(Sigmoid), rate=0.1, epochs=6),
    Run("LeakyReLU", "", lambda: mlp(LeakyReLU, (48,))),
    Run(
        "BatchNorm",
        "",
        lambda: [Conv2D(8, 3, bias=False), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Dense(10)],
        epochs=4,
    ),
    Run("Dropout", "", lambda: [*mlp(hidden=(64,))[:-1], Dropout(0.3), Dense(10)], epochs=5),
    Run(
        "global mean",
        "",
        lambda: [Conv2D(16, 3), ReLU(), Conv2D(24, 3), ReLU(), GlobalAvgPool(), Dense(10)],
        epochs=6,
        n=1200,
        rate=0.02,
    ),
    Run("drawn digits", "", lenet, PAGES, epochs=4, rate=0.01),
    Run("drawn digits, other seed", "", small, PAGES, epochs=5, rate=0.02, seed=3),
    Run(
        "tutorial digits",
        "",
        lambda: [Conv2D(6, 3), ReLU(), MaxPool(2, stride=1), Flatten(), Dense(10)],
        NINE,
        epochs=8,
    ),
    Run("weight decay", "", small, weight_decay=1e-3, epochs=5),
    Run("even or odd", "", lambda: small(1), (X, Y % 2), loss="binary_cross_entropy", epochs=5),
    Run(
        "squared error",
        "",
        lambda: mlp(units=1),
        (X, (Y[:, np.newaxis] / 9).astype("f4")),
        loss="mean_squared_error",
        epochs=6,
        rate=0.02,
    ),
    Run("frozen first filters", "", lambda: small(trainable=False), epochs=5),
    Run("half frozen filters", "", lambda: small(trainable=[True] * 4 + [False] * 4), epochs=5),
    Run("large batches", "", small, batch_size=128, rate=0.1, epochs=6),
    Run("small batches", "", small, batch_size=4, rate=0.002, epochs=3),
    Run("pixels 0 .. 1", "", small, ((X + 1) / 2, Y), epochs=5),
    Run("LeNet, seed 1", "", lenet, seed=1, epochs=6, rate=0.02),
    Run("LeNet, seed 2", "", lenet, seed=2, epochs=6, rate=0.02),
]
