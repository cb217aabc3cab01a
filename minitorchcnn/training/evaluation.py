"""What a model is worth on data that it does not learn from."""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.model.sequential import Sequential
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.training.nonfinite import non_finite_loss
from minitorchcnn.training.objectives import Objective
from minitorchcnn.types import Array, Samples

#: Samples in memory at a time.
TOGETHER = 256


def measure(
    model: Sequential, aim: Objective, x: Samples, targets: Array, workers: int
) -> dict[str, float]:
    """Return the loss, and the accuracy where the loss has one.

    Parameters
    ----------
    model : Sequential
    aim : Objective
    x : ndarray or StoredArray, shape (N, *input_shape)
    targets : ndarray, first axis N
        As the objective prepared them.
    workers : int
        Threads.
    """
    outputs = np.empty((len(x), *model.output_shape), model.dtype)
    for start in range(0, len(x), TOGETHER):
        part = slice(start, start + TOGETHER)
        outputs[part] = model.predict(x[part], workers=workers)
    result = {"loss": aim.loss(outputs, targets)[0]}
    if aim.correct is not None:
        result["accuracy"] = float(aim.correct(outputs, targets).mean())
    return result


def refuse_non_finite_measure(
    measured: dict[str, float], model: Sequential, x: Samples, where: str, optimizer: Optimizer
) -> None:
    """Raise `NonFiniteError` if a loss of validation is NaN or infinite; says where it began.

    Parameters
    ----------
    measured : dict
        From `measure`.
    model : Sequential
    x : ndarray or StoredArray, shape (N, *input_shape)
    where : str
        The epoch, for the message.
    optimizer : Optimizer
    """
    if math.isfinite(measured["loss"]):
        return
    parts = (x[start : start + TOGETHER] for start in range(0, len(x), TOGETHER))
    bad = (part for part in parts if not np.isfinite(model.predict(part)).all())
    first = next(bad, x[:TOGETHER])
    raise non_finite_loss(model, first, measured["loss"], where, optimizer, training=False)
