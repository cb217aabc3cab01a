"""Naive sliding windows that can be told to go wrong, to recompute the results of mistakes.

A learner's wrong numbers are compared with the numbers of many wrong layers. Those that work on
windows differ in how they slide: that is described here, and `WindowRule` without a mistake slides
rightly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn.diagnostics.layers.trial import Trial
from minitorchcnn.geometry import Pair, Sides, reach, window_geometry
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
    fixed : (int, int) or None
        Output size; None: what the other numbers give.
    longer : int
        Outputs more (or fewer) along each axis than there should be.
    up : bool
        Round the number of outputs up.
    flip, turn : bool
        Turn the kernel by 180 degrees; exchange its rows and columns.
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
    fixed: Pair | None = None
    longer: int = 0
    up: bool = False
    flip: bool = False
    turn: bool = False
    assign: str = ""
    crop: str = "inside"
    mode: str = "constant"
    counts_padding: bool = True

    @property
    def output(self) -> Pair:
        """Number of outputs along height and width."""
        if self.fixed is not None:
            return self.fixed
        height, width = (self._along(axis) for axis in (0, 1))
        return height, width

    def _along(self, axis: int) -> int:
        room = self.size[axis] + sum(self.padding[axis])
        room -= reach(self.kernel[axis], self.dilation[axis])
        step = self.stride[axis]
        steps = -(-room // step) if self.up else room // step
        return max(steps + 1 + self.longer, 0)

    def padded(self, x: Array, fill: float) -> Array:
        """Return x with its padding around it."""
        widths = ((0, 0), (0, 0), *self.padding)
        if self.mode == "constant":
            return np.pad(x, widths, constant_values=fill)
        options: Any = {"mode": self.mode}
        return np.pad(x, widths, **options)

    def places(self, output: Pair, shape: Pair) -> Iterator[Place]:
        """Yield all positions of the window on a padded image; what lies outside is left out."""
        for i, j in np.ndindex(*output):
            sides = []
            for axis, index in enumerate((i, j)):
                start = index * self.stride[axis]
                along = start + np.arange(self.kernel[axis]) * self.dilation[axis]
                elements = np.flatnonzero(along < shape[axis])
                sides.append((along[elements], elements))
            (rows, us), (columns, vs) = sides
            yield Place((i, j), (rows[:, None], columns), (us[:, None], vs))

    def cropped(self, padded: Array) -> Array:
        """Return the part of a padded gradient that backward gives back."""
        height, width = self.size
        (top, _), (left, _) = self.padding
        if self.crop == "none":
            return padded
        if self.crop == "corner":
            top = left = 0
        return padded[:, :, top : top + height, left : left + width]


def correct_rule(trial: Trial) -> WindowRule:
    """Return how the window of a case slides rightly."""
    case, size = trial.case, trial.x.shape[2:]
    extras = dict(case.extras)
    window = window_geometry(
        (size[0], size[1]),
        case.kernel or (1, 1),
        stride=case.step,
        padding=case.padding,
        dilation=case.dilation,
        ceil_mode=bool(extras.get("ceil_mode", False)),
    )
    return WindowRule(
        window.input_size,
        window.kernel_size,
        window.stride,
        window.padding,
        window.dilation,
        up=bool(extras.get("ceil_mode", False)),
        counts_padding=bool(extras.get("count_include_pad", True)),
    )
