"""Evaluation: what a model is worth on data that it does not learn from."""

from __future__ import annotations

import numpy as np

from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.objectives import Objective
from minitorchcnn.types import Array, Samples

#: Samples in memory at a time.
TOGETHER = 256


def evaluate(
    model: Sequential, objective: Objective, x: Samples, targets: Array, workers: int
) -> dict[str, float]:
    """Return the loss, and the accuracy where the loss has one.

    Parameters
    ----------
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
    result = {"loss": objective.loss(outputs, targets)[0]}
    if objective.correct is not None:
        result["accuracy"] = float(objective.correct(outputs, targets).mean())
    return result
