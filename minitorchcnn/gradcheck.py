"""Numeric gradients, so that nobody has to believe a backward pass.

The gradient of a scalar is measured by moving one number a little to both sides. A wrong
backward often still trains; it does not pass this. Everything happens in float64 on a copy.

Kinks: where a ReLU input is 0 or two pixels of a max-pool window are equal, a gradient does not
exist, and near such places the measurement straddles the kink. An element that disagrees is
therefore measured again with smaller steps, and then at nearby points, where kinks are a
matter of chance. Only what is wrong there too is an error; the rest is counted as kinks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.checks import generator, integer, number
from minitorchcnn.gradsubject import Subject
from minitorchcnn.layers.base import Layer
from minitorchcnn.objectives import LossFunction
from minitorchcnn.sequential import Sequential

#: Half-widths of the central difference, relative to max(1, |value|): truncation errors of the
#: first are near 1e-10, the later ones fit between kinks.
STEPS = (1e-5, 1e-6, 1e-7)

#: Differences smaller than this share of the array's largest gradient are not held against it.
FLOOR = 1e-3

#: How often to look at a nearby point before a disagreement counts as an error.
DETOURS = 3


@dataclass(frozen=True)
class GradientRow:
    """How one array's gradient compares.

    Attributes
    ----------
    name : str
        "x" for the input, otherwise the parameter's name.
    elements, checked : int
        Size of the array, and how many of its elements were measured.
    index : tuple of int
        The worst element, with its `analytic` and `numeric` gradient and relative `error`.
    kinks : int
        Elements that could only be measured at a nearby point.
    frozen : bool
        The parameter is (partly) frozen in the original; it was checked on a thawed copy.
    """

    name: str
    elements: int
    checked: int
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    kinks: int
    frozen: bool


@dataclass(frozen=True)
class GradientReport:
    """The result of `check_gradients`: a row for the input and for every parameter.

    Attributes
    ----------
    rows : tuple of GradientRow
    tolerance : float
        Largest relative error that passes.
    """

    rows: tuple[GradientRow, ...]
    tolerance: float

    @property
    def passed(self) -> bool:
        """True if every row is within the tolerance."""
        return self.worst.error <= self.tolerance

    @property
    def worst(self) -> GradientRow:
        """The row with the largest error."""
        return max(self.rows, key=lambda row: row.error)

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        head = f"{'':{width}}  {'checked':>11}  {'error':>7}  {'analytic':>11}  {'numeric':>11}"
        lines = [f"{head}  kinks  worst index"]
        for row in self.rows:
            marks = "" if row.error <= self.tolerance else "  WRONG"
            marks += "  (frozen, checked thawed)" if row.frozen else ""
            lines.append(
                f"{row.name:{width}}  {f'{row.checked}/{row.elements}':>11}  {row.error:7.0e}  "
                f"{row.analytic:11.4e}  {row.numeric:11.4e}  {row.kinks:5d}  {row.index}{marks}"
            )
        word = "passed" if self.passed else f"FAILED, worst in {self.worst.name}"
        lines.append(f"gradient check {word} (largest relative error allowed {self.tolerance:g})")
        return "\n".join(lines)


def check_gradients(
    model: Sequential | Layer,
    x: Array,
    labels: Array | None = None,
    seed: int = 0,
    *,
    loss: str | LossFunction = "softmax_cross_entropy",
    tolerance: float = 1e-5,
    max_elements: int = 200,
) -> GradientReport:
    """Compare the gradients of a model or layer with measured ones.

    Parameters
    ----------
    model : Sequential or Layer
        Not changed: all work is done on a float64 copy in training mode, with Dropout's random
        choices held still and frozen parameters thawed. A layer that is not built yet is built
        for x.
    x : ndarray, shape (N, *input_shape), floating point
        A few samples are enough.
    labels : ndarray or None
        With labels the scalar is `loss`; without, the outputs are weighted at random, which
        finds mistakes that equal weights would hide.
    seed : int
        Random weights of the outputs and choice of elements.
    loss : str or callable
        As for `Trainer`; used with labels only.
    tolerance : float
        Largest relative error that passes.
    max_elements : int
        Elements to measure in each array, chosen at random where there are more.

    Returns
    -------
    GradientReport

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If x, labels or an option cannot be used.

    Examples
    --------
    >>> from minitorchcnn import Conv2D
    >>> x = np.random.default_rng(0).normal(size=(2, 1, 5, 4))
    >>> check_gradients(Conv2D(2, 3), x).passed
    True
    """
    number(tolerance, "check_gradients: tolerance", low=0.0, high=1.0)
    integer(max_elements, "check_gradients: max_elements", minimum=1)
    rng = generator(seed, "check_gradients: seed")
    subject = Subject(model, x, labels, loss, rng)
    analytic = subject.gradients()
    rows = [
        _check_array(subject, name, analytic[name], tolerance, max_elements, rng)
        for name in subject.arrays
    ]
    return GradientReport(tuple(rows), tolerance)


@dataclass(frozen=True)
class _Element:
    """One measured element of an array."""

    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float


def _check_array(
    subject: Subject,
    name: str,
    grad: Array,
    tolerance: float,
    max_elements: int,
    rng: np.random.Generator,
) -> GradientRow:
    size = grad.size
    chosen = np.arange(size)
    if size > max_elements:
        chosen = np.sort(rng.choice(size, max_elements, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(flat, grad.shape)) for flat in chosen]
    elements = {index: _measure(subject, name, grad, index, tolerance) for index in indices}
    suspects = [index for index in indices if elements[index].error > tolerance]
    seen_elsewhere = _measure_nearby(subject, name, suspects, tolerance, rng)
    elements.update(seen_elsewhere)
    worst = max(elements.values(), key=lambda element: element.error)
    return GradientRow(
        name=name,
        elements=size,
        checked=len(indices),
        index=worst.index,
        analytic=worst.analytic,
        numeric=worst.numeric,
        error=worst.error,
        kinks=sum(element.error <= tolerance for element in seen_elsewhere.values()),
        frozen=name in subject.frozen,
    )


def _measure(
    subject: Subject, name: str, grad: Array, index: tuple[int, ...], tolerance: float
) -> _Element:
    """Compare one element with central differences, smaller steps following a disagreement."""
    array, analytic = subject.arrays[name], float(grad[index])
    value, scale = float(array[index]), FLOOR * float(np.abs(grad).max())
    best = _Element(index, analytic, np.nan, np.inf)
    for relative_step in STEPS:
        step = relative_step * max(1.0, abs(value))
        array[index] = value + step
        above = subject.value()
        array[index] = value - step
        below = subject.value()
        array[index] = value
        # d f / d value = (f(value + step) - f(value - step)) / (2 step)
        numeric = (above - below) / (2 * step)
        rounding = 4 * np.finfo(array.dtype).eps * subject.magnitude / step
        size = max(abs(analytic), abs(numeric), scale, rounding / tolerance)
        error = abs(analytic - numeric) / size
        if error < best.error:
            best = _Element(index, analytic, numeric, error)
        if error <= tolerance:
            break
    return best


def _measure_nearby(
    subject: Subject,
    name: str,
    suspects: list[tuple[int, ...]],
    tolerance: float,
    rng: np.random.Generator,
) -> dict[tuple[int, ...], _Element]:
    """Measure elements again at points a little away, where exact ties are broken."""
    original = {key: array.copy() for key, array in subject.arrays.items()}
    found: dict[tuple[int, ...], _Element] = {}
    for _ in range(DETOURS):
        if not suspects:
            break
        for key, array in subject.arrays.items():
            scale = 0.01 * (original[key].std() + 0.1)
            array[...] = original[key] + rng.normal(0.0, scale, array.shape)
        grad = subject.gradients()[name]
        for index in suspects:
            found[index] = _measure(subject, name, grad, index, tolerance)
        suspects = [index for index in suspects if found[index].error > tolerance]
    for key, array in subject.arrays.items():
        array[...] = original[key]
    return found
