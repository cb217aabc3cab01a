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
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from minitorchcnn.diagnostics.gradients.finite_difference import Index, Slope, measure
from minitorchcnn.diagnostics.gradients.stage import Stage
from minitorchcnn.types import Array

#: Gradients smaller than this share of the array's largest one are compared with that share.
FLOOR = 1e-3

#: Random directions for each array.
DIRECTIONS = 2

#: Single elements of each array.
ELEMENTS = 16


@dataclass(frozen=True)
class Suspicion:
    """A slope that contradicts the gradient of one array.

    Attributes
    ----------
    name : str
    point : str
        "own", "nearby" or "ties".
    direction : ndarray or tuple of int
    said, error : float
        What the gradient says of the direction, and how wrong that is.
    slope : Slope
    """

    name: str
    point: str
    direction: Array | Index
    said: float
    slope: Slope
    error: float


def suspicions(
    stage: Stage, rng: np.random.Generator, tolerance: float, elements: int = ELEMENTS
) -> list[Suspicion]:
    """Return everything about a stage that contradicts its gradients."""
    found = []
    for point, moved in points(stage, rng).items():
        with placed(stage, moved):
            centre = stage.outputs()
            if point != "own" and not np.isfinite(centre).all():
                continue  # outside of where the layer is defined
            claimed = stage.gradients()
            for name, array in stage.arrays.items():
                if point == "ties" and name != "x":
                    continue
                given = claimed[name]
                grad = np.zeros_like(array) if given is None else given
                for direction in _directions(array, name, point, elements, rng):
                    scale = _scale(grad, direction)
                    seen = measure(stage, name, direction, centre, grad, scale, tolerance)
                    if not seen[2] <= tolerance:
                        found.append(Suspicion(name, point, direction, *seen))
    return found


def points(stage: Stage, rng: np.random.Generator) -> dict[str, dict[str, Array]]:
    """Return the values of the arrays at every point that is looked at."""
    own = {name: array.copy() for name, array in stage.arrays.items()}
    nearby = {
        name: array + rng.normal(0.0, 0.05 * (array.std() + 0.1), array.shape)
        if name == "x"
        else array + rng.normal(0.0, 0.2 * (_rms(array) + 0.5), array.shape)
        for name, array in own.items()
    }
    found = {"own": own, "nearby": nearby}
    if own["x"].ndim > 1 and stage.layer is not None:
        level = own["x"].std() or 1.0
        found["ties"] = {**own, "x": np.round(own["x"] / level) * level}
    return found


@contextmanager
def placed(stage: Stage, values: dict[str, Array]) -> Iterator[None]:
    """Move a stage to a point, and back in the end."""
    before = {name: array.copy() for name, array in stage.arrays.items()}
    try:
        for name, value in values.items():
            stage.arrays[name][...] = value
        yield
    finally:
        for name, value in before.items():
            stage.arrays[name][...] = value


def _directions(
    array: Array, name: str, point: str, elements: int, rng: np.random.Generator
) -> Iterator[Array | Index]:
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


def _scale(grad: Array, direction: Array | Index) -> float:
    """Return the size below which slopes are not expected to be accurate relative to themselves."""
    if isinstance(direction, tuple):
        return FLOOR * float(np.abs(grad).max())
    return float(np.sqrt(np.square(grad * direction).sum()))


def _rms(array: Array) -> float:
    return float(np.sqrt(np.square(array).mean()))
