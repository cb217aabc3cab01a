"""Names mistakes for which the layer has to be looked at again: left-out terms, other weights."""

from __future__ import annotations

import numpy as np

from minitorchcnn.diagnostics.gradients.evidence import AXES, MeasuredGradient
from minitorchcnn.diagnostics.gradients.finite_difference import compare
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis
from minitorchcnn.types import Array

#: Elements to measure for each weight that may have been meant.
LOOKS = 40


def statistics(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a normalization that forgets how mean and variance depend on x.

    Their terms are a constant and a multiple of x in every channel, so what is missing is a
    straight line in x.
    """
    touched = (~e.alike(e.by_sample, np.zeros(1))).sum(axis=1)
    if e.name != "x" or e.claimed.ndim < 2 or touched.max(initial=0) < 2:
        return None
    x, beyond, channels = e.function.arrays["x"], e.said - e.measured, e.indices[1]
    slopes, level = [], []
    for channel in np.unique(channels):
        own = channels == channel
        if own.sum() < 4:
            return None
        values = x[e.indices][own] - x[:, channel].mean()
        line = np.stack([np.ones_like(values), values], axis=1)
        (constant, slope), *_ = np.linalg.lstsq(line, beyond[own], rcond=None)
        if not e.same(line @ np.array([constant, slope]), beyond[own]):
            return None
        slopes.append(abs(slope) * np.ptp(values))
        level.append(abs(constant))
    if max(slopes) < 1e-3 * max(level):
        return Diagnosis("statistics", "the term of the mean is missing: x moves the mean, too")
    if max(level) < 1e-3 * max(slopes):
        text = "the term of the variance is missing: x moves the variance, too"
        return Diagnosis("statistics", text)
    text = "the terms of mean and variance are missing: they are not constants, x moves them"
    return Diagnosis("statistics", text)


def other_weights(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a gradient of x that belongs to a flipped or transposed weight.

    The weight is really changed in that way and the gradient of x measured once more: if it is
    what the layer claims, the layer takes the one weight for the other.
    """
    weight = e.function.arrays.get("weight")
    if e.name != "x" or weight is None:
        return None
    for kind, sentence, other in _confusions(weight.copy()):
        with e.function.moved({"weight": other}):
            if _claim_fits(e):
                return Diagnosis(kind, sentence)
    return None


def _confusions(weight: Array) -> list[tuple[str, str, Array]]:
    """Return kind, sentence and weight of what is usually taken for the weight."""
    found = []
    for one, other in ((0, 1), (2, 3))[: weight.ndim // 2]:
        if weight.shape[one] == weight.shape[other] > 1:
            names = " and ".join(AXES["weight", weight.ndim][axis] for axis in (one, other))
            text = f"the weight is taken transposed: {names} have changed places"
            found.append(("transposed", text, weight.swapaxes(one, other)))
    for axes in ((2, 3), (2,), (3,)) if weight.ndim == 4 else ():
        flipped = weight
        for axis in axes:
            flipped = np.flip(flipped, axis)
        found.append(("flipped", "the kernel is taken flipped", flipped))
    return found


def _claim_fits(e: MeasuredGradient) -> bool:
    """Tell whether the claimed gradient is right at the present weight."""
    for at in range(min(LOOKS, len(e.measured))):
        index = tuple(int(axis[at]) for axis in e.indices)
        slope = compare(e.function, e.name, index, e.claimed, 1e-5).slope
        if not bool(e.alike(np.array(slope.value), e.said[at])):
            return False
    return True
