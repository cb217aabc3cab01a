"""Layers with one mistake each: what a gradient check must find.

Each is a right layer of the package whose `gradients` is spoiled in one way that was seen in
published code, or whose forward is.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn import AvgPool, Conv2D, Dense, Layer, ReLU, Tanh


def spoiled(kind: type[Layer], spoil: Callable[..., Any]) -> type[Layer]:
    """Return a kind of layer with ``spoil(grad_x, grads)`` after its own gradients."""

    class Spoiled(kind):  # type: ignore[misc,valid-type]
        def gradients(self, grad_y, saved, *, need_grad_x):
            return spoil(*super().gradients(grad_y, saved, need_grad_x=need_grad_x))

    return Spoiled


class Subsample(Layer):
    """Keep every second row and column; the gradient forgets about the stride."""

    def __init__(self):
        super().__init__()

    def _build(self, input_shape, rng):
        c, h, w = input_shape
        return c, -(-h // 2), -(-w // 2)

    def compute(self, x, *, training):
        return x[:, :, ::2, ::2], x.shape

    def gradients(self, grad_y, saved, *, need_grad_x):
        grad_x = np.zeros(saved)
        grad_x[:, :, : grad_y.shape[2], : grad_y.shape[3]] = grad_y
        return grad_x, []


class RoundedTanh(Tanh):
    """Compute in float32 whatever comes in."""

    def compute(self, x, *, training):
        y, saved = super().compute(x.astype(np.float32), training=training)
        return y.astype(x.dtype), saved.astype(x.dtype)


class Mistake(NamedTuple):
    """One planted mistake: where the report must find it."""

    layer: Callable[[], Layer]
    shape: tuple[int, ...]
    row: str
    is_wrong: Callable[[tuple[int, ...]], bool]


def _nudged(grad, index):
    grad = grad.copy()
    grad[index] += 0.01 * (1 + abs(grad[index]))
    return grad


def _anywhere(index):
    return True


MISTAKES = {
    "sign of the weight": Mistake(
        lambda: spoiled(Dense, lambda gx, g: (gx, [-g[0], g[1]]))(3), (4, 5), "weight", _anywhere
    ),
    "twice the bias": Mistake(
        lambda: spoiled(Conv2D, lambda gx, g: (gx, [g[0], 2 * g[1]]))(3, 2),
        (2, 2, 4, 5),
        "bias",
        _anywhere,
    ),
    "transposed weight": Mistake(
        lambda: spoiled(Dense, lambda gx, g: (gx, [g[0].T, g[1]]))(4),
        (3, 4),
        "weight",
        lambda index: index[0] != index[1],
    ),
    "flipped kernel": Mistake(
        lambda: spoiled(Conv2D, lambda gx, g: (gx, [g[0][..., ::-1, ::-1], g[1]]))(2, 3),
        (2, 1, 5, 5),
        "weight",
        lambda index: index[2:] != (1, 1),
    ),
    "filters permuted": Mistake(
        lambda: spoiled(Conv2D, lambda gx, g: (gx, [g[0][::-1], g[1]]))(2, 2),
        (2, 1, 4, 4),
        "weight",
        _anywhere,
    ),
    "no bias gradient": Mistake(
        lambda: spoiled(Dense, lambda gx, g: (gx, [g[0], None]))(3), (4, 5), "bias", _anywhere
    ),
    "one element": Mistake(
        lambda: spoiled(Conv2D, lambda gx, g: (gx, [_nudged(g[0], (1, 0, 2, 1)), g[1]]))(2, 3),
        (2, 1, 6, 5),
        "weight",
        lambda index: index == (1, 0, 2, 1),
    ),
    "one pixel": Mistake(
        lambda: spoiled(AvgPool, lambda gx, g: (_nudged(gx, (1, 0, 3, 2)), g))(2),
        (2, 1, 6, 5),
        "x",
        lambda index: index == (1, 0, 3, 2),
    ),
    "no gradient of x": Mistake(
        lambda: spoiled(Conv2D, lambda gx, g: (None, g))(2, 3), (2, 1, 5, 4), "x", _anywhere
    ),
    "samples mixed": Mistake(
        lambda: spoiled(Tanh, lambda gx, g: (gx[::-1], g))(), (4, 3), "x", _anywhere
    ),
    "a sample too many": Mistake(
        lambda: spoiled(Dense, lambda gx, g: (gx + 0.1 * gx.mean(axis=0), g))(3),
        (4, 3),
        "x",
        _anywhere,
    ),
    "height and width swapped": Mistake(
        lambda: spoiled(AvgPool, lambda gx, g: (gx.swapaxes(2, 3), g))(2),
        (1, 1, 6, 6),
        "x",
        lambda index: index[2] // 2 != index[3] // 2,
    ),
    "clipped on the way": Mistake(
        lambda: spoiled(Dense, lambda gx, g: (np.clip(gx, -0.5, 0.5), g))(8),
        (4, 6),
        "x",
        _anywhere,
    ),
    "slope of the dead half": Mistake(
        lambda: spoiled(ReLU, lambda gx, g: (gx + 0.1, g))(), (3, 7), "x", _anywhere
    ),
    "stride forgotten": Mistake(Subsample, (2, 1, 6, 6), "x", lambda index: index[2:] != (0, 0)),
    "float32 inside": Mistake(RoundedTanh, (3, 5), "x", _anywhere),
}
