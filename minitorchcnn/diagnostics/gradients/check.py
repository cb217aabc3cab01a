"""`check_gradients`: the model from end to end, then every layer by itself to find who is wrong.

Kinks: where a ReLU input is 0 or two pixels of a max-pool window are equal, a gradient does not
exist, and near such places the measurement straddles the kink. What disagrees is therefore
measured again with smaller steps, and then at nearby points, where kinks are a matter of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from minitorchcnn.diagnostics.gradients.faults import Fault, local_faults
from minitorchcnn.diagnostics.gradients.finite_difference import (
    Comparison,
    Direction,
    Index,
    compare_smooth,
)
from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction, function_of_model
from minitorchcnn.diagnostics.gradients.probe import ELEMENTS
from minitorchcnn.diagnostics.gradients.report import GradientReport, GradientRow
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.objectives import LossFunction
from minitorchcnn.types import Array
from minitorchcnn.validation import generator, integer, number

#: How often to look at a nearby point before a disagreement counts as an error.
DETOURS = 3


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
    """Compare the gradients of a model or layer with measured ones, and say what is wrong.

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
        Random weights of the outputs, random directions and choice of elements.
    loss : str or callable
        As for `Trainer`; used with labels only.
    tolerance : float
        Largest relative error that passes.
    max_elements : int
        Elements to measure one by one in each array, chosen at random where there are more. All
        elements together are measured along random directions.

    Returns
    -------
    GradientReport
        Its `rows` are the gradients of the whole model. Its `faults` are mistakes of single
        layers, each measured by itself with its outputs weighted at random.

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If x, labels or an option cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn import Conv2D
    >>> x = np.random.default_rng(0).normal(size=(2, 1, 5, 4))
    >>> check_gradients(Conv2D(2, 3), x).passed
    True
    """
    number(tolerance, "check_gradients: tolerance", low=0.0, high=1.0)
    integer(max_elements, "check_gradients: max_elements", minimum=1)
    rng = generator(seed, "check_gradients: seed")
    whole = function_of_model(model, x, labels, loss, rng)
    rows = [check_array(whole, name, tolerance, max_elements, rng) for name in whole.arrays]
    elements, failed = min(max_elements, ELEMENTS), [row for row in rows if row.error > tolerance]
    faults = local_faults(whole, rng, tolerance, elements)
    if failed and not faults:  # wrong for some gradients only, such as large ones
        faults = local_faults(whole, rng, tolerance, elements, whole.layer_cotangents())
    if failed and not faults:
        faults = [_of_the_chain(failed[-1])]
    named = [replace(row, kind=_kind(row, faults)) if row in failed else row for row in rows]
    return GradientReport(tuple(named), tolerance, tuple(faults), _notes(whole))


def _kind(row: GradientRow, faults: list[Fault]) -> str:
    """Say why a row is wrong: by its own layer's mistake, or one above that spoiled it."""
    own = row.name.removeprefix(f"{row.layer}.")
    for fault in faults:
        if fault.layer == row.layer and fault.array == own:
            return fault.sentence
    above = [f for f in faults if f.layer is None or (f.array == "x" and f.layer >= row.layer)]
    if not above:
        return "wrong, in no pattern that is known"
    places = ("the loss" if f.layer is None else f"layer {f.layer}" for f in above)
    return f"spoiled by the gradient of x of {' and '.join(places)}"


def _of_the_chain(row: GradientRow) -> Fault:
    """Return the fault of a model whose layers are all right by themselves."""
    text = "wrong in the model, though every layer is right by itself: what is kept may be changed"
    own = row.name.removeprefix(f"{row.layer}.")
    return Fault(
        row.layer, row.title, own, row.index, row.analytic, row.numeric, "unexplained", text
    )


def _notes(whole: DifferentiableFunction) -> tuple[str, ...]:
    """Say which layers draw at random."""
    return tuple(
        f"layer {index}, {layer}: its random choices were held still"
        for index, layer in enumerate(whole.layers)
        if any(layer.generators())
    )


def check_array(
    whole: DifferentiableFunction,
    name: str,
    tolerance: float,
    max_elements: int,
    rng: np.random.Generator,
) -> GradientRow:
    """Compare the gradient of one array of a model with measured ones.

    First along a random direction, which sees every element; then element by element.
    """
    shape, size = whole.arrays[name].shape, whole.arrays[name].size
    direction, chosen = rng.normal(size=shape), np.arange(size)
    if size > max_elements:
        chosen = np.sort(rng.choice(size, max_elements, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in chosen]
    (along,), _ = _look(whole, name, [direction], tolerance, rng)
    seen: dict[Index, Comparison] = {}
    if along.error > tolerance:
        index = _narrow(whole, name, direction, tolerance)
        (seen[index],), _ = _look(whole, name, [index], tolerance, rng)
    found, kinks = _look(whole, name, indices, tolerance, rng)
    seen |= dict(zip(indices, found, strict=True))
    index, worst = max(seen.items(), key=lambda item: item[1].error)
    if worst.error <= tolerance < along.error:
        index, worst = (), along
    return GradientRow(
        name=name,
        elements=size,
        checked=len(indices),
        index=index,
        analytic=worst.said,
        numeric=worst.slope.value,
        error=worst.error,
        kinks=kinks,
        frozen=name in whole.frozen,
        layer=whole.owner[name],
        title=repr(whole.layers[whole.owner[name]]),
    )


def _look(
    whole: DifferentiableFunction,
    name: str,
    directions: Sequence[Direction],
    tolerance: float,
    rng: np.random.Generator,
) -> tuple[list[Comparison], int]:
    """Compare here, and what disagrees at nearby points, where exact ties are broken.

    Also returned is how many could only be measured there.
    """
    found = _compare(whole, name, directions, tolerance)
    suspects = left = [at for at, seen in enumerate(found) if seen.error > tolerance]
    for _ in range(DETOURS):
        if not left:
            break
        nearby = {
            key: array + rng.normal(0.0, 0.01 * (array.std() + 0.1), array.shape)
            for key, array in whole.arrays.items()
        }
        with whole.moved(nearby):
            again = _compare(whole, name, [directions[at] for at in left], tolerance)
        for at, seen in zip(left, again, strict=True):
            found[at] = seen
        left = [at for at in left if found[at].error > tolerance]
    return found, len(suspects) - len(left)


def _compare(
    whole: DifferentiableFunction, name: str, directions: Sequence[Direction], tolerance: float
) -> list[Comparison]:
    claimed = whole.gradients()
    largest = max(float(np.abs(g).max()) for g in claimed.values() if g is not None)
    grad = claimed[name]
    if grad is None:
        grad = np.zeros_like(whole.arrays[name])
    most = tolerance * largest
    return [compare_smooth(whole, name, move, grad, tolerance, most) for move in directions]


def _narrow(whole: DifferentiableFunction, name: str, direction: Array, tolerance: float) -> Index:
    """Halve a direction that is wrong until one element is left."""
    low, high = 0, direction.size
    while high - low > 1:
        middle = (low + high) // 2
        half = np.zeros_like(direction)
        half.flat[low:middle] = direction.flat[low:middle]
        (seen,) = _compare(whole, name, [half], tolerance)
        low, high = (low, middle) if seen.error > tolerance else (middle, high)
    return tuple(int(i) for i in np.unravel_index(low, direction.shape))
