"""Which samples are for training and which for validation, by row numbers and never by copies."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.data_checks import usable
from minitorchcnn.training.objectives import Objective
from minitorchcnn.types import Array, Samples, Subset


class Part(NamedTuple):
    """Samples with their targets.

    Attributes
    ----------
    x : ndarray or StoredArray, first axis N
    targets : ndarray, first axis N
    """

    x: Samples
    targets: Array


def prepared(
    model: Sequential, aim: Objective, x: Any, y: Any, validation: Any
) -> tuple[Part, Part | float | None]:
    """Return the user's data and validation data, or the fraction for it, found usable.

    Parameters
    ----------
    model : Sequential
    aim : Objective
    x, y, validation
        As `Trainer.fit` takes them.

    Raises
    ------
    ShapeError, DataError
        If they are not usable.
    """
    whole = _usable(model, aim, x, y)
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return whole, _usable(model, aim, *validation)
    return whole, validation


def _usable(model: Sequential, aim: Objective, x: Any, y: Any) -> Part:
    samples, targets = usable(model, aim, x, y, "Trainer")
    if isinstance(samples, np.memmap):
        samples = Subset(samples, np.arange(len(samples)), finite=True)
    return Part(samples, targets)


def split(data: Part, validation: Any, seed: int, *, by_class: bool) -> tuple[Part, Part | None]:
    """Set a fraction of the samples aside, by their numbers.

    Parameters
    ----------
    data : Part
    validation : float, Part or None
        A fraction above 0 and below 1; what is not one is returned as it is, beside all data.
    seed : int
        Which samples.
    by_class : bool
        Every class in proportion: the targets' first column.

    Returns
    -------
    training : Part
    held_out : Part or None

    Raises
    ------
    ArgumentError, DataError
        If it is no fraction, or leaves either part empty.
    """
    if validation is None or isinstance(validation, Part):
        return data, validation
    if not isinstance(validation, (int, float)) or isinstance(validation, bool):
        raise ArgumentError(
            f"validation must be (x, y), a fraction such as 0.2, or None, got {validation!r}."
        )
    x, targets = data
    rng = np.random.default_rng(seed)
    numbers = np.arange(len(x))
    if by_class:
        # the data sets and their readers are of no use to most models
        from minitorchcnn.datasets.split import stratified_split

        classes = targets.reshape(len(targets), -1)[:, 0]
        rows, _, held, _ = stratified_split(numbers, classes, validation, rng)
    else:
        count = round(len(x) * validation)
        if not 0 < count < len(x):
            raise DataError(
                f"validation fraction {validation} of {len(x)} samples leaves {count} for "
                f"validation and {len(x) - count} for training: both need at least one."
            )
        order = rng.permutation(len(x))
        rows, held = order[count:], order[:count]
    training, held_out = (Subset(x, which, finite=True) for which in (rows, held))
    return Part(training, targets[rows]), Part(held_out, targets[held])


def refuse_lonely_sample(model: Sequential, n: int, batch_size: int) -> None:
    """Raise `ArgumentError` if a batch of one sample would reach a BatchNorm of flat rows.

    Better before training than at the end of its first epoch.

    Parameters
    ----------
    model : Sequential
    n : int
        Samples to train on.
    batch_size : int
    """
    smallest = n % batch_size or min(n, batch_size)
    if smallest > 1:
        return
    for index, layer in enumerate(model.layers):
        values = int(np.prod((layer.input_shape or ())[1:]))
        if layer.uses_batch_statistics and values == 1:
            sizes = range(batch_size + 1, n + 1)
            fitting = next((size for size in sizes if n % size != 1), 0)
            advice = f"use batch_size={fitting}" if fitting else "give at least 2 samples"
            raise ArgumentError(
                f"batch_size {batch_size} for {n} samples gives a batch of 1, and layer {index}, "
                f"{layer}, needs at least 2 values per channel to train on: {advice}."
            )
