"""Names mistakes of layers with a window or a weight: what would another one's gradient be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np

from minitorchcnn.diagnostics.gradients.evidence import AXES, MeasuredGradient
from minitorchcnn.diagnostics.gradients.finite_difference import compare
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis
from minitorchcnn.diagnostics.layers.known_mistakes.reference import (
    Change,
    WindowRule,
    convolution_gradients,
)
from minitorchcnn.diagnostics.layers.known_mistakes.windows import KERNELS, SLIDES
from minitorchcnn.types import Array

#: No border is wider than this.
WIDEST_BORDER = 3

#: Elements to measure for each weight that may have been meant.
LOOKS = 40

SWAPPED = "the {0} of the rows is used for the columns and the other way round".format

#: Which window mistakes of the catalogue a gradient can show, with the kind and the words for
#: them. The likelier first.
SHOWN = {
    "stride missing": ("stride", "the stride is ignored"),
    "stride swapped": ("stride", SWAPPED("stride")),
    "dilation missing": ("dilation", "the dilation is ignored"),
    "dilation swapped": ("dilation", SWAPPED("dilation")),
    "padding missing": ("padding", "the padding is ignored"),
    "padding swapped": ("padding", SWAPPED("padding")),
    '"same" on the other side': ("padding", "the padding of the far side is used on the near side"),
    "flipped": ("flipped", "flipped kernel: its rows and columns run backwards"),
    "rows flipped": ("flipped", "flipped kernel: its rows run backwards"),
    "columns flipped": ("flipped", "flipped kernel: its columns run backwards"),
    "kernel transposed": (
        "transposed",
        "transposed kernel: its rows and columns have changed places",
    ),
}

CHANGES: dict[str, Change] = {
    **{mistake.key: mistake.change for mistake in (*KERNELS, *SLIDES)},
    "rows flipped": lambda rule: replace(rule, flip=(True, False)),
    "columns flipped": lambda rule: replace(rule, flip=(False, True)),
}


def unspread(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise outputs whose gradient lands on the pixel of the same number."""
    found, shape = _parts(e), e.claimed.shape[1:]
    if found is None:
        return None
    parts, channel, _, (i, j) = found
    if i.max(initial=0) >= shape[1] or j.max(initial=0) >= shape[2]:
        return None
    guess = np.zeros(shape)
    np.add.at(guess, (channel, i, j), parts)
    if not e.same(guess, e.claimed[0]):
        return None
    text = "the stride is ignored: what belongs to output (i, j) lands on pixel (i, j)"
    return Diagnosis("stride", text)


def _parts(
    e: MeasuredGradient,
) -> tuple[Array, Array, tuple[Array, Array], tuple[Array, Array]] | None:
    """Return what output positions add to the pixels of sample 0: parts, channels, pixels, outputs.

    None unless all of the sample's pixels were measured.
    """
    first = e.indices[0] == 0
    if e.by_position is None or e.name != "x" or first.sum() != np.prod(e.claimed.shape[1:]):
        return None
    at, i, j = np.nonzero(e.by_position[first])
    channel, row, column = (axis[first][at] for axis in e.indices[1:])
    return e.by_position[first][at, i, j], channel, (row, column), (i, j)


