"""Random networks on both sides, over every layer and every option that both have.

Sizes come from running PyTorch's modules, not from our arithmetic.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    Sigmoid,
    Tanh,
)
from tests.agreement import modules
from tests.agreement.modules import nn, torch


@dataclass
class Stage:
    """One layer on both sides; `core` is the module inside `module` that holds the weights."""

    layer: Layer
    module: Any
    core: Any = None


@dataclass
class Network:
    """A random network on both sides, with equal weights, and data for it."""

    model: Sequential
    theirs: Any
    stages: list[Stage]
    x: np.ndarray
    loss: str
    targets: np.ndarray


class Draw:
    """The random choices that make one network."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.shape: tuple[int, ...] = ()
        self.stages: list[Stage] = []

    def pick(self, *options: Any) -> Any:
        return options[self.rng.integers(len(options))]

    def sizes(self, low: int, high: int) -> Any:
        """Draw one number for both axes, or one for each."""
        one, other = (int(n) for n in self.rng.integers(low, high + 1, 2))
        return self.pick(one, (one, other))

    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        top, bottom, left, right = (int(n) for n in self.rng.integers(0, 3, 4))
        return (top, bottom), (left, right)

    def add(self, draw: Callable[[], Stage]) -> None:
        """Draw a stage until PyTorch can run it, and move on to its output."""
        for _ in range(100):
            stage = draw()
            module = stage.module.double().eval()
            try:
                y = module(torch.ones(2, *self.shape, dtype=torch.float64))
            except (RuntimeError, ValueError):
                continue  # a window larger than the image
            if isinstance(stage.layer, MaxPool | AvgPool) and not (y > 0).all():
                continue  # a window that sees nothing but padding, which we refuse
            self.stages.append(stage)
            self.shape = tuple(y.shape[1:])
            return
        raise RuntimeError(f"nothing fits on {self.shape}")

    def conv(self, **fixed: Any) -> Stage:
        groups = self.pick(1, *(g for g in (2, 3) if self.shape[0] % g == 0))
        options = {
            "filters": groups * int(self.rng.integers(1, 4)),
            "kernel_size": self.sizes(1, 4),
            "stride": self.pick(1, self.sizes(1, 3)),
            "dilation": self.pick(1, self.sizes(1, 2)),
            "padding": self.pick(0, 1, self.sizes(0, 2), "same", "same", "valid", self.sides()),
            "groups": groups,
            "bias": self.pick(True, True, False),
        }
        trainable = fixed.pop("trainable", None) or self.freezing(options["filters"])
        options.update(fixed)
        module, core = modules.conv(options, self.shape)
        return Stage(Conv2D(**options, trainable=trainable), module, core)

    def freezing(self, rows: int) -> bool | list[bool]:
        """Train all filters, none, or all but the first."""
        return self.pick(True, True, False, [False, *[True] * (rows - 1)] if rows > 1 else True)

    def window(self) -> dict[str, Any]:
        padding = self.pick(0, 1, 1, (0, 1), "valid", "same", self.sides())
        # padding made by another module is an image to PyTorch: ceil_mode would count it as one
        inner = padding != "same" and not isinstance(modules.pair(padding)[0], tuple)
        return {
            "pool_size": self.sizes(2, 3),
            "stride": self.pick(None, self.sizes(1, 3)),
            "padding": padding,
            "ceil_mode": self.pick(False, inner),
        }

    def max_pool(self) -> Stage:
        options = {**self.window(), "dilation": self.pick(1, self.sizes(1, 2))}
        return Stage(MaxPool(**options), modules.max_pool(options, self.shape))

    def avg_pool(self) -> Stage:
        options = {**self.window(), "count_include_pad": self.pick(True, False)}
        return Stage(AvgPool(**options), modules.avg_pool(options, self.shape))

    def batch_norm(self) -> Stage:
        momentum, epsilon = self.pick(0.1, 0.3), self.pick(1e-5, 1e-3)
        kind = nn.BatchNorm2d if len(self.shape) == 3 else nn.BatchNorm1d
        core = kind(self.shape[0], eps=epsilon, momentum=momentum)
        return Stage(BatchNorm(momentum, epsilon, trainable=self.pick(True, False)), core, core)

    def activation(self) -> Stage:
        slope = self.pick(0.01, 0.2)
        return self.pick(
            Stage(ReLU(), nn.ReLU()),
            Stage(ReLU(), nn.ReLU()),
            Stage(LeakyReLU(slope), nn.LeakyReLU(slope)),
            Stage(Sigmoid(), nn.Sigmoid()),
            Stage(Tanh(), nn.Tanh()),
        )

    def dropout(self) -> Stage:
        rate = self.pick(0.0, 0.3, 0.5)
        return Stage(Dropout(rate), modules.SharedDropout(rate))

    def dense(self, units: int, trainable: Any = None) -> Stage:
        bias = self.pick(True, True, False)
        core = nn.Linear(self.shape[0], units, bias=bias)
        trainable = trainable or self.freezing(units)
        return Stage(Dense(units, bias=bias, trainable=trainable), core, core)

    def flatten(self) -> Stage:
        return Stage(Flatten(), nn.Flatten())

    def global_avg_pool(self) -> Stage:
        return Stage(GlobalAvgPool(), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))

    def classic(self) -> None:
        """Convolve, rectify, pool by tiles: what a model may compute in one go."""
        self.add(self.conv)
        if self.pick(True, True, False):
            self.add(lambda: Stage(ReLU(), nn.ReLU()))
        size = self.sizes(2, 3)
        if min(self.shape[1:]) >= 4:
            tiles = Stage(MaxPool(size), nn.MaxPool2d(size))
            self.add(self.pick(lambda: tiles, self.max_pool))

    def images(self) -> None:
        for _ in range(self.rng.integers(1, 4)):
            if self.pick(True, False, False):
                self.classic()
                continue
            self.add(self.conv)
            for draw in (self.batch_norm, self.activation):
                if self.pick(True, True, False):
                    self.add(draw)
            if min(self.shape[1:]) >= 4:
                self.add(self.pick(self.max_pool, self.avg_pool))
            if self.pick(True, False, False):
                self.add(self.dropout)

    def rows(self) -> None:
        self.add(lambda: self.dense(6))
        self.add(self.batch_norm)
        self.add(self.activation)

    def head(self) -> None:
        """End in a map, or in rows of scores; the last layer is always trained."""
        if len(self.shape) == 3 and self.pick(True, False, False, False):
            self.add(lambda: self.conv(kernel_size=1, filters=2, groups=1, trainable=True))
            return
        self.add(
            self.flatten if len(self.shape) == 1 or self.pick(True, False) else self.global_avg_pool
        )
        if self.pick(True, False):
            self.rows()
        units = self.pick(1, 3, 4)
        self.add(lambda: self.dense(units, trainable=True))


