"""Naive convolution and pooling by a window rule: a right one, or one that goes wrong on purpose.

The gradients that a learner's layer or a model's layer gives are compared with those of many
wrong layers. Layers with a window differ in how it slides: a `WindowRule` says how, and the loops
below follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn.geometry import Pair, Sides, WindowGeometry, reach
from minitorchcnn.ops.conv import conv2d, conv2d_backward
from minitorchcnn.types import Array


class Place(NamedTuple):
    """One position of the window: its output, the pixels under it, and its elements there."""

    output: Pair
    pixels: tuple[Array, Array]
    elements: tuple[Array, Array]


@dataclass(frozen=True)
class WindowRule:
    """How a window slides, rightly or wrongly.

    Attributes
    ----------
    size, kernel, stride, padding, dilation
        Of the image and the window, (height, width).
    same, default_stride : bool
        The padding was asked for as "same"; the stride was left out.
    fixed : (int, int) or None
        Output size; None: what the other numbers give.
    longer : int
        Outputs more (or fewer) along each axis than there should be.
    up : bool
        Round the number of outputs up.
    flip : (bool, bool)
        Let the kernel's rows or columns run backwards; only both of a kernel that is turned.
    turn : bool
        Exchange the kernel's rows and columns; `kernel` is the size after that.
    assign : "", "winner" or "window"
        In backward, write where one must add: only what is not 0, or the whole window.
    crop : "inside", "corner" or "none"
        What backward cuts out of the padded gradient.
    mode : str
        What is padded, as for numpy.pad.
    counts_padding : bool
        Padding counts in an average.
    """

    size: Pair
    kernel: Pair
    stride: Pair
    padding: Sides
    dilation: Pair
    same: bool = False
    default_stride: bool = False
    fixed: Pair | None = None
    longer: int = 0
    up: bool = False
    flip: tuple[bool, bool] = (False, False)
    turn: bool = False
    assign: str = ""
    crop: str = "inside"
    mode: str = "constant"
    counts_padding: bool = True

    @classmethod
    def of(cls, window: WindowGeometry, **options: Any) -> WindowRule:
        """Return the rule of a window that slides rightly."""
        sizes = window.input_size, window.kernel_size, window.stride, window.padding
        return cls(*sizes, window.dilation, **options)

    @property
    def output(self) -> Pair:
        """Number of outputs along height and width."""
        if self.fixed is not None:
            return self.fixed
        height, width = (self._outputs_along(axis) for axis in (0, 1))
        return height, width

    def _outputs_along(self, axis: int) -> int:
        room = self.size[axis] + sum(self.padding[axis])
        room -= reach(self.kernel[axis], self.dilation[axis])
        step = self.stride[axis]
        steps = -(-room // step) if self.up else room // step
        return max(steps + 1 + self.longer, 0)

    def along(self, axis: int, output: int | Array, element: Array) -> Array:
        """Return the row (or column) of the padded image that an element meets at an output."""
        return np.asarray(output * self.stride[axis] + element * self.dilation[axis])

    def places(self, output: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[Place]:
        """Yield all positions of the window on a padded image; what lies outside is left out."""
        rows, columns = (
            [self._met(axis, index, shape[axis]) for index in range(output[axis])]
            for axis in (0, 1)
        )
        for i, j in np.ndindex(*output):
            (pixel_rows, us), (pixel_columns, vs) = rows[i], columns[j]
            yield Place((i, j), (pixel_rows[:, None], pixel_columns), (us[:, None], vs))

    def _met(self, axis: int, index: int, size: int) -> tuple[Array, Array]:
        """Return the rows (or columns) that lie under a window, and its elements over them."""
        pixels = self.along(axis, index, np.arange(self.kernel[axis]))
        elements = np.flatnonzero(pixels < size)
        return pixels[elements], elements

    def over(self, padded: Array, output: tuple[int, ...]) -> WindowGeometry:
        """Return how the window slides over a padded image; windows may hang over its edge."""
        size, (rows, columns) = padded.shape[2:], output
        # the elements that meet no pixel in any window are left out
        kernel = [
            min(k, -(-along // gap))
            for k, along, gap in zip(self.kernel, size, self.dilation, strict=True)
        ]
        return WindowGeometry(
            (size[0], size[1]),
            (kernel[0], kernel[1]),
            self.stride,
            ((0, 0), (0, 0)),
            self.dilation,
            (rows, columns),
        )

    def disguised(self, weight: Array) -> Array:
        """Return the kernel as the mistaken layer sees it; applied twice it is itself again."""
        weight = np.flip(weight, tuple(axis for axis in (-2, -1) if self.flip[axis]))
        return weight.swapaxes(-2, -1) if self.turn else weight

    def padded(self, x: Array, fill: float) -> Array:
        """Return x with its padding around it."""
        widths = ((0, 0), (0, 0), *self.padding)
        if self.mode == "constant":
            return np.pad(x, widths, constant_values=fill)
        options: Any = {"mode": self.mode}
        return np.pad(x, widths, **options)

    def cropped(self, padded: Array) -> Array:
        """Return the part of a padded gradient that backward gives back."""
        height, width = self.size
        (top, _), (left, _) = self.padding
        if self.crop == "none":
            return padded
        if self.crop == "corner":
            top = left = 0
        return padded[:, :, top : top + height, left : left + width]


#: Turns a right rule into a wrong one; None where the mistake cannot be made.
Change = Callable[[WindowRule], WindowRule | None]

#: The pixels of a window to its output; NaN where a pixel is padding.
Value = Callable[[Array, WindowRule], float]

#: The pixels of a window to what share of the output's gradient each pixel gets.
Shares = Callable[[Array, WindowRule], Array]


def convolve(x: Array, weight: Array, rule: WindowRule, groups: int) -> Array:
    """Return the convolution without bias that slides like this."""
    padded = rule.padded(x, 0.0)
    geometry = rule.over(padded, rule.output)
    return conv2d(padded, rule.disguised(weight), None, geometry=geometry, groups=groups)


def convolution_gradients(
    x: Array, weight: Array, grad_y: Array, rule: WindowRule, groups: int
) -> tuple[Array, Array]:
    """Return the gradients of x and weight of a convolution that slides like this."""
    padded, filters = rule.padded(x, 0.0), rule.disguised(weight)
    options: Any = {"geometry": rule.over(padded, grad_y.shape[2:]), "groups": groups}
    grad_padded, grad_filters, _ = conv2d_backward(grad_y, padded, filters, **options)
    if rule.assign:
        for place in rule.places(grad_y.shape[2:], padded.shape[2:]):
            one = np.zeros_like(grad_y)
            one[..., *place.output] = grad_y[..., *place.output]
            share, _, _ = conv2d_backward(one, padded, filters, **options)
            grad_padded[..., *place.pixels] = share[..., *place.pixels]
    return rule.cropped(grad_padded), rule.disguised(grad_filters)


def pool(
    x: Array, grad_y: Array, rule: WindowRule, value: Value, shares: Shares
) -> tuple[Array, Array]:
    """Return y and grad_x of a pooling that slides like this, with the given rules."""
    padded = rule.padded(x, np.nan)
    grad_padded = np.zeros_like(padded)
    shape = padded.shape[2:]
    y = np.zeros((*x.shape[:2], *rule.output))
    planes = list(np.ndindex(*x.shape[:2]))
    for place in rule.places(rule.output, shape):
        for n, c in planes:
            y[n, c, *place.output] = value(padded[n, c, *place.pixels], rule)
    for place in rule.places(grad_y.shape[2:], shape):
        for n, c in planes:
            share = grad_y[n, c, *place.output] * shares(padded[n, c, *place.pixels], rule)
            before = grad_padded[n, c, *place.pixels]
            if rule.assign == "winner":
                share = np.where(share == 0, before, share)
            elif not rule.assign:
                share = before + share
            grad_padded[n, c, *place.pixels] = share
    return y, rule.cropped(grad_padded)


def largest(pixels: Array, rule: WindowRule) -> float:
    """Return the largest pixel; padding never wins."""
    return float(np.nanmax(pixels, initial=-np.inf))


def first_winner(pixels: Array, rule: WindowRule) -> Array:
    """Give everything to the first of the largest pixels."""
    shares = np.zeros_like(pixels)
    if not np.isnan(pixels).all():
        shares.flat[np.nanargmax(pixels)] = 1
    return shares


def mean(pixels: Array, rule: WindowRule) -> float:
    """Return the mean, padding being zeros that count unless they shall not."""
    return float(np.nansum(pixels)) / _count(pixels, rule)


def equal_shares(pixels: Array, rule: WindowRule) -> Array:
    """Give every pixel the same."""
    return np.full(pixels.shape, 1 / _count(pixels, rule))


def _count(pixels: Array, rule: WindowRule) -> int:
    if not rule.counts_padding:
        return max(int((~np.isnan(pixels)).sum()), 1)
    # what hangs over the padded image because of rounding up never counts
    return pixels.size if rule.up else rule.kernel[0] * rule.kernel[1]
