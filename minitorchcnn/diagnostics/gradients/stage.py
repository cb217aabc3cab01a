"""One layer taken out of its chain, so that nobody else's mistake can be blamed on it.

A wrong gradient of x spoils every gradient below it. A layer by itself, with the inputs it has
in the model and a random cotangent in place of the layers above, has only its own mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.gradients.function import Streams, fitting
from minitorchcnn.errors import ArgumentError
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.fusion import Step
from minitorchcnn.types import Array


class Stage:
    """Outputs as a function of an input and parameters, and the gradients claimed for them.

    Attributes
    ----------
    index : int or None
        Place of the (first) layer in the model; None for the loss.
    title : str
        What to call it.
    layer : Layer or None
        The one that owns the parameters.
    arrays : dict of str to ndarray
        "x" and the parameters by their short names; changing them in place moves the point.
    cotangent : ndarray, shape of the outputs
        Weights of the outputs in the scalar whose gradients are compared.
    magnitude : float
        Numbers of at least this size go into an output, which bounds its rounding error.
    """

    magnitude = 0.0

    def __init__(self, index: int | None, title: str, layer: Layer | None, x: Array) -> None:
        self.index, self.title, self.layer = index, title, layer
        self.arrays = {"x": x.copy()}
        self.cotangent: Array = np.ones(1)

    def outputs(self) -> Array:
        """Return the outputs at the present point, in memory of their own."""
        raise NotImplementedError

    def gradients(self) -> dict[str, Array | None]:
        """Return the claimed gradient of each of `arrays`; None where none is given."""
        raise NotImplementedError

    def constants(self) -> dict[str, float]:
        """Return the factors that are forgotten most often, by name."""
        x, y = self.arrays["x"], self.cotangent
        named = {"the batch size": float(len(x))}
        if y.ndim == 4:
            named["the number of output positions"] = float(math.prod(y.shape[2:]))
            named["the number of samples and positions"] = len(x) * float(math.prod(y.shape[2:]))
        elif x.ndim == 4:
            named["the number of pixels"] = float(math.prod(x.shape[2:]))
        if y.ndim > 1:
            named["the number of outputs of a sample"] = float(math.prod(y.shape[1:]))
        window = None if self.layer is None else self.layer.window
        if window is not None:
            named["the number of elements of the window"] = float(math.prod(window.kernel_size))
        rate = getattr(self.layer, "rate", None)
        if isinstance(rate, float):
            named["1 - rate"] = 1 - rate
        return named


class LayerStage(Stage):
    """A layer, or a few layers that are computed together."""

    def __init__(self, index: int, step: Step, x: Array, rng: np.random.Generator) -> None:
        title = " + ".join(repr(layer) for layer in step.layers)
        super().__init__(index, title, step.layers[0], x)
        self._step = step
        named = step.layers[0].named_parameters()
        self.arrays.update({name: parameter.value for name, parameter in named.items()})
        self._streams = Streams(step.layers)
        y = self.outputs()
        if not np.array_equal(y, self.outputs(), equal_nan=True):
            raise ArgumentError(
                f"{title} gives other outputs for the same input each time, so nothing can be "
                f"measured: let it draw from a numpy.random.Generator that is its attribute."
            )
        self.cotangent = rng.normal(size=y.shape)

    def outputs(self) -> Array:
        """Return the outputs with the same random choices each time."""
        self._streams.rewind()
        y, _ = self._step.compute(self.arrays["x"], training=True, keep=True)
        return y.copy()

    def gradients(self) -> dict[str, Array | None]:
        """Return what the layer claims."""
        self._streams.rewind()
        _, saved = self._step.compute(self.arrays["x"], training=True, keep=True)
        grad_x, grads = self._step.gradients(self.cotangent.copy(), saved, need_grad_x=True)
        claimed = dict(zip(self.arrays, [grad_x, *grads], strict=True))
        return {name: self._copied(name, grad) for name, grad in claimed.items()}

    def _copied(self, name: str, grad: Array | None) -> Array | None:
        if grad is None:
            return None
        return fitting(grad, self.arrays[name], self.title, name).copy()


class LossStage(Stage):
    """The loss, as if it were a last layer with one output."""

    magnitude = 1.0  # a loss near 0 is a difference of larger numbers

    def __init__(self, y: Array, loss: Callable[[Array], tuple[float, Array]]) -> None:
        super().__init__(None, "the loss", None, y)
        self._loss = loss

    def outputs(self) -> Array:
        """Return the loss as an array of one number."""
        return np.array([self._loss(self.arrays["x"])[0]])

    def gradients(self) -> dict[str, Array | None]:
        """Return the gradient that the loss gives out."""
        grad: Any = self._loss(self.arrays["x"])[1]
        return {"x": fitting(grad, self.arrays["x"], self.title, "y").copy()}
