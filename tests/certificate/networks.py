"""Random valid networks at the places where a gradient check is easily wrong.

All layers and options; images with ties, constant images, zeros; zero weights, frozen filters,
numbers of very different size. What fits is found out by building.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
    Sigmoid,
    Tanh,
)


class Case(NamedTuple):
    """A right network with data, and the loss to check it with (labels None: no loss)."""

    model: Sequential
    x: np.ndarray
    labels: np.ndarray | None
    loss: str
    look: str


class Draw:
    """The random choices that make one network."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 4])
        self.shape: tuple[int, ...] = ()
        self.input_shape: tuple[int, ...] = ()
        self.layers: list[Callable[[], Layer]] = []

    def pick(self, *options: Any) -> Any:
        return options[self.rng.integers(len(options))]

    def sizes(self, low: int, high: int) -> Any:
        one, other = (int(n) for n in self.rng.integers(low, high + 1, 2))
        return self.pick(one, (one, other))

    def sides(self) -> Any:
        top, bottom, left, right = (int(n) for n in self.rng.integers(0, 3, 4))
        return (top, bottom), (left, right)

    def add(self, draw: Callable[[], Callable[[], Layer]]) -> None:
        """Draw options until the layer can be built, and move on to its output."""
        for _ in range(100):
            make = draw()
            try:
                self.shape = make().build(self.shape)
            except ShapeError:
                continue  # a window larger than the image, or one that sees only padding
            self.layers.append(make)
            return
        raise RuntimeError(f"nothing fits on {self.shape}")

    def conv(self) -> Callable[[], Layer]:
        groups = self.pick(1, 1, *(g for g in (2, 3) if self.shape[0] % g == 0))
        filters = groups * int(self.rng.integers(1, 4))
        options = {
            "kernel_size": self.sizes(1, 4),
            "stride": self.pick(1, 1, self.sizes(1, 3)),
            "dilation": self.pick(1, 1, self.sizes(1, 2)),
            "padding": self.pick(0, 1, self.sizes(0, 2), "same", "valid", self.sides()),
            "groups": groups,
            "bias": self.pick(True, True, False),
            "initializer": self.pick("he_normal", "he_normal", "glorot_uniform", "zeros"),
            "trainable": self.pick(True, True, False, [bool(i % 2) for i in range(filters)]),
        }
        return lambda: Conv2D(filters, **options)

    def pool(self) -> Callable[[], Layer]:
        options = {
            "pool_size": self.sizes(2, 3),
            "stride": self.pick(None, None, self.sizes(1, 3)),
            "padding": self.pick(0, 0, 1, (0, 1), "valid", "same", self.sides()),
            "ceil_mode": self.pick(False, True),
        }
        if self.pick(True, True, False):
            dilation = self.pick(1, 1, self.sizes(1, 2))
            return lambda: MaxPool(dilation=dilation, **options)
        include = self.pick(True, False)
        return lambda: AvgPool(count_include_pad=include, **options)

    def activation(self) -> Callable[[], Layer]:
        slope = self.pick(0.01, 0.2, -0.5, 1.5, 0.0)
        return self.pick(ReLU, ReLU, ReLU, lambda: LeakyReLU(slope), Sigmoid, Tanh)

    def batch_norm(self) -> Callable[[], Layer]:
        momentum, epsilon = self.pick(0.1, 1.0), self.pick(1e-5, 1e-3, 1e-8)
        trainable = self.pick(True, False)
        return lambda: BatchNorm(momentum, epsilon, trainable=trainable)

    def dropout(self) -> Callable[[], Layer]:
        rate = self.pick(0.0, 0.3, 0.5, 0.9)
        return lambda: Dropout(rate)

    def dense(self, units: int) -> Callable[[], Layer]:
        bias, start = self.pick(True, True, False), self.pick("he_normal", "he_normal", "zeros")
        trainable = self.pick(True, True, False, [bool(i % 2) for i in range(units)])
        return lambda: Dense(units, bias=bias, initializer=start, trainable=trainable)

    def images(self) -> None:
        for _ in range(self.rng.integers(1, 4)):
            if self.pick(True, True, True, False):
                self.add(self.conv)
            for draw in (self.batch_norm, self.activation):
                if self.pick(True, False):
                    self.add(draw)
            if min(self.shape[1:]) >= 3:
                self.add(self.pool)
            if self.pick(True, False, False):
                self.add(self.activation)
            if self.pick(True, False, False):
                self.add(self.dropout)

    def rows(self) -> None:
        self.add(lambda: self.dense(5))
        for draw in (self.batch_norm, self.activation, self.dropout):
            if self.pick(True, False):
                self.add(draw)

    def network(self) -> None:
        if self.pick(True, *[False] * 7):
            self.shape = self.input_shape = (int(self.rng.integers(1, 8)),)
            self.rows()
        else:
            height, width = (int(n) for n in self.rng.integers(3, 10, 2))
            self.shape = self.input_shape = (self.pick(1, 1, 2, 3, 4), height, width)
            self.images()
        if len(self.shape) == 3 and self.pick(True, *[False] * 5):
            return
        self.add(lambda: self.pick(Flatten, GlobalAvgPool) if len(self.shape) == 3 else Flatten)
        if self.pick(True, False):
            self.rows()
        units = self.pick(1, 3, 4)
        self.add(lambda: self.dense(units))

    def look(self, shape: tuple[int, ...]) -> tuple[str, np.ndarray]:
        """Draw images of one of the kinds that are hard to measure."""
        normal = self.rng.normal(size=shape)
        images = {
            "normal": normal,
            "ink and paper": np.where(normal > 0, 1.0, -1.0),
            "paper only": np.full(shape, -1.0),
            "one grey": np.full(shape, 0.3),
            "zeros": np.zeros(shape),
            "few values": np.round(normal),
            "half constant": np.where(np.arange(shape[-1]) < shape[-1] / 2, 1.0, normal),
            "tiny": 1e-4 * normal,
            "large": 30 * normal,
            "off centre": normal + 100,
        }
        name = self.pick("normal", *images)
        return name, images[name]


