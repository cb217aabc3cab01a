"""Brings mistakes home: which layer, which array, which element, and what kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from minitorchcnn.diagnostics.gradients import patterns, window_patterns
from minitorchcnn.diagnostics.gradients.evidence import MeasuredGradient, gather
from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction, function_of_layer
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis
from minitorchcnn.diagnostics.gradients.probe import Suspicion, points, suspicions
from minitorchcnn.model.fusion import Step
from minitorchcnn.types import Array

#: Every kind of mistake, the most particular first.
QUESTIONS = (
    patterns.missing,
    patterns.not_finite,
    patterns.rounded,
    patterns.one_element,
    patterns.scaled,
    patterns.handed_on,
    patterns.transposed,
    patterns.flipped,
    patterns.permuted,
    patterns.shifted,
    patterns.one_part,
    patterns.constant,
    patterns.scaled_along,
    patterns.clipped,
    patterns.one_side,
    window_patterns.misplaced,
    window_patterns.unspread,
    window_patterns.misread,
    window_patterns.cut_off,
    window_patterns.other_weights,
    patterns.statistics,
    window_patterns.border,
    window_patterns.overlap,
    patterns.leak,
)


@dataclass(frozen=True)
class Fault:
    """A mistake in one layer's own gradient.

    Attributes
    ----------
    layer : int or None
        Index of the layer in the model; None for the loss.
    title : str
        The layer, or the layers that are wrong only together.
    array : str
        "x" or the parameter.
    index : tuple of int
        Where it is worst. Empty for `kind` "tie", which is a matter of several elements.
    analytic, numeric : float
        What the layer says there, and what was measured, for the layer's outputs weighted at
        random (see `check_gradients`).
    kind : str
        One word, "unexplained" if no pattern fits.
    sentence : str
        What is wrong, in words.
    """

    layer: int | None
    title: str
    array: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    kind: str
    sentence: str

    def __str__(self) -> str:
        place = self.title if self.layer is None else f"layer {self.layer}, {self.title}"
        where = f" at {self.index}" if self.index else ""
        return (
            f"{place}: gradient of {self.array}: {self.sentence} "
            f"({self.analytic:.4e} instead of {self.numeric:.4e}{where})"
        )


def local_faults(
    whole: DifferentiableFunction,
    rng: np.random.Generator,
    tolerance: float,
    elements: int,
    cotangents: list[Array] | None = None,
) -> list[Fault]:
    """Check every layer by itself, neighbours that are computed together, and the loss.

    Parameters
    ----------
    whole : DifferentiableFunction
        The model.
    elements : int
        Single elements to measure in each array.
    cotangents : list of ndarray or None
        The gradients that arrive at the outputs of the layers in the model, in place of random
        ones.
    """
    found: list[Fault] = []
    inputs = whole.layer_inputs()
    single = [
        function_of_layer(index, Step(layer), inputs[index], rng)
        for index, layer in enumerate(whole.layers)
    ]
    for index, function in enumerate(single):
        if cotangents is not None:
            function.cotangent = cotangents[index]
        found += faults_of(function, rng, tolerance, elements)
    guilty = {fault.layer for fault in found}
    for index, step in whole.joined_steps():
        if guilty.isdisjoint(range(index, index + len(step.layers))):
            joined = function_of_layer(index, step, inputs[index], rng)
            found += [_joined(fault) for fault in faults_of(joined, rng, tolerance, elements)]
    if whole.loss is not None:
        loss = DifferentiableFunction([], inputs[-1])
        loss.end_in(whole.loss)
        found += faults_of(loss, rng, tolerance, elements)
    return found


def _joined(fault: Fault) -> Fault:
    """Say of a fault that the layers do not have it one by one."""
    text = f"right layer by layer, wrong where they are computed together: {fault.sentence}"
    return replace(fault, kind="joined", sentence=text)


def faults_of(
    function: DifferentiableFunction, rng: np.random.Generator, tolerance: float, elements: int
) -> list[Fault]:
    """Return the faults of one function, at most one for each array."""
    suspected: dict[str, list[Suspicion]] = {}
    for suspicion in suspicions(function, rng, tolerance, elements):
        suspected.setdefault(suspicion.name, []).append(suspicion)
    return [_fault(function, about, rng, tolerance) for about in suspected.values()]


def _fault(
    function: DifferentiableFunction,
    about: list[Suspicion],
    rng: np.random.Generator,
    tolerance: float,
) -> Fault:
    """Find out what is behind the suspicions about one array."""
    name, seen_at = about[0].name, {suspicion.point for suspicion in about}
    point = "nearby" if "nearby" in seen_at else about[0].point
    with function.moved(points(function, rng)[point]):
        measured = gather(function, name, rng, tolerance)
        diagnosis = None if point == "nearby" else _tie(about)
        if diagnosis is None and measured.wrong.any():
            diagnosis = diagnose(measured)
    worst = max(about, key=lambda suspicion: suspicion.seen.error)
    index: tuple[int, ...] = worst.direction if isinstance(worst.direction, tuple) else ()
    analytic, numeric = worst.seen.said, worst.seen.slope.value
    if diagnosis is None:
        diagnosis = Diagnosis("unexplained", "wrong, in no pattern that is known")
    if measured.wrong.any():
        index, analytic, numeric = measured.worst()
    return Fault(
        function.index,
        function.title,
        name,
        index,
        analytic,
        numeric,
        diagnosis.kind,
        diagnosis.sentence,
    )


def _tie(about: list[Suspicion]) -> Diagnosis | None:
    """Name what is wrong only where numbers are equal."""
    if about[0].name != "x":
        return None
    text = "right as long as no two inputs are equal, wrong where they are: "
    # a whole channel moved: its gradient has to add up, to whichever equal pixel it is given
    whole = [s for s in about if not isinstance(s.direction, tuple)]
    if 2 * sum(abs(s.seen.said) > abs(s.seen.slope.value) for s in whole) > len(whole):
        return Diagnosis("tie", text + "the gradient of a tie is counted more than once")
    return Diagnosis("tie", text + "the gradient of a tie must go to one of them")


def diagnose(measured: MeasuredGradient) -> Diagnosis | None:
    """Ask after every kind of mistake in turn."""
    if not len(measured.measured):
        return None
    for question in QUESTIONS:
        diagnosis = question(measured)
        if diagnosis is not None:
            return diagnosis
    share = f"{measured.wrong.sum()} of {len(measured.wrong)}"
    return Diagnosis("unexplained", f"wrong in no pattern that is known, at {share} elements")
