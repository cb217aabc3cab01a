"""The measured gradient of one array beside the claimed one, to see what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minitorchcnn.diagnostics.gradients.finite_difference import compare
from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction
from minitorchcnn.types import Array

#: Elements to measure of an array at most, and numbers to keep for each as parts of its gradient.
MOST_ELEMENTS = 600
MOST_PARTS = 4096

#: Two gradients are the same if they differ by less than this share of the largest element.
SAME = 1e-4

AXES = {
    ("x", 4): ("samples", "channels", "rows", "columns"),
    ("x", 2): ("samples", "features"),
    ("weight", 4): ("filters", "channels", "rows of the kernel", "columns of the kernel"),
    ("weight", 2): ("units", "features"),
}


@dataclass(frozen=True)
class MeasuredGradient:
    """A suspected gradient, as it is claimed and as it was measured.

    Attributes
    ----------
    function : DifferentiableFunction
        At the point where everything was measured.
    name : str
        Of the array.
    given : bool
        False if the layer gave no gradient at all.
    claimed : ndarray
        The gradient it gave.
    indices : tuple of ndarray
        The measured elements, as an index into arrays.
    measured : ndarray, shape (K,)
        Their gradients.
    by_position : ndarray, shape (K, H_out, W_out), or None
        What each output position adds to them (summed over samples and channels), for images.
    by_sample : ndarray, shape (K, N)
        What each sample's outputs add.
    """

    function: DifferentiableFunction
    name: str
    given: bool
    claimed: Array
    indices: tuple[Array, ...]
    measured: Array
    by_position: Array | None
    by_sample: Array

    @property
    def said(self) -> Array:
        """The claimed gradients of the measured elements."""
        return self.claimed[self.indices]

    @property
    def size(self) -> float:
        """The largest gradient on either side."""
        sizes = np.abs(self.measured).max(initial=0.0), np.abs(self.said).max(initial=0.0)
        return float(max(*sizes, 1e-300))

    @property
    def wrong(self) -> Array:
        """Whether each measured element is wrong, shape (K,)."""
        return ~self.alike(self.said, self.measured)

    @property
    def complete(self) -> bool:
        """Whether every element was measured."""
        return len(self.measured) == self.claimed.size

    def alike(self, one: Array, other: Array) -> Array:
        """Compare gradients element by element."""
        return np.asarray(np.abs(one - other) <= SAME * self.size)

    def same(self, one: Array, other: Array) -> bool:
        """Tell whether gradients are the same in all elements."""
        return bool(self.alike(one, other).all())

    def axis(self, axis: int) -> str:
        """Name an axis of the array."""
        known = AXES.get((self.name, self.claimed.ndim))
        return known[axis] if known else f"axis {axis}"

    def worst(self) -> tuple[tuple[int, ...], float, float]:
        """Return the index, the claimed and the measured gradient where they differ most."""
        at = int(np.argmax(np.abs(self.said - self.measured)))
        index = tuple(int(axis[at]) for axis in self.indices)
        return index, float(self.said[at]), float(self.measured[at])


def gather(
    function: DifferentiableFunction, name: str, rng: np.random.Generator, tolerance: float
) -> MeasuredGradient:
    """Measure elements of one array of a function, at its present point."""
    grad, centre = function.gradients()[name], function.centre
    claimed = np.zeros_like(function.arrays[name]) if grad is None else grad
    measured, positions, samples, kept = [], [], [], []
    for flat in _chosen(claimed, rng):
        index = tuple(int(i) for i in np.unravel_index(flat, claimed.shape))
        slope = compare(function, name, index, claimed, tolerance).slope
        if slope.kinked:
            continue
        kept.append(index)
        measured.append(slope.value)
        samples.append(slope.parts.reshape(len(slope.parts), -1).sum(axis=1))
        if centre.ndim == 4 and centre[0, 0].size <= MOST_PARTS:
            positions.append(slope.parts.sum(axis=(0, 1)))
    return MeasuredGradient(
        function=function,
        name=name,
        given=grad is not None,
        claimed=claimed,
        indices=tuple(np.array(kept, dtype=np.intp).reshape(-1, claimed.ndim).T),
        measured=np.array(measured),
        by_position=np.array(positions) if positions else None,
        by_sample=np.array(samples),
    )


def _chosen(array: Array, rng: np.random.Generator) -> Array:
    """Choose elements: all, or those of the first sample or filter, or some of them."""
    if array.size <= MOST_ELEMENTS:
        return np.arange(array.size)
    first = array[0].size
    if 16 <= first <= MOST_ELEMENTS:
        # all of the first, and some of the rest: a mistake may lie between samples
        others = rng.choice(np.arange(first, array.size), 32, replace=False)
        return np.concatenate([np.arange(first), np.sort(others)])
    return np.sort(rng.choice(array.size, MOST_ELEMENTS, replace=False))


def factor_between(said: Array, measured: Array) -> float | None:
    """Return the factor that fits best, None where nothing can be said."""
    square = float(np.square(measured).sum())
    factor = float((said * measured).sum()) / square if square > 0 else 0.0
    return factor if factor != 0 and np.isfinite(factor) else None
