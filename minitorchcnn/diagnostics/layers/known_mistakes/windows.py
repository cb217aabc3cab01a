"""Mistakes in how a window slides: paddings, strides, dilations and kernels taken for others.

The catalogue that both who run a learner's layer and who look at a model's gradients read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from minitorchcnn.diagnostics.layers.known_mistakes.reference import Change, WindowRule
from minitorchcnn.geometry import Pair, reach


class WindowMistake(NamedTuple):
    """A mistake in sliding: a short name, what would be right, and what it makes of a rule."""

    key: str
    hint: str
    change: Change


def _set(**values: Any) -> Change:
    return lambda s: replace(s, **values)


def _if_padded(**values: Any) -> Change:
    return lambda s: replace(s, **values) if any(map(any, s.padding)) else None


def _swap(*names: str) -> Change:
    return lambda s: _with(s, {name: getattr(s, name)[::-1] for name in names})


def _both_axes(name: str, axis: int) -> Change:
    return lambda s: _with(s, {name: (getattr(s, name)[axis],) * 2})


def _with(s: WindowRule, changes: dict[str, Any]) -> WindowRule:
    return replace(s, **changes)


def _steps_exchanged(s: WindowRule) -> WindowRule:
    return replace(s, stride=s.dilation, dilation=s.stride, fixed=s.output)


def _padding(first: bool, last: bool) -> Change:
    def change(s: WindowRule) -> WindowRule:
        (top, bottom), (left, right) = s.padding
        sides = (top * first, bottom * last), (left * first, right * last)
        return replace(s, padding=sides)

    return change


def _padding_swapped_sides(s: WindowRule) -> WindowRule:
    (top, bottom), (left, right) = s.padding
    return replace(s, padding=((bottom, top), (right, left)))


def _same_by_half(s: WindowRule) -> WindowRule | None:
    if not s.same:
        return None
    height, width = (reach(k, d) // 2 for k, d in zip(s.kernel, s.dilation, strict=True))
    return replace(s, padding=((height, height), (width, width)))


def _same_without_stride(s: WindowRule) -> WindowRule | None:
    if not s.same:
        return None
    rows, columns = (_halves(k, d) for k, d in zip(s.kernel, s.dilation, strict=True))
    return replace(s, padding=(rows, columns))


def _halves(kernel: int, dilation: int) -> Pair:
    total = reach(kernel, dilation) - 1
    return total // 2, total - total // 2


def chain(first: Change, second: Change) -> Change:
    """Return a change that makes both mistakes."""

    def change(s: WindowRule) -> WindowRule | None:
        halfway = first(s)
        return None if halfway is None else second(halfway)

    return change


#: Of convolutions only.
KERNELS: tuple[WindowMistake, ...] = (
    WindowMistake(
        "flipped",
        "The kernel is flipped: you compute a convolution, frameworks compute cross-correlation. "
        "Multiply weight[u, v] with x[i + u, j + v], without turning the kernel by 180 degrees.",
        _set(flip=(True, True)),
    ),
    WindowMistake(
        "kernel transposed",
        "Height and width are swapped: the kernel's rows run along the image's columns.",
        lambda s: replace(s, turn=True, kernel=s.kernel[::-1]),
    ),
)

#: Of poolings only.
DEFAULT_STRIDE = WindowMistake(
    "default stride",
    "Where stride is left out, windows lie side by side: the stride is pool_size then, not 1.",
    lambda s: replace(s, stride=(1, 1)) if s.default_stride else None,
)

#: Of convolution and pooling; the first of equals wins, so that the likelier stands first.
SLIDES: tuple[WindowMistake, ...] = (
    WindowMistake(
        "assigns",
        "For windows that overlap you assign where you must add: a pixel gets a gradient from "
        "every window it lies in (+= instead of =).",
        _set(assign="winner"),
    ),
    WindowMistake(
        "assigns",
        "For windows that overlap you assign where you must add: a pixel gets a gradient from "
        "every window it lies in (+= instead of =).",
        _set(assign="window"),
    ),
    WindowMistake(
        "stride missing",
        "The stride is missing: window (i, j) begins at pixel (i * stride, j * stride), but yours "
        "begins at pixel (i, j).",
        _set(stride=(1, 1)),
    ),
    WindowMistake(
        "steps exchanged",
        "The stride is applied inside the window: it is the step between windows, not between the "
        "pixels of one window.",
        _steps_exchanged,
    ),
    WindowMistake("stride swapped", "Height and width of the stride are swapped.", _swap("stride")),
    WindowMistake("window swapped", "Height and width of the window are swapped.", _swap("kernel")),
    WindowMistake(
        "padding swapped", "Height and width of the padding are swapped.", _swap("padding")
    ),
    WindowMistake(
        "dilation swapped", "Height and width of the dilation are swapped.", _swap("dilation")
    ),
    WindowMistake(
        "all swapped",
        "Height and width are swapped in all options.",
        _swap("kernel", "stride", "padding", "dilation"),
    ),
    WindowMistake(
        "stride of height",
        "The stride of the height is used for the width as well.",
        _both_axes("stride", 0),
    ),
    WindowMistake(
        "stride of width",
        "The stride of the width is used for the height as well.",
        _both_axes("stride", 1),
    ),
    WindowMistake(
        "window's height twice",
        "The height of the window is used for its width as well.",
        _both_axes("kernel", 0),
    ),
    WindowMistake(
        "window's width twice",
        "The width of the window is used for its height as well.",
        _both_axes("kernel", 1),
    ),
    WindowMistake(
        "crop at the corner",
        "The gradient of the padded image is cut at the wrong place: drop the padding rows on top "
        "and the padding columns on the left first, [top : top + height, left : left + width].",
        _if_padded(crop="corner"),
    ),
    WindowMistake(
        "not cropped",
        "The gradient still has the padding around it: grad_x must have the shape of x, so cut "
        "the padding off.",
        _if_padded(crop="none"),
    ),
    WindowMistake("padding missing", "The padding is not used.", _padding(False, False)),
    WindowMistake(
        "padding on one side",
        "Padding is added at the top and left only; it belongs on both sides.",
        _padding(True, False),
    ),
    WindowMistake(
        "padding on one side",
        "Padding is added at the bottom and right only; it belongs on both sides.",
        _padding(False, True),
    ),
    WindowMistake(
        "pads with the border",
        "The padding repeats the border pixels; it must be zeros.",
        _if_padded(mode="edge"),
    ),
    WindowMistake(
        '"same" on the other side',
        'An odd pixel of "same" padding goes to the bottom and right, yours to the top and left.',
        _padding_swapped_sides,
    ),
    WindowMistake(
        '"same" by half the kernel',
        'Half the kernel on each side is "same" only for odd kernels and stride 1. Pad '
        "max((ceil(size / stride) - 1) * stride + kernel - size, 0) pixels in all.",
        _same_by_half,
    ),
    WindowMistake(
        '"same" without the stride',
        '"same" padding is worked out without the stride: pad max((ceil(size / stride) - 1) * '
        "stride + kernel - size, 0) pixels in all.",
        _same_without_stride,
    ),
    WindowMistake("dilation missing", "The dilation is not used.", _set(dilation=(1, 1))),
    WindowMistake(
        "rounded up",
        "The number of outputs is rounded up: a ragged edge that no whole window covers must be "
        "dropped, floor((size + padding - kernel) / stride) + 1.",
        lambda s: replace(s, up=not s.up),
    ),
    WindowMistake(
        "one output too few",
        "There is one output too few: floor((size + padding - kernel) / stride) + 1 has a + 1.",
        _set(longer=-1),
    ),
    WindowMistake(
        "one output too many",
        "There is one output too many: it is floor((size + padding - kernel) / stride) + 1.",
        _set(longer=1),
    ),
)
