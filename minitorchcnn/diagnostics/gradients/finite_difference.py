"""Finite differences: the slopes of a function, with a step that is chosen for each element.

The outputs are looked at one by one, not only their weighted sum. So what does not change
cancels exactly, and an output that stands on a kink is seen: its slopes to the two sides
differ. Between them lies every gradient that may be called right there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction
from minitorchcnn.types import Array

#: Half-widths of the central difference, see `half_width`. Truncation errors of the first are near
#: 1e-10; the smaller ones fit between kinks.
STEPS = (1e-5, 1e-6, 1e-7)

#: Those to choose from where these do not settle the matter: of one layer, and of a whole model,
#: whose kinks lie closer.
LADDER = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
MODEL_LADDER = (1e-4, 1e-5, 1e-6, 1e-7)

#: Slopes to both sides that differ by more than this share are a kink.
KINK = 1e-4

#: Gradients smaller than this share of the array's largest one are compared with that share.
FLOOR = 1e-3

EPSILON = float(np.finfo(np.float64).eps)

Index = tuple[int, ...]

#: An element, or how all elements of an array move.
Direction = Index | Array


@dataclass(frozen=True)
class Slope:
    """How the weighted sum of the outputs changes along one direction.

    Attributes
    ----------
    value : float
        The measured slope.
    low, high : float
        What a right gradient may say; apart only where outputs stand on a kink.
    doubt : float
        How far the measurement may be off by rounding and truncation.
    parts : ndarray, shape of the outputs
        Each output's share of `value`.
    """

    value: float
    low: float
    high: float
    doubt: float
    parts: Array

    @property
    def kinked(self) -> bool:
        """Whether the slopes to the two sides differ."""
        return self.high - self.low > KINK * max(abs(self.low), abs(self.high))

    def distance(self, claimed: float) -> float:
        """Return how far a claimed slope lies outside of what is right."""
        return max(0.0, self.low - claimed, claimed - self.high)


class Comparison(NamedTuple):
    """What a gradient says of a direction, what was measured, and how wrong that makes it."""

    said: float
    slope: Slope
    error: float


class Line:
    """A function along one direction through the present point.

    Parameters
    ----------
    function : DifferentiableFunction
        Settled.
    name : str
        Of the array that moves.
    direction : ndarray of its shape, or tuple of int
        A tuple is the index of a single element.
    """

    def __init__(self, function: DifferentiableFunction, name: str, direction: Direction) -> None:
        self._function, self._name, self._direction = function, name, direction
        self._seen: dict[float, Slope] = {}

    def half_width(self, step: float) -> float:
        """Return how far to move to each side: `step` relative to max(1, |value|)."""
        if isinstance(self._direction, tuple):
            return step * max(1.0, abs(float(self._function.arrays[self._name][self._direction])))
        return step

    def slope(self, step: float) -> Slope:
        """Measure with one half-width."""
        if step not in self._seen:
            self._seen[step] = self._measured(self.half_width(step))
        return self._seen[step]

    def best(self, steps: Sequence[float], *, smooth: bool = False) -> Slope:
        """Measure with several half-widths, and return the slope that is known best.

        Where two neighbouring widths differ, the larger one's truncation or the smaller one's
        rounding is to blame: twice the difference bounds both. Kinks make a slope vague, too,
        unless the function is taken for smooth.
        """
        found = []
        for wide, narrow in pairwise(steps):
            slope = self.slope(narrow)
            doubt = 2 * abs(slope.value - self.slope(wide).value) + slope.doubt
            if np.isfinite(doubt):
                found.append(replace(slope, doubt=doubt))
        first = self.slope(STEPS[0])
        return min(found, key=lambda s: s.doubt + (not smooth) * (s.high - s.low), default=first)

    def _measured(self, width: float) -> Slope:
        array, name, at = self._function.arrays[self._name], self._name, self._direction
        where, direction = (at, 1.0) if isinstance(at, tuple) else ((), at)
        value = array[where].copy()
        array[where] = value + width * direction
        after = self._function.outputs(name)
        array[where] = value - width * direction
        before = self._function.outputs(name)
        array[where] = value
        return self._slope(after, before, width)

    def _slope(self, after: Array, before: Array, width: float) -> Slope:
        weights, centre = self._function.cotangent, self._function.centre
        # slopes to both sides, and across
        right, left = (after - centre) / width, (centre - before) / width
        across = (after - before) / (2 * width)
        size = max(self._function.magnitude, float(np.abs(centre).max(initial=0.0)))
        rounding = 4 * EPSILON * size / width
        kink = np.abs(right - left) > KINK * np.maximum(np.abs(right), np.abs(left)) + rounding
        parts = weights * across
        sides = np.where(kink, weights * right, parts), np.where(kink, weights * left, parts)
        # an output that does not change at all may still do so below its last digit
        changed = max(np.abs(weights[after != before]).sum(), np.abs(weights).max())
        return Slope(
            value=float(parts.sum()),
            low=float(np.minimum(*sides).sum()),
            high=float(np.maximum(*sides).sum()),
            doubt=float(changed * rounding),
            parts=parts,
        )


def compare(
    function: DifferentiableFunction,
    name: str,
    direction: Direction,
    gradient: Array,
    tolerance: float,
) -> Comparison:
    """Compare the claimed gradient of an array with the slope along a direction.

    On a kink everything between the slopes to both sides is right. With an error larger than
    `tolerance` the step is chosen with care.
    """
    line = Line(function, name, direction)
    said, scale = _said(gradient, direction)
    slope = line.slope(STEPS[0])
    error = _error(said, slope, slope.distance(said) - slope.doubt, scale)
    if not error <= tolerance:
        slope = line.best(LADDER)
        error = _error(said, slope, slope.distance(said) - slope.doubt, scale)
    return Comparison(said, slope, error)


def compare_smooth(
    function: DifferentiableFunction,
    name: str,
    direction: Direction,
    gradient: Array,
    tolerance: float,
    most: float,
) -> Comparison:
    """Compare as `compare` does, but take the function for smooth: kinks lie deep inside a model.

    Smaller steps, which fit between kinks, follow a disagreement. Last, rounding inside of the
    model may be larger than thought: what measurements differ by is forgiven, up to `most`.
    """
    line = Line(function, name, direction)
    said, scale = _said(gradient, direction)
    found = []
    for step in STEPS:
        slope = line.slope(step)
        level = max(scale, slope.doubt / tolerance)
        found.append(Comparison(said, slope, _error(said, slope, abs(said - slope.value), level)))
        if found[-1].error <= tolerance:
            return found[-1]
    slope = line.best(MODEL_LADDER, smooth=True)
    beyond = abs(said - slope.value) - min(slope.doubt, most)
    found.append(Comparison(said, slope, _error(said, slope, beyond, scale)))
    return min(found, key=lambda comparison: comparison.error)


def _said(gradient: Array, direction: Direction) -> tuple[float, float]:
    """Return what a gradient says of a direction, and the size below which that is inaccurate."""
    if isinstance(direction, tuple):
        return float(gradient[direction]), FLOOR * float(np.abs(gradient).max())
    parts = gradient * direction
    return float(parts.sum()), float(np.sqrt(np.square(parts).sum()))


def _error(said: float, slope: Slope, beyond: float, scale: float) -> float:
    """Return an error relative to the slopes, and to `scale` where they are small."""
    if not (np.isfinite(said) and np.isfinite(slope.value)):
        return float("inf")
    return beyond / max(abs(said), abs(slope.value), scale) if beyond > 0 else 0.0
