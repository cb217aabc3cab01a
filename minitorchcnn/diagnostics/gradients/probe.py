"""Looks for mistakes in one layer, at points where each kind of mistake can be seen.

A direction that moves all numbers of an array at once sees an error in any of them, with two
evaluations; single numbers are measured beside it. Both at three points:

- *own*: the layer's input and parameters in the model;
- *nearby*: a little away, where no two numbers are equal and no parameter is 0 or 1 by chance;
- *ties*: inputs rounded to a few values. There only whole channels are shifted, which keeps the
  ties, so that their gradient must add up however it is given to equal pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minitorchcnn.diagnostics.gradients.finite_difference import Comparison, Direction, compare
from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction
from minitorchcnn.types import Array

#: Random directions for each array.
DIRECTIONS = 2

#: Single elements of each array.
ELEMENTS = 16


@dataclass(frozen=True)
class Suspicion:
    """A slope that contradicts the gradient of one array.

    Attributes
    ----------
    point : str
        "own", "nearby" or "ties".
    """

    name: str
    point: str
    direction: Direction
    seen: Comparison


def suspicions(
    function: DifferentiableFunction,
    rng: np.random.Generator,
    tolerance: float,
    elements: int = ELEMENTS,
) -> list[Suspicion]:
    """Return everything about a function that contradicts its gradients."""
    found = []
    for point, values in points(function, rng).items():
        with function.moved(values):
            if point != "own" and not np.isfinite(function.centre).all():
                continue  # outside of where the layer is defined
            claimed = function.gradients()
            for name, array in function.arrays.items():
                if point == "ties" and name != "x":
                    continue
                given = claimed[name]
                grad = np.zeros_like(array) if given is None else given
                for direction in _directions(array, name, point, elements, rng):
                    seen = compare(function, name, direction, grad, tolerance)
                    if not seen.error <= tolerance:
                        found.append(Suspicion(name, point, direction, seen))
    return found


def points(
    function: DifferentiableFunction, rng: np.random.Generator
) -> dict[str, dict[str, Array]]:
    """Return the values of the arrays at every point that is looked at."""
    own = {name: array.copy() for name, array in function.arrays.items()}
    nearby = {
        name: array + rng.normal(0.0, 0.05 * (array.std() + 0.1), array.shape)
        if name == "x"
        else array + rng.normal(0.0, 0.2 * (_rms(array) + 0.5), array.shape)
        for name, array in own.items()
    }
    found = {"own": own, "nearby": nearby}
    if own["x"].ndim > 1 and function.layer is not None:
        level = own["x"].std() or 1.0
        found["ties"] = {**own, "x": np.round(own["x"] / level) * level}
    return found


def _directions(
    array: Array, name: str, point: str, elements: int, rng: np.random.Generator
) -> Iterator[Direction]:
    if point != "ties":
        for _ in range(DIRECTIONS):
            yield rng.normal(size=array.shape)
    if name == "x" and point != "nearby" and array.ndim > 1:
        yield np.ones_like(array)
        each = rng.normal(size=array.shape[: array.ndim // 2])  # of a sample, or of its channel
        yield each.reshape(*each.shape, *(1,) * (array.ndim - each.ndim)) * np.ones_like(array)
    if point != "ties":
        for flat in rng.choice(array.size, min(array.size, elements), replace=False):
            yield tuple(int(i) for i in np.unravel_index(flat, array.shape))


def _rms(array: Array) -> float:
    return float(np.sqrt(np.square(array).mean()))
