"""Names mistakes of layers with a window: what would the gradient be with another window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from minitorchcnn.diagnostics.gradients.evidence import Evidence
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis
from minitorchcnn.geometry import Pair, WindowGeometry
from minitorchcnn.types import Array

#: No border is wider than this.
WIDEST_BORDER = 3


class Slip(NamedTuple):
    """A window as it may have been mistaken, and the words for it."""

    kind: str
    sentence: str
    stride: Pair
    dilation: Pair
    offset: Pair
    flip: tuple[bool, bool] = (False, False)
    turn: bool = False


def slips(window: WindowGeometry) -> Iterator[Slip]:
    """Yield the ways in which a window is usually mistaken, if they make a difference."""
    stride, dilation = window.stride, window.dilation
    (top, bottom), (left, right) = window.padding
    offset = (top, left)
    if stride != (1, 1):
        yield Slip("stride", "the stride is ignored", (1, 1), dilation, offset)
        turned = "the stride of the rows is used for the columns and the other way round"
        yield Slip("stride", turned, (stride[1], stride[0]), dilation, offset)
    if dilation != (1, 1):
        yield Slip("dilation", "the dilation is ignored", stride, (1, 1), offset)
        turned = "the dilation of the rows is used for the columns and the other way round"
        yield Slip("dilation", turned, stride, (dilation[1], dilation[0]), offset)
    if offset != (0, 0):
        yield Slip("padding", "the padding is ignored", stride, dilation, (0, 0))
        turned = "the padding of the rows is used for the columns and the other way round"
        yield Slip("padding", turned, stride, dilation, (left, top))
        ends = "the padding of the far side is used on the near side"
        yield Slip("padding", ends, stride, dilation, (bottom, right))
    for flip in ((True, True), (True, False), (False, True)):
        names = [name for name, run in zip(("rows", "columns"), flip, strict=True) if run]
        backwards = f"flipped kernel: its {' and '.join(names)} run backwards"
        yield Slip("flipped", backwards, stride, dilation, offset, flip)
    turned = "transposed kernel: its rows and columns have changed places"
    yield Slip("transposed", turned, stride, dilation, offset, turn=True)


def unspread(e: Evidence) -> Diagnosis | None:
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


def _parts(e: Evidence) -> tuple[Array, Array, tuple[Array, Array], tuple[Array, Array]] | None:
    """Return what output positions add to the pixels of sample 0: parts, channels, pixels, outputs.

    None unless all of the sample's pixels were measured.
    """
    first = e.indices[0] == 0
    if e.by_position is None or e.name != "x" or first.sum() != np.prod(e.claimed.shape[1:]):
        return None
    at, i, j = np.nonzero(e.by_position[first])
    channel, row, column = (axis[first][at] for axis in e.indices[1:])
    return e.by_position[first][at, i, j], channel, (row, column), (i, j)


def misplaced(e: Evidence) -> Diagnosis | None:
    """Recognise parts of a gradient of x that were sent to the wrong pixels."""
    window = None if e.stage.layer is None else e.stage.layer.window
    found, shape = _parts(e), e.claimed.shape[1:]
    if window is None or found is None or e.stage.cotangent.shape[2:] != window.output_size:
        return None
    parts, channel, pixels, (i, j) = found
    tap = [
        (pixel + window.padding[axis][0] - out * window.stride[axis]) // window.dilation[axis]
        for axis, (pixel, out) in enumerate(zip(pixels, (i, j), strict=True))
    ]
    for slip in slips(window):
        u, v = _mistaken(tap, slip, window)
        rows = i * slip.stride[0] + u * slip.dilation[0] - slip.offset[0]
        columns = j * slip.stride[1] + v * slip.dilation[1] - slip.offset[1]
        inside = (rows >= 0) & (rows < shape[1]) & (columns >= 0) & (columns < shape[2])
        guess = np.zeros(shape)
        np.add.at(guess, (channel[inside], rows[inside], columns[inside]), parts[inside])
        if e.same(guess, e.claimed[0]):
            return Diagnosis(slip.kind, slip.sentence)
    return None


def _mistaken(tap: list[Array], slip: Slip, window: WindowGeometry) -> list[Array]:
    """Return the window elements that a slip takes for `tap`."""
    turned = tap[::-1] if slip.turn else tap
    return [
        window.kernel_size[axis] - 1 - part if slip.flip[axis] else part
        for axis, part in enumerate(turned)
    ]


def misread(e: Evidence) -> Diagnosis | None:
    """Recognise a weight's gradient that was summed over the wrong pixels of x."""
    window = None if e.stage.layer is None else e.stage.layer.window
    if window is None or e.name != "weight" or e.claimed.ndim != 4:
        return None
    right = Slip("", "", window.stride, window.dilation, _offset(window))
    if e.stage.cotangent.shape[2:] != window.output_size:
        return None
    if not e.same(_summed(e, window, right)[e.indices], e.measured):
        return None  # not a plain convolution
    for slip in slips(window):
        if e.same(_summed(e, window, slip), e.claimed):
            return Diagnosis(slip.kind, slip.sentence)
    return None


def _offset(window: WindowGeometry) -> Pair:
    return window.padding[0][0], window.padding[1][0]


def _summed(e: Evidence, window: WindowGeometry, slip: Slip) -> Array:
    """Return grad_weight[o,c,u,v] = sum_{n,i,j} grad_y[n,o,i,j] * x[n,c,rows(i,u),columns(j,v)]."""
    x, grad_y, grad = e.stage.arrays["x"], e.stage.cotangent, np.zeros_like(e.claimed)
    filters, channels = grad.shape[:2]
    groups = max(1, x.shape[1] // channels)
    for u, v in product(range(grad.shape[2]), range(grad.shape[3])):
        tap = _mistaken([np.array(u), np.array(v)], slip, window)
        pixels = np.zeros((*x.shape[:2], *grad_y.shape[2:]))
        places = [
            np.arange(size) * step + tap[axis] * slip.dilation[axis] - slip.offset[axis]
            for axis, (size, step) in enumerate(zip(grad_y.shape[2:], slip.stride, strict=True))
        ]
        ok = [(p >= 0) & (p < size) for p, size in zip(places, x.shape[2:], strict=True)]
        inside = x[:, :, places[0][ok[0]]][:, :, :, places[1][ok[1]]]
        pixels[np.ix_(*(np.arange(k) for k in x.shape[:2]), *map(np.flatnonzero, ok))] = inside
        for group in range(groups):
            own = slice(group * filters // groups, (group + 1) * filters // groups)
            seen = pixels[:, group * channels : (group + 1) * channels]
            grad[own, :, u, v] = np.einsum("noij,ncij->oc", grad_y[:, own], seen)
    return grad


def cut_off(e: Evidence) -> Diagnosis | None:
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


def border(e: Evidence) -> Diagnosis | None:
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


def overlap(e: Evidence) -> Diagnosis | None:
    """Recognise mistakes where several windows meet, and only there."""
    if e.by_position is None or e.name != "x":
        return None
    parts = e.by_position.reshape(len(e.by_position), -1)
    several = (~e.alike(parts, np.zeros(1))).sum(axis=1) > 1
    if e.wrong[~several].any() or several.all() or e.wrong[several].mean() < 0.5:
        return None
    return Diagnosis("overlap", "wrong only where windows overlap: parts must be added there")
