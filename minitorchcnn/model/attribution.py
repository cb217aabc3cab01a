"""Where in an image a network found its answer: two measures of it, as plain numbers.

Nothing is kept in the layers and no parameter's gradient is touched, so a model may be asked in
the middle of training.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.trace import trace, trace_back
from minitorchcnn.types import Array
from minitorchcnn.validation import check_batch, check_finite, integer


def saliency(model: Sequential, x: Array, label: int | None = None) -> Array:
    """Return how strongly each pixel of one sample moves the logit of a class.

    |d logit[label] / d x|, of several channels the largest.

    Parameters
    ----------
    model : Sequential
        Used as in `predict`: Dropout passes everything, BatchNorm takes its running statistics.
    x : ndarray, shape of the model's input_shape, dtype of the model
        One sample, without batch axis.
    label : int or None
        A class, counted from 0; None takes the one that the model answers.

    Returns
    -------
    ndarray, shape (H, W), or (features,) for rows

    Raises
    ------
    ShapeError, DataError
        If x does not fit the model, or the model does not give a row of logits.
    ArgumentError
        If there is no such class.

    References
    ----------
    Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks, 2014, section 3.1.

    Examples
    --------
    >>> from minitorchcnn import Dense
    >>> model = Sequential([Dense(2, weight=[[1, -2, 3], [4, 0, -5]])], (3,))
    >>> saliency(model, np.ones(3, np.float32), label=0)
    array([1., 2., 3.], dtype=float32)
    """
    _, grad_x = _slopes(model, x, label, -1, "saliency")
    strength = np.abs(grad_x)
    return strength.max(axis=0) if strength.ndim == 3 else strength


def grad_cam(
    model: Sequential, x: Array, label: int | None = None, layer: int | None = None
) -> Array:
    """Return where the maps of a layer speak for a class: Grad-CAM.

    cam[i, j] = max(0, sum_c mean_{u,v}(d logit[label] / d maps[c, u, v]) * maps[c, i, j])

    Parameters
    ----------
    model : Sequential
        Used as in `predict`.
    x : ndarray, shape of the model's input_shape, dtype of the model
        One sample, without batch axis.
    label : int or None
        A class, counted from 0; None takes the one that the model answers.
    layer : int or None
        Index in ``model.layers`` of one that gives maps; None is the last Conv2D.

    Returns
    -------
    ndarray, shape (H_out, W_out) of the layer
        0 where nothing speaks for the class.

    Raises
    ------
    ShapeError, DataError
        If x does not fit the model, or the model does not give a row of logits.
    ArgumentError
        If there is no such class or layer, or the layer does not give maps.

    References
    ----------
    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, 2017, equations 1 and 2.
    """
    maps, grad_maps = _slopes(model, x, label, _map_layer(model, layer), "grad_cam")
    weight = grad_maps.mean(axis=(1, 2))
    cam: Array = np.maximum(np.einsum("c,cij->ij", weight, maps), 0)
    return cam


def _slopes(
    model: Sequential, x: Array, label: int | None, layer: int, owner: str
) -> tuple[Array, Array]:
    """Return a layer's output for one sample and the gradient of a logit there; -1 is x itself."""
    check_batch(np.asarray(x)[np.newaxis], model.input_shape, model.dtype, owner)
    check_finite(np.asarray(x)[np.newaxis], owner)
    if len(model.output_shape) != 1:
        raise ShapeError(
            f"{owner} needs a model that gives one logit for each class, this one gives outputs "
            f"of shape {model.output_shape}: end it with Flatten and Dense."
        )
    steps = list(trace(model.layers, np.asarray(x)[np.newaxis], training=False))
    logits = steps[-1].y
    grad = np.zeros_like(logits)
    grad[0, _class(label, logits[0], owner)] = 1
    for step in trace_back(steps[layer + 1 :], grad):
        grad = step.grad_x
    found = np.asarray(x) if layer < 0 else steps[layer].y[0]
    return found, grad[0]


def _class(label: Any, logits: Array, owner: str) -> int:
    """Return the class that is asked for; None is the answer of the model."""
    if label is None:
        return int(logits.argmax())
    wanted = integer(label, f"{owner}: label", minimum=0)
    if wanted >= len(logits):
        raise ArgumentError(
            f"{owner}: label must be from 0 to {len(logits) - 1}, one of the model's "
            f"{len(logits)} classes, got {wanted}."
        )
    return wanted


def _map_layer(model: Sequential, layer: int | None) -> int:
    """Return the index of a layer that gives maps, or raise `ArgumentError` naming those."""
    able = [i for i, stage in enumerate(model.layers) if len(stage.output_shape or ()) == 3]
    if layer is None:
        convolutions = [i for i in able if model.layers[i].weight_rows]
        if convolutions:
            return convolutions[-1]
        raise ArgumentError("grad_cam: the model has no Conv2D, name a layer that gives maps.")
    wanted = integer(layer, "grad_cam: layer", minimum=0)
    if wanted not in able:
        raise ArgumentError(
            f"grad_cam: layer must be one that gives maps, {able or 'none of this model'}, got "
            f"{wanted}."
        )
    return wanted
