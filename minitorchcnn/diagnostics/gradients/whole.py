"""The model as a whole: the gradients that training would get, measured from end to end.

Kinks: where a ReLU input is 0 or two pixels of a max-pool window are equal, a gradient does not
exist, and near such places the measurement straddles the kink. What disagrees is therefore
measured again with smaller steps, and then at nearby points, where kinks are a matter of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from minitorchcnn.diagnostics.gradients.finite_difference import EPSILON
from minitorchcnn.diagnostics.gradients.function import Subject
from minitorchcnn.diagnostics.gradients.report import GradientRow
from minitorchcnn.types import Array

#: Half-widths of the central difference, relative to max(1, |value|): truncation errors of the
#: first are near 1e-10, the later ones fit between kinks.
STEPS = (1e-5, 1e-6, 1e-7)

#: A wider step, to tell rounding from a wrong gradient.
WIDE = 1e-4

#: Differences smaller than this share of the array's largest gradient are not held against it.
FLOOR = 1e-3

#: How often to look at a nearby point before a disagreement counts as an error.
DETOURS = 3

#: An element, or a direction along which all of the array moves.
Move = tuple[int, ...] | Array


@dataclass(frozen=True)
class _Seen:
    """One measured move of an array."""

    analytic: float
    numeric: float
    error: float


def check_array(
    subject: Subject, name: str, tolerance: float, max_elements: int, rng: np.random.Generator
) -> GradientRow:
    """Compare the gradient of one of the subject's arrays with measured ones.

    First along a random direction, which sees every element; then element by element.
    """
    grad = subject.gradients()[name]
    whole = rng.normal(size=grad.shape)
    chosen = np.arange(grad.size)
    if grad.size > max_elements:
        chosen = np.sort(rng.choice(grad.size, max_elements, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(flat, grad.shape)) for flat in chosen]
    seen: dict[tuple[int, ...], _Seen] = {}
    along = _look(subject, name, grad, whole, tolerance, rng)
    if along.error > tolerance:
        index = _narrow(subject, name, grad, whole, tolerance)
        seen[index] = _look(subject, name, grad, index, tolerance, rng)
    first = {index: _measure(subject, name, grad, index, tolerance) for index in indices}
    suspects = [index for index in indices if first[index].error > tolerance]
    elsewhere = _measure_nearby(subject, name, suspects, tolerance, rng)
    seen = {**seen, **first, **dict(zip(suspects, elsewhere, strict=True))}
    index, worst = max(seen.items(), key=lambda item: item[1].error)
    if worst.error <= tolerance < along.error:
        index, worst = (), along
    return GradientRow(
        name=name,
        elements=grad.size,
        checked=len(indices),
        index=index,
        analytic=worst.analytic,
        numeric=worst.numeric,
        error=worst.error,
        kinks=sum(found.error <= tolerance for found in elsewhere),
        frozen=name in subject.frozen,
        layer=subject.owner[name],
        title=repr(subject.layers[subject.owner[name]]),
    )


def _look(
    subject: Subject,
    name: str,
    grad: Array,
    move: Move,
    tolerance: float,
    rng: np.random.Generator,
) -> _Seen:
    """Measure one move, at nearby points if need be."""
    seen = _measure(subject, name, grad, move, tolerance)
    if seen.error > tolerance:
        (seen,) = _measure_nearby(subject, name, [move], tolerance, rng)
    return seen


def _measure(subject: Subject, name: str, grad: Array, move: Move, tolerance: float) -> _Seen:
    """Compare one move with central differences, smaller steps following a disagreement."""
    if isinstance(move, tuple):
        analytic, scale = float(grad[move]), FLOOR * float(np.abs(grad).max())
    else:
        parts = grad * move
        analytic, scale = float(parts.sum()), float(np.sqrt(np.square(parts).sum()))
    seen: list[tuple[float, float]] = []  # slope and rounding error for each step
    best = _Seen(analytic, np.nan, np.inf)
    for step in STEPS:
        numeric, rounding = _difference(subject, name, move, step)
        size = max(abs(analytic), abs(numeric), scale, rounding / tolerance)
        error = abs(analytic - numeric) / size
        if error <= tolerance:
            return _Seen(analytic, numeric, error)
        seen.append((numeric, rounding))
        if error < best.error:
            best = _Seen(analytic, numeric, error)
    seen.insert(0, _difference(subject, name, move, WIDE))
    return _settled(analytic, scale, seen, best, tolerance * subject.largest)


def _settled(
    analytic: float, scale: float, seen: list[tuple[float, float]], best: _Seen, most: float
) -> _Seen:
    """Judge by the step that is known best: rounding inside the model may be larger than thought.

    Where two neighbouring steps differ, truncation in the wider or rounding in the narrower one
    is to blame; that much is forgiven, but no more than `most`.
    """
    pairs = [
        (2 * abs(wide - narrow) + rounding, narrow)
        for (wide, _), (narrow, rounding) in pairwise(seen)
    ]
    doubt, numeric = min(pairs)
    size = max(abs(analytic), abs(numeric), scale)
    beyond = abs(analytic - numeric) - min(doubt, most)
    if not np.isfinite(beyond) or beyond > 0:
        error = beyond / size if np.isfinite(beyond) else np.inf
        return _Seen(analytic, numeric, error) if error < best.error else best
    return _Seen(analytic, numeric, 0.0)


def _difference(subject: Subject, name: str, move: Move, step: float) -> tuple[float, float]:
    """Return the central difference along a move, and the rounding error to be expected."""
    array = subject.arrays[name]
    where: tuple[int, ...] = ()
    direction: Array | float = 1.0
    if isinstance(move, tuple):
        where = move
        step *= max(1.0, abs(float(array[move])))
    else:
        direction = move
    centre = array[where].copy()
    array[where] = centre + step * direction
    above = subject.value(name)
    array[where] = centre - step * direction
    below = subject.value(name)
    array[where] = centre
    # d f / d value = (f(value + step) - f(value - step)) / (2 step)
    return (above - below) / (2 * step), 4 * EPSILON * subject.magnitude / step


def _measure_nearby(
    subject: Subject,
    name: str,
    suspects: Sequence[Move],
    tolerance: float,
    rng: np.random.Generator,
) -> list[_Seen]:
    """Measure moves again at points a little away, where exact ties are broken."""
    original = {key: array.copy() for key, array in subject.arrays.items()}
    found: dict[int, _Seen] = {}
    left = list(range(len(suspects)))
    for _ in range(DETOURS):
        if not left:
            break
        for key, array in subject.arrays.items():
            scale = 0.01 * (original[key].std() + 0.1)
            array[...] = original[key] + rng.normal(0.0, scale, array.shape)
        grad = subject.gradients()[name]
        for at in left:
            found[at] = _measure(subject, name, grad, suspects[at], tolerance)
        left = [at for at in left if found[at].error > tolerance]
    for key, array in subject.arrays.items():
        array[...] = original[key]
    subject.settle()
    return [found[at] for at in range(len(suspects))]


def _narrow(
    subject: Subject, name: str, grad: Array, direction: Array, tolerance: float
) -> tuple[int, ...]:
    """Halve a direction that is wrong until one element is left."""
    low, high = 0, grad.size
    while high - low > 1:
        middle = (low + high) // 2
        half = np.zeros(grad.size)
        half[low:middle] = direction.reshape(-1)[low:middle]
        wrong = _measure(subject, name, grad, half.reshape(grad.shape), tolerance)
        low, high = (low, middle) if wrong.error > tolerance else (middle, high)
    return tuple(int(i) for i in np.unravel_index(low, grad.shape))
