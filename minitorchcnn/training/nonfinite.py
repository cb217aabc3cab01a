"""NaN and infinity in training: where they began, said by name, so that one learns from it."""

from __future__ import annotations

import copy
import math

import numpy as np

from minitorchcnn.errors import NonFiniteError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.trace import trace
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.training.evaluation import TOGETHER
from minitorchcnn.types import Array, Samples


def non_finite_loss(
    model: Sequential,
    x: Array,
    loss: float,
    where: str,
    optimizer: Optimizer,
    *,
    training: bool = True,
) -> NonFiniteError:
    """Return the error for a loss that is NaN or infinite on the batch x.

    Parameters
    ----------
    x : ndarray, shape (N, *input_shape)
    where : str
        The epoch and batch, for the message.
    training : bool
        Whether the loss was one of training or of validation.
    """
    # on a copy: another forward pass moves the statistics of BatchNorm
    place = first_non_finite(copy.deepcopy(model), x, training=training)
    place = place or "the loss itself: its targets or outputs are too large"
    return NonFiniteError(
        f"training ended at {where}: the loss is {loss}. The first non-finite numbers are in "
        f"{place}. Try a smaller learning rate (now {optimizer.current_learning_rate:g}), inputs "
        f"in [-1, 1], or smaller first weights."
    )


def refuse_non_finite_weights(model: Sequential, where: str) -> None:
    """Raise `NonFiniteError` if the last updates ruined a parameter before a loss could show it."""
    for index, layer in enumerate(model.layers):
        for parameter in layer.parameters():
            if not np.isfinite(parameter.value).all():
                raise NonFiniteError(
                    f"training ended after {where}: parameter {parameter.name} of layer {index}, "
                    f"{layer}, holds NaN or infinity. Try a smaller learning rate."
                )


def refuse_non_finite_measure(
    measured: dict[str, float], model: Sequential, x: Samples, where: str, optimizer: Optimizer
) -> None:
    """Raise `NonFiniteError` if a loss of validation is NaN or infinite; says where it began.

    Parameters
    ----------
    measured : dict
        From `evaluate`.
    x : ndarray or StoredArray, shape (N, *input_shape)
    where : str
        The epoch, for the message.
    """
    if math.isfinite(measured["loss"]):
        return
    parts = (x[start : start + TOGETHER] for start in range(0, len(x), TOGETHER))
    bad = (part for part in parts if not np.isfinite(model.predict(part)).all())
    first = next(bad, x[:TOGETHER])
    raise non_finite_loss(model, first, measured["loss"], where, optimizer, training=False)


def first_non_finite(model: Sequential, x: Array, *, training: bool = True) -> str | None:
    """Name the first parameter or layer output of a forward pass that is not finite.

    Parameters
    ----------
    x : ndarray, shape (N, *input_shape)
    training : bool
        Whether Dropout and BatchNorm behave as in training.

    Returns
    -------
    str or None
        None if everything is finite.
    """
    if not np.isfinite(x).all():
        return "the input x"
    with np.errstate(over="ignore", invalid="ignore"):
        for index, layer, _, y, _ in trace(model.layers, x, training=training):
            for parameter in layer.parameters():
                if not np.isfinite(parameter.value).all():
                    return f"parameter {parameter.name} of layer {index}, {layer}"
            if not np.isfinite(y).all():
                return f"the output of layer {index}, {layer}"
    return None
