"""Slopes of a layer's outputs, measured with a step chosen for each element.

The outputs are looked at one by one, not only their weighted sum. So what does not change
cancels exactly, and an output that stands on a kink is seen: its slopes to the two sides
differ. Between them lies every gradient that may be called right there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from minitorchcnn.diagnostics.gradients.stage import Stage
from minitorchcnn.types import Array

#: The first half-width of the central difference, relative to max(1, |value|).
FIRST_STEP = 1e-5

#: Those to choose from where the first one does not settle the matter.
LADDER = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)

#: Slopes to both sides that differ by more than this share are a kink.
KINK = 1e-4

EPSILON = float(np.finfo(np.float64).eps)

Index = tuple[int, ...]


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

    def error(self, claimed: float, scale: float) -> float:
        """Return the distance relative to the slopes, and to `scale` where they are small."""
        if not (np.isfinite(claimed) and np.isfinite(self.value)):
            return float("inf")
        beyond = max(0.0, self.distance(claimed) - self.doubt)
        return beyond / max(abs(claimed), abs(self.value), scale) if beyond > 0 else 0.0


class Mover:
    """Moves one array of a stage along a direction and looks at the outputs.

    Parameters
    ----------
    stage : Stage
    name : str
        Of the array.
    direction : ndarray of its shape, or tuple of int
        A tuple is the index of a single element.
    centre : ndarray
        The outputs at the present point.
    """

    def __init__(self, stage: Stage, name: str, direction: Array | Index, centre: Array) -> None:
        self._stage, self._array = stage, stage.arrays[name]
        self._direction, self._centre = direction, centre
        single = isinstance(direction, tuple)
        self.unit = max(1.0, abs(float(self._array[direction]))) if single else 1.0
        self._seen: dict[float, Slope] = {}

    def at(self, relative: float) -> Slope:
        """Measure with one half-width, relative to max(1, |value|)."""
        if relative not in self._seen:
            self._seen[relative] = self._look(relative * self.unit)
        return self._seen[relative]

    def best(self) -> Slope:
        """Measure with all half-widths, and return the slope that is known best.

        Where two neighbouring widths differ, the larger one's truncation or the smaller one's
        rounding is to blame: the difference bounds both.
        """
        chosen: Slope | None = None
        for wide, narrow in pairwise(LADDER):
            slope, other = self.at(narrow), self.at(wide)
            doubt = abs(slope.value - other.value) + slope.doubt
            found = Slope(slope.value, slope.low, slope.high, doubt, slope.parts)
            if np.isfinite(doubt) and (chosen is None or _vague(found) < _vague(chosen)):
                chosen = found
        return self.at(FIRST_STEP) if chosen is None else chosen

    def _look(self, step: float) -> Slope:
        array, direction = self._array, self._direction
        if isinstance(direction, tuple):
            value = float(array[direction])
            above, below = value + step, value - step
            array[direction] = above
            after = self._stage.outputs()
            array[direction] = below
            before = self._stage.outputs()
            array[direction] = value
            return self._slope(after, before, above - value, value - below)
        original = array.copy()
        array[...] = original + step * direction
        after = self._stage.outputs()
        array[...] = original - step * direction
        before = self._stage.outputs()
        array[...] = original
        return self._slope(after, before, step, step)

    def _slope(self, after: Array, before: Array, up: float, down: float) -> Slope:
        weights, centre = self._stage.cotangent, self._centre
        # slopes to both sides, and across
        right, left = (after - centre) / up, (centre - before) / down
        across = (after - before) / (up + down)
        rounding = 4 * EPSILON * max(self._stage.magnitude, _size(centre)) / up
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


def _vague(slope: Slope) -> float:
    return slope.doubt + slope.high - slope.low


def _size(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))


def measure(
    stage: Stage,
    name: str,
    direction: Array | Index,
    centre: Array,
    claimed: Array,
    scale: float,
    tolerance: float,
) -> tuple[float, Slope, float]:
    """Compare a claimed gradient with the measured slope along a direction.

    Parameters
    ----------
    stage, name, direction, centre
        As for `Mover`.
    claimed : ndarray
        Gradient of the array.
    scale : float
        Slopes smaller than this are compared with it.
    tolerance : float
        With a larger error the steps are chosen with care.

    Returns
    -------
    said : float
        What the claimed gradient says of this direction.
    slope : Slope
    error : float
    """
    single = isinstance(direction, tuple)
    said = float(claimed[direction]) if single else float((claimed * direction).sum())
    mover = Mover(stage, name, direction, centre)
    slope = mover.at(FIRST_STEP)
    error = slope.error(said, scale)
    if not error <= tolerance:
        slope = mover.best()
        error = slope.error(said, scale)
    return said, slope, error
