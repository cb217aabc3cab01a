"""Brings mistakes home: which layer, which array, which element, and what kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from minitorchcnn.diagnostics.gradients import patterns as kinds
from minitorchcnn.diagnostics.gradients import regions, terms
from minitorchcnn.diagnostics.gradients import window_patterns as windows
from minitorchcnn.diagnostics.gradients.evidence import Evidence, gather
from minitorchcnn.diagnostics.gradients.function import Subject
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis
from minitorchcnn.diagnostics.gradients.probe import Suspicion, placed, points, suspicions
from minitorchcnn.diagnostics.gradients.stage import LayerStage, LossStage, Stage
from minitorchcnn.model.fusion import Step
from minitorchcnn.types import Array

#: Every kind of mistake, the most particular first.
QUESTIONS = (
    kinds.missing,
    kinds.not_finite,
    kinds.rounded,
    regions.one_element,
    kinds.scaled,
    kinds.handed_on,
    kinds.transposed,
    kinds.flipped,
    kinds.permuted,
    kinds.shifted,
    kinds.one_part,
    kinds.constant,
    kinds.scaled_along,
    regions.clipped,
    regions.one_side,
    windows.misplaced,
    windows.unspread,
    windows.misread,
    windows.cut_off,
    terms.other_weights,
    terms.statistics,
    windows.border,
    windows.overlap,
    regions.leak,
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
    subject: Subject,
    rng: np.random.Generator,
    tolerance: float,
    elements: int,
    cotangents: list[Array] | None = None,
) -> list[Fault]:
    """Check every layer by itself, and neighbours that are computed together.

    Parameters
    ----------
    subject : Subject
    rng : numpy.random.Generator
    tolerance : float
    elements : int
        Single elements to measure in each array.
    cotangents : list of ndarray or None
        The gradients that arrive at the outputs of the layers in the model, in place of random
        ones.
    """
    found: list[Fault] = []
    stages = []
    inputs = subject.layer_inputs()
    for index, layer in enumerate(subject.layers):
        stages.append(LayerStage(index, Step(layer), inputs[index], rng))
        if cotangents is not None:
            stages[-1].cotangent = cotangents[index]
    for stage in stages:
        found += faults_of(stage, rng, tolerance, elements)
    guilty = {fault.layer for fault in found}
    for index, step in subject.joined_steps():
        if guilty.isdisjoint(range(index, index + len(step.layers))):
            joined = LayerStage(index, step, inputs[index], rng)
            found += [_joined(fault) for fault in faults_of(joined, rng, tolerance, elements)]
    if subject.loss is not None:
        found += faults_of(LossStage(inputs[-1], subject.loss), rng, tolerance, elements)
    return found


def _joined(fault: Fault) -> Fault:
    """Say of a fault that the layers do not have it one by one."""
    text = f"right layer by layer, wrong where they are computed together: {fault.sentence}"
    return replace(fault, kind="joined", sentence=text)


def faults_of(
    stage: Stage, rng: np.random.Generator, tolerance: float, elements: int
) -> list[Fault]:
    """Return the faults of one stage, at most one for each array."""
    suspected: dict[str, list[Suspicion]] = {}
    for suspicion in suspicions(stage, rng, tolerance, elements):
        suspected.setdefault(suspicion.name, []).append(suspicion)
    return [_fault(stage, about, rng, tolerance) for about in suspected.values()]


def _fault(
    stage: Stage, about: list[Suspicion], rng: np.random.Generator, tolerance: float
) -> Fault:
    """Find out what is behind the suspicions about one array."""
    name, seen_at = about[0].name, {suspicion.point for suspicion in about}
    point = "nearby" if "nearby" in seen_at else about[0].point
    with placed(stage, points(stage, rng)[point]):
        evidence = gather(stage, name, rng, tolerance)
        diagnosis = None if point == "nearby" else _tie(about)
        if diagnosis is None and evidence.wrong.any():
            diagnosis = diagnose(evidence)
    worst = max(about, key=lambda suspicion: suspicion.error)
    index: tuple[int, ...] = worst.direction if isinstance(worst.direction, tuple) else ()
    analytic, numeric = worst.said, worst.slope.value
    if diagnosis is None:
        diagnosis = Diagnosis("unexplained", "wrong, in no pattern that is known")
    if evidence.wrong.any():
        index, analytic, numeric = evidence.worst()
    return Fault(
        stage.index, stage.title, name, index, analytic, numeric, diagnosis.kind, diagnosis.sentence
    )


def _tie(about: list[Suspicion]) -> Diagnosis | None:
    """Name what is wrong only where numbers are equal."""
    if about[0].name != "x":
        return None
    text = "right as long as no two inputs are equal, wrong where they are: "
    # a whole channel moved: its gradient has to add up, to whichever equal pixel it is given
    whole = [s for s in about if not isinstance(s.direction, tuple)]
    if 2 * sum(abs(s.said) > abs(s.slope.value) for s in whole) > len(whole):
        return Diagnosis("tie", text + "the gradient of a tie is counted more than once")
    return Diagnosis("tie", text + "the gradient of a tie must go to one of them")


def diagnose(evidence: Evidence) -> Diagnosis | None:
    """Ask after every kind of mistake in turn."""
    if not len(evidence.measured):
        return None
    for question in QUESTIONS:
        diagnosis = question(evidence)
        if diagnosis is not None:
            return diagnosis
    share = f"{evidence.wrong.sum()} of {len(evidence.wrong)}"
    return Diagnosis("unexplained", f"wrong in no pattern that is known, at {share} elements")