def random_case(seed: int) -> Case:
    """Draw a network and its data; everything in them follows from the seed."""
    for attempt in range(50):
        draw = Draw(seed + 100_000 * attempt)
        try:
            return _case(draw, seed)
        except ShapeError:
            continue  # BatchNorm refuses a single value per channel
    raise RuntimeError(f"nothing valid for seed {seed}")


def _case(draw: Draw, seed: int) -> Case:
    draw.network()
    shape = draw.input_shape
    dtype = draw.pick("float32", "float64")
    model = Sequential([make() for make in draw.layers], shape, seed, dtype)
    n = draw.pick(1, 2, 3)
    name, x = draw.look((n, *shape))
    if draw.pick(True, False):
        for parameter in model.parameters():
            if parameter.value.any():
                parameter.value += 0.3 * draw.rng.normal(size=parameter.value.shape)
    model.forward(x.astype(dtype))
    return Case(model, x.astype(dtype), *_targets(draw, n, model.output_shape), name)


def _targets(draw: Draw, n: int, outputs: tuple[int, ...]) -> tuple[np.ndarray | None, str]:
    losses = ["none", "mean_squared_error", "binary_cross_entropy"]
    if len(outputs) == 1 and outputs[0] > 1:
        losses += ["softmax_cross_entropy"] * 2
    loss = draw.pick(*losses)
    if loss == "none":
        return None, "softmax_cross_entropy"
    if loss == "softmax_cross_entropy":
        return draw.rng.integers(0, outputs[0], n), loss
    if loss == "binary_cross_entropy":
        return draw.rng.integers(0, 2, (n, *outputs)), loss
    return draw.rng.normal(size=(n, *outputs)), loss