def misplaced(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise parts of a gradient of x that were sent to the wrong pixels."""
    right, found, shape = _rule(e), _parts(e), e.claimed.shape[1:]
    if right is None or found is None:
        return None
    parts, channel, pixels, outputs = found
    u, v = (
        (pixels[axis] + right.padding[axis][0] - outputs[axis] * right.stride[axis])
        // right.dilation[axis]
        for axis in (0, 1)
    )

    def gradient(rule: WindowRule) -> Array:
        # where in the mistaken kernel each element of the true one stands
        numbers = rule.disguised(np.arange(u_size * v_size).reshape(u_size, v_size))
        places = np.argsort(numbers, axis=None)[u * v_size + v]
        elements = np.divmod(places, numbers.shape[1])
        rows, columns = (
            rule.along(axis, outputs[axis], elements[axis]) - rule.padding[axis][0]
            for axis in (0, 1)
        )
        inside = (rows >= 0) & (rows < shape[1]) & (columns >= 0) & (columns < shape[2])
        guess = np.zeros(shape)
        np.add.at(guess, (channel[inside], rows[inside], columns[inside]), parts[inside])
        return guess

    u_size, v_size = right.kernel
    return _known_mistake(e, right, gradient, e.claimed[0])


def misread(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise a weight's gradient that was summed over the wrong pixels of x."""
    right = _rule(e)
    if right is None or e.name != "weight" or e.claimed.ndim != 4:
        return None
    x, weight, grad_y = e.function.arrays["x"], e.function.arrays["weight"], e.function.cotangent
    groups = max(1, x.shape[1] // weight.shape[1])
    plain = (grad_y.shape[1], x.shape[1] / groups, *right.kernel)
    if weight.shape != plain or len(weight) % groups:
        return None

    def gradient(rule: WindowRule) -> Array:
        return convolution_gradients(x, weight, grad_y, rule, groups)[1]

    if not e.same(gradient(right)[e.indices], e.measured):
        return None  # not a plain convolution
    return _known_mistake(e, right, gradient, e.claimed)


def _rule(e: MeasuredGradient) -> WindowRule | None:
    """Return how the layer's window slides, None for a layer without one."""
    window = None if e.function.layer is None else e.function.layer.window
    if window is None or e.function.cotangent.shape[2:] != window.output_size:
        return None
    return WindowRule.of(window)


def _known_mistake(
    e: MeasuredGradient, right: WindowRule, gradient: Callable[[WindowRule], Array], claimed: Array
) -> Diagnosis | None:
    """Name the mistake whose gradient is claimed, if it makes a difference."""
    truth = gradient(right)
    for key, (kind, sentence) in SHOWN.items():
        rule = CHANGES[key](right)
        wrong = truth if rule is None else gradient(rule)
        if e.same(wrong, claimed) and not e.same(wrong, truth):
            return Diagnosis(kind, sentence)
    return None


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


def cut_off(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise the contributions of the outermost outputs missing."""
    if e.by_position is None:
        return None
    for top, bottom, left, right in list(product((0, 1), repeat=4))[1:]:
        height, width = e.by_position.shape[1:]
        kept = e.by_position[:, top : height - bottom, left : width - right]
        if e.same(e.said, kept.sum(axis=(1, 2))):
            ends = zip(("top", "bottom", "left", "right"), (top, bottom, left, right), strict=True)
            sides = ", ".join(side for side, cut in ends if cut)
            return Diagnosis("border", f"what the outputs at the border add is missing ({sides})")
    return None


def border(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise mistakes near the edges of images or kernels only."""
    if e.claimed.ndim != 4 or not e.wrong.any():
        return None
    to_edge = np.minimum.reduce(
        [np.minimum(e.indices[a], e.claimed.shape[a] - 1 - e.indices[a]) for a in (2, 3)]
    )
    depth = int(to_edge[e.wrong].max()) + 1
    inner = to_edge >= depth
    if depth > WIDEST_BORDER or not inner.any() or not e.measured[inner].any():
        return None
    if e.name == "x":
        return Diagnosis("border", f"wrong only within {depth} pixels of the border")
    return Diagnosis("border", "wrong only at the rim of the kernel: look at the padding")


def overlap(e: MeasuredGradient) -> Diagnosis | None:
    """Recognise mistakes where several windows meet, and only there."""
    if e.by_position is None or e.name != "x":
        return None
    parts = e.by_position.reshape(len(e.by_position), -1)
    several = (~e.alike(parts, np.zeros(1))).sum(axis=1) > 1
    if e.wrong[~several].any() or several.all() or e.wrong[several].mean() < 0.5:
        return None
    return Diagnosis("overlap", "wrong only where windows overlap: parts must be added there")
