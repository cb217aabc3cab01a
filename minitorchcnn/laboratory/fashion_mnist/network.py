"""The small network for Fashion-MNIST, and how its settings were chosen without the test images."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minitorchcnn import (
    SGD,
    Conv2D,
    CosineSchedule,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    Trainer,
)
from minitorchcnn.laboratory.fashion_mnist.data import CLASSES, load_fashion

MOMENTUM = 0.9
#: Training images that the choice is made on; they are not trained on then.
HELD_OUT = 10_000


@dataclass(frozen=True)
class Settings:
    """What was to be chosen.

    Attributes
    ----------
    filters : tuple of int
        Of each block of Conv2D 3 x 3, ReLU and MaxPool.
    hidden : int
        Units between the blocks and the ten classes; 0 for none.
    learning_rate : float
        Of the first epoch; it falls along half a cosine.
    """

    filters: tuple[int, ...]
    hidden: int
    batch_size: int
    learning_rate: float


CANDIDATES = (
    Settings((16, 32), 0, 64, 0.05),
    Settings((16, 32), 0, 64, 0.02),
    Settings((16, 32), 64, 64, 0.05),
    Settings((16, 32), 64, 64, 0.02),
    Settings((16, 32), 64, 64, 0.01),
    Settings((16, 32), 64, 32, 0.02),
    Settings((16, 32), 64, 32, 0.01),
    Settings((16, 32, 32), 0, 64, 0.02),
)
CHOSEN = CANDIDATES[3]


@dataclass(frozen=True)
class FashionPlan:
    """What a run is asked for; the names are those of the script's options.

    Attributes
    ----------
    data : Path
        Folder of the images.
    images : int or None
        Train on the first so many; None on all.
    output : Path
        Folder for what is written.
    workers : int
        Threads; the results do not depend on it.
    """

    data: Path
    epochs: int
    images: int | None
    seed: int
    output: Path
    workers: int


def build_network(settings: Settings, seed: int) -> Sequential:
    """Return the untrained network."""
    blocks = [
        layer
        for count in settings.filters
        for layer in (Conv2D(count, 3, padding="same"), ReLU(), MaxPool(2))
    ]
    hidden = [Dense(settings.hidden), ReLU()] if settings.hidden else []
    layers = [*blocks, Flatten(), *hidden, Dense(len(CLASSES))]
    return Sequential(layers, input_shape=(1, 28, 28), seed=seed)


def build_trainer(settings: Settings, plan: FashionPlan) -> Trainer:
    """Return a trainer of a new network."""
    schedule = CosineSchedule(plan.epochs)
    return Trainer(
        build_network(settings, plan.seed),
        SGD(settings.learning_rate, momentum=MOMENTUM, schedule=schedule),
        batch_size=settings.batch_size,
        seed=plan.seed,
        workers=plan.workers,
    )


def compare_settings(plan: FashionPlan) -> int:
    """Train every candidate on part of the training images and measure it on the others.

    Returns
    -------
    int
        0
    """
    data = load_fashion(plan.data, plan.images)
    held = min(HELD_OUT, len(data.x) // 6)
    rows = np.random.default_rng(plan.seed).permutation(len(data.x))
    out, kept = rows[:held], rows[held:]
    print(f"{len(kept):,} training images, accuracy on {held:,} others, {plan.epochs} epochs\n")
    print(f"{'filters':12}{'hidden':>8}{'batch':>8}{'rate':>8}{'numbers':>10}{'accuracy %':>12}")
    for settings in CANDIDATES:
        trainer = build_trainer(settings, plan)
        trainer.fit(data.x[kept], data.y[kept], plan.epochs, progress=sys.stderr.isatty())
        accuracy = trainer.evaluate(data.x[out], data.y[out])["accuracy"]
        numbers = sum(parameter.size for parameter in trainer.model.parameters())
        print(
            f"{', '.join(map(str, settings.filters)):12}{settings.hidden:8}"
            f"{settings.batch_size:8}{settings.learning_rate:8g}{numbers:10,}"
            f"{100 * accuracy:12.2f}",
            flush=True,
        )
    return 0
