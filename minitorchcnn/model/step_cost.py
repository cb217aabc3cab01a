"""What each step of a model costs for one batch: bytes and products, known from shapes alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.layers.base import built
from minitorchcnn.layers.declared import Slots, StepCost
from minitorchcnn.model.fusion import ConvolutionStep, Step
from minitorchcnn.ops.engine.batch_last import samples_together, widen
from minitorchcnn.ops.engine.columns import column_tiles, is_shallow
from minitorchcnn.ops.engine.convolution_gradients import gathers
from minitorchcnn.ops.engine.threads import WORTHWHILE, chunks
from minitorchcnn.ops.engine.tiles import tiles


def step_cost(step: Step, n: int) -> StepCost:
    """Return what a step costs for a batch.

    Parameters
    ----------
    step : Step
        Of built layers.
    n : int
        Samples.
    """
    first, last = step.layers[0], step.layers[-1]
    item = first.dtype.itemsize
    x = n * math.prod(first.built_shape) * item
    y = n * math.prod(last.output_shape or ()) * item
    if isinstance(step, ConvolutionStep):
        return _convolution(step, n, x, y)
    return first.cost(x, y)


class _Pass(NamedTuple):
    """One way through a convolution: `window` slides over `channels` and gives `filters`."""

    n: int
    window: WindowGeometry
    channels: int
    filters: int
    groups: int
    item: int
    pool: WindowGeometry | None = None
    samples: int = 1

    def tiles(self) -> list[int]:
        """Return the bytes that one channel of the output takes in each tile."""
        width = self.window.output_size[1]
        dtype = np.dtype(f"f{self.item}")
        x, weight = (np.broadcast_to(np.zeros((), dtype), shape) for shape in self._shapes())
        return [
            (tile.samples.stop - tile.samples.start) * (tile.last - tile.first) * width * self.item
            for tile in column_tiles(x, weight, self.window, self.pool, self.samples)
        ]

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        images = (self.n, self.channels, *self.window.input_size)
        return images, (self.filters, self.channels // self.groups, *self.window.kernel_size)

    @property
    def shallow(self) -> bool:
        """Whether windows are expanded along both axes."""
        return is_shallow(self.channels // self.groups, self.window)

    def scratch(self) -> dict[str, int]:
        """Return the bytes of the columns, and of a product to be added."""
        plane, (height, width) = max(self.tiles()), self.window.kernel_size
        columns = plane * self.channels * width
        if self.shallow:
            return {"columns.both": columns * height}
        return {"columns.wide": columns * self.window.stride[0], "conv.term": plane * self.filters}


class _Layout(NamedTuple):
    """Images as a convolution computes them: `samples` of the batch make one wide image."""

    n: int
    samples: int
    window: WindowGeometry
    pool: WindowGeometry | None


def _layout(step: ConvolutionStep, n: int) -> _Layout:
    window, channels = built(step.conv.window), step.conv.parameters()[0].value.shape[1]
    samples = samples_together(n, channels, window, step.pool)
    if samples == 1:
        return _Layout(n, 1, window, step.pool)
    pool = step.pool and widen(step.pool, samples)
    return _Layout(n // samples, samples, widen(window, samples), pool)


def _convolution(step: ConvolutionStep, n: int, x: int, y: int) -> StepCost:
    groups, weight = step.conv.groups, step.conv.parameters()[0].value
    filters, channels, item = len(weight), weight.shape[1] * groups, weight.itemsize
    images, samples, window, pool = _layout(step, n)
    ahead = _Pass(images, window, channels, filters, groups, item, pool, samples)
    planes, products = ahead.tiles(), images * weight.size * math.prod(window.output_size)
    scratch = ahead.scratch()
    if pool:
        scratch["conv.maps"] = planes[0] * filters
        scratch["blocks.elements"] = planes[0] * filters if samples == 1 else 0
    # the weight's gradient is added up in runs of tiles, from one product for each sample
    together = -(-planes[0] // (math.prod(window.output_size) * item))
    part = weight.nbytes // (1 if ahead.shallow else window.kernel_size[0])
    # wide images are copies: of x, of y if ReLU keeps it, and of the gradients
    wide, keeps_y = samples > 1, step.relu and not pool
    winners = y // item if pool else 0  # which element of each window won
    return StepCost(
        x,
        y,
        keeps_x=not wide,
        keeps_y=keeps_y and not wide,
        kept=winners + wide * (x + keeps_y * y),
        forward=0 if keeps_y else wide * y,
        backward=weight.nbytes * len(chunks(planes)) + part * together + wide * (x + y),
        predict=x + 2 * y if wide else None,
        scratch=scratch,
        training_scratch=_gradient_maps(step.relu, pool, planes[0] * filters),
        descent_scratch=_descent(step, n),
        pieces=len(planes) if products // samples >= WORTHWHILE else 1,
        products=products,
    )


def _descent(step: ConvolutionStep, n: int) -> Slots:
    """Return the scratch memory for the gradient of x."""
    groups, weight = step.conv.groups, step.conv.parameters()[0].value
    filters, channels, item = len(weight), weight.shape[1] * groups, weight.itemsize
    n, samples, window, pool = _layout(step, n)
    if gathers(window, samples):  # it is a convolution too, from filters to channels
        behind = replace(window, output_size=window.input_size)
        back = _Pass(n, behind, filters, channels, groups, item, samples=samples)
        slots, plane = back.scratch(), back.tiles()[0]
    else:
        columns = channels * math.prod(window.kernel_size)
        rows, width = window.output_size
        cut = next(tiles(n, rows, columns * width * item))
        plane = (cut.samples.stop - cut.samples.start) * (cut.last - cut.first) * width * item
        slots = {"conv.columns": plane * columns}
    return slots | _gradient_maps(step.relu, pool, plane * filters)


def _gradient_maps(relu: bool, pool: WindowGeometry | None, maps: int) -> Slots:
    """Return the scratch memory for a tile's gradient before ReLU and pooling."""
    if pool:
        return {"blocks.maps": maps, "blocks.mask": maps // math.prod(pool.kernel_size)}
    return {"conv.maps": maps} if relu else {}


def largest(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Return for each purpose the larger of the two sizes."""
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {**one, **other}}
