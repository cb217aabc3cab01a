"""One network that learns from drawn digits alone, and what it reads of people's afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minitorchcnn import SGD, CosineSchedule, FormatError, Sequential, Trainer, datasets, softmax
from minitorchcnn.laboratory.digits.network import build_digit_network
from minitorchcnn.laboratory.transfer.rescale import as_8x8

#: Drawn images to train on and how often each is seen, by the side of the images in pixels.
FULL = {28: (20_000, 6), 8: (12_000, 10)}
QUICK = {28: (3_000, 3), 8: (3_000, 6)}

#: Drawn images are made this large before they are normalised to 8 x 8 pixels.
LARGE = 64
#: Mistakes in the first images decided which skeletons were mended; those in the others did not.
LOOKED_AT = 898
#: The form that most scans of digits have: 20 x 20 pixels of digit in 28 x 28.
MNIST_SIDE = 28

#: What a network is tested on, and how tables call it.
TITLES = {
    "drawn": "drawn by others",
    "looked at": "people's, first half",
    "unseen": "people's, second half",
    "judge": "the file to be judged",
}


@dataclass(frozen=True)
class TransferPlan:
    """All that decides a run.

    Attributes
    ----------
    size : 8 or 28
        8 reads the handwriting that comes with the package, 28 the MNIST form.
    seed : int
        Decides the drawn images, first weights, order of the samples and Dropout.
    images, epochs : int
        Drawn images to train on, and how often each is seen.
    judge : Path or None
        A file of scans in the MNIST form, for size 28.
    test : int
        Drawn images of other imaginary writers to test on.
    """

    size: int
    seed: int
    images: int
    epochs: int
    judge: Path | None = None
    test: int = 2_000


@dataclass(frozen=True)
class Reading:
    """What a network answered to one set of images.

    Attributes
    ----------
    labels : ndarray, shape (N,), int64
    probabilities : ndarray, shape (N, 10)
    """

    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def answers(self) -> np.ndarray:
        """Return the most probable digits, shape (N,)."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def accuracy(self) -> float:
        """Return the share of correct answers."""
        return float((self.answers == self.labels).mean())


@dataclass(frozen=True)
class TransferRun:
    """What came of a run: the readings by the names in TITLES, the weights, the time."""

    plan: TransferPlan
    readings: dict[str, Reading]
    state: dict[str, np.ndarray]
    seconds: float

    def model(self) -> Sequential:
        """Return the trained network."""
        model = build_digit_network((1, self.plan.size, self.plan.size), self.plan.seed)
        model.load_state_dict(self.state)
        return model


def make_plans(
    scale: Mapping[int, tuple[int, int]], seeds: Iterable[int], judge: Path | None = None
) -> list[TransferPlan]:
    """Plan a network for each size of a scale such as `FULL` and each seed."""
    return [
        TransferPlan(size, seed, images, epochs, judge)
        for size, (images, epochs) in scale.items()
        for seed in seeds
    ]


def run(plan: TransferPlan) -> TransferRun:
    """Train on drawn digits alone, then read each set once.

    Raises
    ------
    NonFiniteError
        If training diverges.
    FormatError
        If the file to be judged is not in the MNIST form.
    """
    start = time.perf_counter()
    x, y = draw_digits(plan.size, plan.images, [plan.seed, 0])
    model = build_digit_network(x.shape[1:], plan.seed)
    schedule = CosineSchedule(plan.epochs)
    optimizer = SGD(0.02, momentum=0.9, weight_decay=1e-3, schedule=schedule)
    trainer = Trainer(model, optimizer, batch_size=32, seed=plan.seed, workers=1)
    trainer.fit(x, y, epochs=plan.epochs, progress=False)
    readings = {name: read_digits(model, *images) for name, images in load_test_sets(plan).items()}
    return TransferRun(plan, readings, model.state_dict(), time.perf_counter() - start)


def draw_digits(size: int, images: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return drawn digits (N, 1, size, size) with the generator's defaults, and labels (N,)."""
    rng = np.random.default_rng(seed)
    if size == MNIST_SIDE:
        return datasets.synthetic_digits(images, seed=rng)
    x, y = datasets.synthetic_digits(images, size=LARGE, seed=rng)
    return as_8x8(x), y


def load_test_sets(plan: TransferPlan) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the images and labels that a run is tested on, by the names in TITLES."""
    sets = {"drawn": draw_digits(plan.size, plan.test, [plan.seed, 1])}
    if plan.size != MNIST_SIDE:
        x, y = datasets.handwriting()
        sets["looked at"] = x[:LOOKED_AT], y[:LOOKED_AT]
        sets["unseen"] = x[LOOKED_AT:], y[LOOKED_AT:]
    elif plan.judge is not None:
        sets["judge"] = load_scans(plan.judge)
    return sets


def load_scans(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read scans of digits in the MNIST form: the test part, or all where there is none.

    Parameters
    ----------
    path : Path
        Anything that `datasets.load` reads.

    Returns
    -------
    x : ndarray, shape (N, 1, 28, 28), float32
    y : ndarray, shape (N,), int64

    Raises
    ------
    FormatError
        If the images have another size, or the classes are not digits.
    """
    images = datasets.load(path)
    images = images if images.test is None else images.test
    if images.x.shape[1:] != (1, MNIST_SIDE, MNIST_SIDE):
        raise FormatError(
            f"{path} has images of shape {images.x.shape[1:]}, expected (1, 28, 28): the "
            f"MNIST form. Bring each digit to it with datasets.prepare_digit first."
        )
    names = images.class_names
    if not all(name in "0123456789" and len(name) == 1 for name in names):
        raise FormatError(f"{path} has the classes {', '.join(names)}, expected digits 0 to 9.")
    digits = np.array([int(name) for name in names], dtype=np.int64)
    return np.asarray(images.x[:]), digits[images.y]


def read_digits(model: Sequential, x: np.ndarray, labels: np.ndarray) -> Reading:
    """Return what a network answers to images (N, 1, H, W)."""
    return Reading(labels, softmax(model.predict(x, workers=1)))
