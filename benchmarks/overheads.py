"""`python -m benchmarks.overheads`: what watching and saving a training costs beside the training.

Shares of time are printed and not asserted in tests: on a busy machine they say nothing.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minitorchcnn import (
    SGD,
    Checkpoint,
    Conv2D,
    DataWarning,
    Dense,
    Doctor,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    Trainer,
    datasets,
)

TURNS = 3


def lenet() -> Sequential:
    """Return a small network for digits of 28 x 28 pixels."""
    layers = [Conv2D(8, 5), ReLU(), MaxPool(2), Conv2D(16, 5), ReLU(), MaxPool(2), Flatten()]
    return Sequential([*layers, Dense(10)], (1, 28, 28), seed=0)


class TimedDoctor(Doctor):
    """A doctor whose time is taken at every hook."""

    seconds = 0.0

    def _timed(self, hook: Callable[..., None], *arguments: Any) -> None:
        started = time.perf_counter()
        hook(*arguments)
        self.seconds += time.perf_counter() - started

    def on_epoch_start(self, *arguments: Any) -> None:
        """Take the time."""
        self._timed(super().on_epoch_start, *arguments)

    def on_step_end(self, *arguments: Any) -> None:
        """Take the time."""
        self._timed(super().on_step_end, *arguments)

    def on_epoch_end(self, *arguments: Any) -> None:
        """Take the time."""
        self._timed(super().on_epoch_end, *arguments)


def doctor_share(x: Any, y: Any) -> float:
    """Return the doctor's share of two epochs."""
    doctor, started = TimedDoctor(quiet=True), time.perf_counter()
    trainer = Trainer(lenet(), SGD(0.01, 0.9), workers=1)
    trainer.fit(x, y, 2, callbacks=[doctor], progress=False)
    return doctor.seconds / (time.perf_counter() - started)


def check_share(x: Any, y: Any) -> float:
    """Return the time of `model.check`, which `fit` does by itself, over that of an epoch."""
    trainer = Trainer(lenet(), SGD(0.01), workers=1)
    seconds = trainer.fit(x, y, 1, progress=False).records[0]["seconds"]
    started = time.perf_counter()
    with warnings.catch_warnings(action="ignore", category=DataWarning):
        trainer.model.check(x, y)
    return (time.perf_counter() - started) / seconds


def checkpoint_seconds(x: Any, y: Any) -> float:
    """Return what writing one checkpoint takes: training with one after each step, or without."""
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for callbacks in ([], [Checkpoint(Path(folder) / "run", every=1)]):
            trainer = Trainer(lenet(), SGD(0.01, 0.9), workers=1)
            history = trainer.fit(x, y, 1, callbacks=callbacks, progress=False)
            taken.append(history.records[0]["seconds"])
    return (taken[1] - taken[0]) / -(-len(x) // 32)


def step_seconds() -> float:
    """Return the time of `trainer.step` where there is next to nothing to compute."""
    x, y = datasets.handwriting()
    model = Sequential([Flatten(), Dense(10)], (1, 8, 8), seed=0)
    trainer, steps = Trainer(model, SGD(0.1, momentum=0.9), workers=1), 2000
    started = time.perf_counter()
    for _ in range(steps):
        trainer.step(x[:32], y[:32])
    return (time.perf_counter() - started) / steps


def main() -> None:
    """Measure each in turn, several times, and print the smallest: the rest is other work."""
    x, y = datasets.synthetic_digits(1500, seed=0)
    doctor = min(doctor_share(x, y) for _ in range(TURNS))
    check = min(check_share(x, y) for _ in range(TURNS))
    checkpoint = min(checkpoint_seconds(x, y) for _ in range(TURNS))
    step = min(step_seconds() for _ in range(TURNS))
    print(f"doctor: {doctor:.1%} of training (aim: below 5 %)")
    print(f"check before training: {check:.2%} of an epoch of {len(x)} digits (aim: below 1 %)")
    print(f"one checkpoint: {1e3 * checkpoint:.1f} ms")
    print(f"one step of a tiny network: {1e6 * step:.0f} microseconds")


if __name__ == "__main__":
    main()
