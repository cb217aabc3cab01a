"""One walk through a model, layer by layer: each one's input, output and gradients.

Whoever wants to look at the maps or gradients of a chain goes this way. Training does not: it
computes neighbouring layers together (`model.fusion`) and keeps as little as it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from minitorchcnn.errors import CallOrderError
from minitorchcnn.layers.base import Layer
from minitorchcnn.types import Array


class TracedLayer(NamedTuple):
    """A layer on the way up.

    Attributes
    ----------
    position : int
        In the chain.
    x, y : ndarray, shape (N, ...)
        What it was given and what it made of it.
    saved : object
        What its `gradients` needs.
    """

    position: int
    layer: Layer
    x: Array
    y: Array
    saved: Any


class TracedGradient(NamedTuple):
    """A layer on the way down.

    Attributes
    ----------
    grad_y, grad_x : ndarray, shapes of y and x
    grads : list of (ndarray or None)
        One for each of the layer's parameters; None for frozen ones.
    """

    traced: TracedLayer
    grad_y: Array
    grad_x: Array
    grads: list[Array | None]


def trace(layers: Iterable[Layer], x: Array, *, training: bool) -> Iterator[TracedLayer]:
    """Send a batch up a chain of layers and yield each as it is passed; keeps nothing itself.

    Parameters
    ----------
    layers : iterable of Layer
        Built, first to last.
    x : ndarray, shape (N, *input_shape)
        Not checked.
    training : bool
        Whether Dropout draws and BatchNorm takes the batch's statistics.

    Yields
    ------
    TracedLayer

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn import Conv2D, Flatten, Sequential
    >>> model = Sequential([Conv2D(2, 3), Flatten()], input_shape=(1, 5, 5))
    >>> x = np.zeros((4, 1, 5, 5), np.float32)
    >>> [(step.position, step.y.shape) for step in trace(model.layers, x, training=False)]
    [(0, (4, 2, 3, 3)), (1, (4, 18))]
    """
    for index, layer in enumerate(layers):
        try:
            y, saved = layer.compute(x, training=training)
        except Exception as error:
            error.add_note(f"This is layer {index}, {layer}, given x of shape {x.shape}.")
            raise
        yield TracedLayer(index, layer, x, y, saved)
        x = y


def trace_back(traced: Sequence[TracedLayer], grad_y: Array) -> Iterator[TracedGradient]:
    """Send a gradient back down what `trace` passed, and yield each layer, last to first.

    Parameters
    ----------
    traced : sequence of TracedLayer
        Neighbours, first to last; not necessarily the whole chain.
    grad_y : ndarray, shape of the last one's y
        Gradient of the loss with respect to it.

    Yields
    ------
    TracedGradient

    Raises
    ------
    CallOrderError
        If a layer gives no gradient for its input.
    """
    for step in reversed(traced):
        grad_x, grads = step.layer.gradients(grad_y, step.saved, need_grad_x=True)
        if grad_x is None:
            raise CallOrderError(f"{step.layer}: gradients() gave no grad_x although it was asked.")
        yield TracedGradient(step, grad_y, grad_x, grads)
        grad_y = grad_x
