"""Names a mistake by the pattern it leaves in a gradient.

Each function knows one kind of mistake: it says what the claimed gradient would be, had that
mistake been made, and recognises it by equality with what is claimed. No match, no name.
"""

from __future__ import annotations

import math
from itertools import combinations, permutations, product
from typing import NamedTuple

import numpy as np

from minitorchcnn.diagnostics.gradients.evidence import MeasuredGradient, factor_between
from minitorchcnn.diagnostics.gradients.function import DifferentiableFunction


class Diagnosis(NamedTuple):
    """A mistake: a word for tables, and a sentence for people."""

    kind: str
    sentence: str


def missing(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a gradient that is not there."""
    if not e.given:
        return Diagnosis("missing", "the gradient is missing: None is given where one was asked")
    if not e.said.any():
        return Diagnosis("missing", "the gradient is missing: it is 0 everywhere")
    if not e.alike(e.measured, np.zeros(1)).all():
        return None
    return Diagnosis("unused", "the outputs do not depend on it, so the gradient should be 0")


def not_finite(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise NaN and infinity."""
    if np.isfinite(e.said).all() and np.isfinite(e.measured).all():
        return None
    return Diagnosis("not finite", "there are NaN or infinite numbers")


def rounded(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise outputs that are computed in float32 whatever comes in."""
    y = e.function.outputs()
    if e.name != "x" or not np.array_equal(y, y.astype(np.float32)):
        return None
    text = "the outputs are rounded to float32 inside, so that nothing can be measured"
    return Diagnosis("rounded", text)


def scaled(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a constant factor, -1 included."""
    factor = factor_between(e.said, e.measured)
    if factor is None or not e.same(e.said, factor * e.measured):
        return None
    if abs(factor + 1) < 1e-3:
        return Diagnosis("sign", "the sign is wrong: it is the negative of the true gradient")
    return Diagnosis("scaled", f"scaled by {factor:.4g}{_named(e, factor)}")


def scaled_along(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a factor that is the same along all axes but one."""
    for axis in range(e.claimed.ndim):
        groups = [e.indices[axis] == i for i in np.unique(e.indices[axis])]
        factors = [factor_between(e.said[g], e.measured[g]) for g in groups]
        if len(groups) < 2 or len(e.measured) < 2 * len(groups) or None in factors:
            continue
        guess = np.empty_like(e.measured)
        for group, factor in zip(groups, factors, strict=True):
            guess[group] = (factor or 0.0) * e.measured[group]
        if e.same(e.said, guess):
            some = ", ".join(f"{factor:.3g}" for factor in factors[:4])
            text = f"scaled by another constant for each of its {e.axis(axis)} ({some}, ...)"
            return Diagnosis("scaled", text)
    return None


def handed_on(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a layer that passes the gradient of its output on unchanged."""
    cotangent = e.function.cotangent
    if e.claimed.shape != cotangent.shape or not e.same(e.said, cotangent[e.indices]):
        return None
    text = "the output's gradient is handed on unchanged: the layer's own derivative is missing"
    return Diagnosis("derivative", text)


def transposed(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise axes in the wrong order, also where a reshape has hidden that."""
    shape, ndim = e.claimed.shape, e.claimed.ndim
    for order in permutations(range(ndim)):
        back = np.argsort(order)
        # an exchange that was never undone, or one that was made before a reshape
        turned = e.claimed.reshape([shape[axis] for axis in order]).transpose(back)
        other = e.claimed.transpose(order).reshape(shape)
        if not any(e.same(guess[e.indices], e.measured) for guess in (turned, other)):
            continue
        moved = [axis for axis in range(ndim) if order[axis] != axis and shape[axis] > 1]
        names = " and ".join(e.axis(axis) for axis in moved)
        return Diagnosis("transposed", f"transposed: {names} have changed places")
    return None


def flipped(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise axes that run backwards."""
    for axes in _subsets(e.claimed.ndim):
        if e.same(np.flip(e.claimed, axes)[e.indices], e.measured):
            names = " and ".join(e.axis(axis) for axis in sorted(axes))
            kernel = "flipped kernel: " if e.name == "weight" and min(axes) > 1 else "flipped: "
            return Diagnosis("flipped", f"{kernel}{names} run backwards")
    return None


def permuted(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise rows that are right but stand in the wrong places."""
    if not e.complete:
        return None
    measured = np.empty_like(e.claimed)
    measured[e.indices] = e.measured
    for axis in range(e.claimed.ndim):
        claimed_rows = np.moveaxis(e.claimed, axis, 0).reshape(e.claimed.shape[axis], -1)
        true_rows = np.moveaxis(measured, axis, 0).reshape(claimed_rows.shape)
        apart = np.abs(claimed_rows[:, np.newaxis] - true_rows).max(axis=2)
        order = apart.argmin(axis=1)
        if len(set(order.tolist())) == len(order) > 1 and e.same(claimed_rows, true_rows[order]):
            text = f"the {e.axis(axis)} stand in the wrong order: {order.tolist()}"
            return Diagnosis("permuted", text)
    return None


def shifted(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a gradient that lies a pixel or two beside its place."""
    if e.claimed.ndim != 4:
        return None
    sizes = e.claimed.shape[2:]
    for moves in sorted(product(range(-2, 3), repeat=2), key=lambda m: abs(m[0]) + abs(m[1])):
        if any(abs(move) > max(0, size - 3) for move, size in zip(moves, sizes, strict=True)):
            continue
        places = [axis + move for axis, move in zip(e.indices[2:], moves, strict=True)]
        inside = np.logical_and.reduce(
            [(p >= 0) & (p < size) for p, size in zip(places, sizes, strict=True)]
        )
        where = (*e.indices[:2], *places)
        if e.same(e.claimed[*(part[inside] for part in where)], e.measured[inside]):
            return Diagnosis("shifted", f"shifted by {moves} (rows, columns)")
    return None


def one_part(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise contributions that were assigned where they must be added."""
    wrong = e.wrong
    if e.by_position is not None and e.name == "x":
        parts = e.by_position[wrong].reshape(wrong.sum(), -1)
        several = (~e.alike(parts, np.zeros(1))).sum(axis=1) > 1
        if several.all() and e.alike(parts, e.said[wrong, np.newaxis]).any(axis=1).all():
            text = "missing at overlaps: one window's part is assigned where all must be added"
            return Diagnosis("overlap", text)
    for n in range(e.by_sample.shape[1] if e.name != "x" else 0):
        if e.same(e.said, e.by_sample[:, n]):
            return Diagnosis("samples", f"only sample {n} counts: the samples must be added up")
    return None


def constant(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a constant that was added."""
    beyond = e.said - e.measured
    if len(beyond) < 3 or not e.same(beyond, np.broadcast_to(beyond.mean(), beyond.shape)):
        return None
    return Diagnosis("constant", f"the constant {beyond.mean():.4g} is added to every element")


def one_element(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a mistake in a single place."""
    if e.wrong.sum() != 1 or len(e.measured) < 3:
        return None
    return Diagnosis("one element", f"only the element {e.worst()[0]} is wrong")


def clipped(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise gradients that were cut off at a bound."""
    wrong, bound = e.wrong, np.abs(e.said).max()
    if not e.same(e.said, np.clip(e.measured, -bound, bound)) or wrong.sum() < 2:
        return None
    return Diagnosis("clipped", f"clipped to [-{bound:.4g}, {bound:.4g}]")


def one_side(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a mistake that depends on the sign of the input."""
    if e.name != "x" or len(e.measured) < 4:
        return None
    positive, found = e.function.arrays["x"][e.indices] > 0, []
    for side, word in ((positive, "positive"), (~positive, "negative")):
        said, measured = e.said[side], e.measured[side]
        if e.same(said, measured):
            continue
        beyond, factor = said - measured, factor_between(said, measured)
        if not measured.any():
            found.append(f"not 0 where the input is {word}")
        elif not said.any():
            found.append(f"0 where the input is {word}")
        elif factor is not None and e.same(said, factor * measured):
            found.append(f"scaled by {factor:.4g} where the input is {word}")
        elif len(said) > 2 and e.same(beyond, np.broadcast_to(beyond.mean(), beyond.shape)):
            found.append(f"the constant {beyond.mean():.4g} is added where the input is {word}")
        else:
            return None
    return Diagnosis("one side", ", ".join(found)) if 0 < positive.sum() < len(positive) else None


def leak(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a gradient let through where nothing may pass, or stopped where it may."""
    closed, wrong = e.alike(e.measured, np.zeros(1)), e.wrong
    if closed.any() and not closed.all() and not wrong[~closed].any():
        text = "right where the gradient is not 0, but something passes where it must be 0"
        return Diagnosis("leak", text)
    if not e.said[wrong].any():
        share = f"{wrong.sum()} of {len(wrong)}"
        return Diagnosis("missing", f"partly missing: 0 at {share} elements where it must not be")
    return None


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


def _named(e: MeasuredGradient, factor: float) -> str:
    """Say what a factor may stand for."""
    for name, value in _constants(e.function).items():
        if value != 1 and abs(factor / value - 1) < 1e-3:
            return f" (as large as {name})"
        if value != 1 and abs(factor * value - 1) < 1e-3:
            return f" (as large as 1 / ({name}))"
    return ""


def _constants(function: DifferentiableFunction) -> dict[str, float]:
    """Return the factors that are forgotten most often, by name."""
    x, y = function.arrays["x"], function.cotangent
    named = {"the batch size": float(len(x))}
    if y.ndim == 4:
        named["the number of output positions"] = float(math.prod(y.shape[2:]))
        named["the number of samples and positions"] = len(x) * float(math.prod(y.shape[2:]))
    elif x.ndim == 4:
        named["the number of pixels"] = float(math.prod(x.shape[2:]))
    if y.ndim > 1:
        named["the number of outputs of a sample"] = float(math.prod(y.shape[1:]))
    window = None if function.layer is None else function.layer.window
    if window is not None:
        named["the number of elements of the window"] = float(math.prod(window.kernel_size))
    rate = getattr(function.layer, "rate", None)
    if isinstance(rate, float):
        named["1 - rate"] = 1 - rate
    return named


def _subsets(ndim: int) -> list[tuple[int, ...]]:
    return [axes for count in (1, 2) for axes in combinations(range(ndim - 1, -1, -1), count)]