def random_network(seed: int) -> Network:
    """Draw a network; everything in it follows from the seed."""
    draw = Draw(seed)
    if draw.pick(True, *[False] * 7):
        draw.shape = input_shape = (7,)
        draw.rows()
    else:
        height, width = (int(n) for n in draw.rng.integers(7, 13, 2))
        draw.shape = input_shape = (draw.pick(1, 2, 3, 4), height, width)
        draw.images()
    draw.head()
    model = Sequential([stage.layer for stage in draw.stages], input_shape, seed, "float64")
    theirs = nn.Sequential(*(stage.module for stage in draw.stages))
    give_weights(draw.stages, draw.rng)
    n = int(draw.rng.integers(2, 6))
    x = draw.rng.standard_normal((n, *input_shape))
    return Network(model, theirs, draw.stages, x, *objective(draw, n))


def objective(draw: Draw, n: int) -> tuple[str, np.ndarray]:
    """Draw one of the losses that fit the outputs, and targets for it."""
    losses = ["binary_cross_entropy", "mean_squared_error"]
    if len(draw.shape) == 1 and draw.shape[0] > 1:
        losses += ["softmax_cross_entropy"] * 2
    loss = draw.pick(*losses)
    if loss == "softmax_cross_entropy":
        return loss, draw.rng.integers(0, draw.shape[0], n)
    if loss == "binary_cross_entropy":
        return loss, draw.rng.integers(0, 2, (n, *draw.shape))
    return loss, draw.rng.standard_normal((n, *draw.shape))


def give_weights(stages: list[Stage], rng: np.random.Generator) -> None:
    """Draw all weights and statistics anew, the same on both sides."""
    for stage in stages:
        for name, value in stage.layer.state().items():
            if name == "running_var":
                value[...] = rng.uniform(0.5, 2.0, value.shape)
            elif value.dtype.kind == "f":
                value[...] = rng.standard_normal(value.shape) * 1.5 / math.sqrt(value[0].size)
            getattr(stage.core, name).data.copy_(torch.from_numpy(value))
        if stage.core is not None:
            stage.core.requires_grad_(stage.layer.trainable is not False)
        if isinstance(stage.module, modules.SharedDropout):
            stage.module.rng = copy.deepcopy(stage.layer.rng)
