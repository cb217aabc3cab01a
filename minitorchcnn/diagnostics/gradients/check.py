"""`check_gradients`: the model from end to end, then every layer by itself to find who is wrong."""

from __future__ import annotations

from dataclasses import replace

from minitorchcnn.diagnostics.gradients.faults import Fault, local_faults
from minitorchcnn.diagnostics.gradients.function import Subject, draws_at_random
from minitorchcnn.diagnostics.gradients.probe import ELEMENTS
from minitorchcnn.diagnostics.gradients.report import GradientReport, GradientRow
from minitorchcnn.diagnostics.gradients.whole import check_array
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.training.objectives import LossFunction
from minitorchcnn.types import Array
from minitorchcnn.validation import generator, integer, number


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
    subject = Subject(model, x, labels, loss, rng)
    rows = [check_array(subject, name, tolerance, max_elements, rng) for name in subject.arrays]
    elements, failed = min(max_elements, ELEMENTS), [row for row in rows if row.error > tolerance]
    faults = local_faults(subject, rng, tolerance, elements)
    if failed and not faults:  # wrong for some gradients only, such as large ones
        faults = local_faults(subject, rng, tolerance, elements, subject.layer_cotangents())
    if failed and not faults:
        faults = [_of_the_chain(failed[-1])]
    named = [replace(row, kind=_kind(row, faults)) if row in failed else row for row in rows]
    return GradientReport(tuple(named), tolerance, tuple(faults), _notes(subject))


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


def _notes(subject: Subject) -> tuple[str, ...]:
    """Say which layers draw at random."""
    return tuple(
        f"layer {index}, {layer}: its random choices were held still"
        for index, layer in enumerate(subject.layers)
        if draws_at_random(layer)
    )
