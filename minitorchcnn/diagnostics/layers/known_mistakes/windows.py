"""Mistakes in how a window slides, which convolution and pooling share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from minitorchcnn.diagnostics.layers.known_mistakes.base import Change
from minitorchcnn.diagnostics.layers.known_mistakes.sliding import WindowRule
from minitorchcnn.diagnostics.layers.trial import Trial
from minitorchcnn.geometry import Pair, Sides, reach


def _swapped(pair: Any) -> Any:
    return pair[::-1]


def _set(**values: Any) -> Change:
    return lambda s, t: replace(s, **values)


def _swap(name: str) -> Change:
    return lambda s, t: _with(s, name, _swapped(getattr(s, name)))


def _both_axes(name: str, axis: int) -> Change:
    return lambda s, t: _with(s, name, (getattr(s, name)[axis],) * 2)


def _with(s: WindowRule, name: str, value: Any) -> WindowRule:
    changes: dict[str, Any] = {name: value}
    return replace(s, **changes)


def _swap_all(s: WindowRule, t: Trial) -> WindowRule:
    for name in ("kernel", "stride", "padding", "dilation"):
        s = _with(s, name, _swapped(getattr(s, name)))
    return s


def _steps_exchanged(s: WindowRule, t: Trial) -> WindowRule:
    return replace(s, stride=s.dilation, dilation=s.stride, fixed=s.output)


def _padding(first: bool, last: bool) -> Change:
    def change(s: WindowRule, t: Trial) -> WindowRule:
        (top, bottom), (left, right) = s.padding
        sides = (top * first, bottom * last), (left * first, right * last)
        return replace(s, padding=sides)

    return change


def _padding_swapped_sides(s: WindowRule, t: Trial) -> WindowRule:
    (top, bottom), (left, right) = s.padding
    return replace(s, padding=((bottom, top), (right, left)))


def _same_by_half(s: WindowRule, t: Trial) -> WindowRule | None:
    if t.case.padding != "same":
        return None
    height, width = (reach(k, d) // 2 for k, d in zip(s.kernel, s.dilation, strict=True))
    return replace(s, padding=((height, height), (width, width)))


def _same_without_stride(s: WindowRule, t: Trial) -> WindowRule | None:
    if t.case.padding != "same":
        return None
    rows, columns = (_halves(k, d) for k, d in zip(s.kernel, s.dilation, strict=True))
    return replace(s, padding=(rows, columns))


def _halves(kernel: int, dilation: int) -> Pair:
    total = reach(kernel, dilation) - 1
    return total // 2, total - total // 2


def _padding_before_and_after_crop(s: WindowRule, t: Trial) -> WindowRule | None:
    return replace(s, crop="corner") if s.padding != NO_SIDES else None


def _uncropped(s: WindowRule, t: Trial) -> WindowRule | None:
    return replace(s, crop="none") if s.padding != NO_SIDES else None


NO_SIDES: Sides = ((0, 0), (0, 0))

#: Key, hint and change; the first of equals wins, so that the likelier stands first.
CHANGES: tuple[tuple[str, str, Change], ...] = (
    (
        "assigns",
        "For windows that overlap you assign where you must add: a pixel gets a gradient from "
        "every window it lies in (+= instead of =).",
        _set(assign="winner"),
    ),
    (
        "assigns",
        "For windows that overlap you assign where you must add: a pixel gets a gradient from "
        "every window it lies in (+= instead of =).",
        _set(assign="window"),
    ),
    (
        "stride missing",
        "The stride is missing: window (i, j) begins at pixel (i * stride, j * stride), but yours "
        "begins at pixel (i, j).",
        _set(stride=(1, 1)),
    ),
    (
        "steps exchanged",
        "The stride is applied inside the window: it is the step between windows, not between the "
        "pixels of one window.",
        _steps_exchanged,
    ),
    ("stride swapped", "Height and width of the stride are swapped.", _swap("stride")),
    ("window swapped", "Height and width of the window are swapped.", _swap("kernel")),
    ("padding swapped", "Height and width of the padding are swapped.", _swap("padding")),
    ("dilation swapped", "Height and width of the dilation are swapped.", _swap("dilation")),
    ("all swapped", "Height and width are swapped in all options.", _swap_all),
    (
        "stride of height",
        "The stride of the height is used for the width as well.",
        _both_axes("stride", 0),
    ),
    (
        "stride of width",
        "The stride of the width is used for the height as well.",
        _both_axes("stride", 1),
    ),
    (
        "window's height twice",
        "The height of the window is used for its width as well.",
        _both_axes("kernel", 0),
    ),
    (
        "window's width twice",
        "The width of the window is used for its height as well.",
        _both_axes("kernel", 1),
    ),
    (
        "crop at the corner",
        "The gradient of the padded image is cut at the wrong place: drop the padding rows on top "
        "and the padding columns on the left first, [top : top + height, left : left + width].",
        _padding_before_and_after_crop,
    ),
    (
        "not cropped",
        "The gradient still has the padding around it: grad_x must have the shape of x, so cut "
        "the padding off.",
        _uncropped,
    ),
    ("padding missing", "The padding is not used.", _padding(False, False)),
    (
        "padding on one side",
        "Padding is added at the top and left only; it belongs on both sides.",
        _padding(True, False),
    ),
    (
        "padding on one side",
        "Padding is added at the bottom and right only; it belongs on both sides.",
        _padding(False, True),
    ),
    (
        "pads with the border",
        "The padding repeats the border pixels; it must be zeros.",
        lambda s, t: replace(s, mode="edge") if s.padding != NO_SIDES else None,
    ),
    (
        '"same" on the other side',
        'An odd pixel of "same" padding goes to the bottom and right, yours to the top and left.',
        _padding_swapped_sides,
    ),
    (
        '"same" by half the kernel',
        'Half the kernel on each side is "same" only for odd kernels and stride 1. Pad '
        "max((ceil(size / stride) - 1) * stride + kernel - size, 0) pixels in all.",
        _same_by_half,
    ),
    (
        '"same" without the stride',
        '"same" padding is worked out without the stride: pad max((ceil(size / stride) - 1) * '
        "stride + kernel - size, 0) pixels in all.",
        _same_without_stride,
    ),
    ("dilation missing", "The dilation is not used.", _set(dilation=(1, 1))),
    (
        "rounded up",
        "The number of outputs is rounded up: a ragged edge that no whole window covers must be "
        "dropped, floor((size + padding - kernel) / stride) + 1.",
        lambda s, t: replace(s, up=not s.up),
    ),
    (
        "one output too few",
        "There is one output too few: floor((size + padding - kernel) / stride) + 1 has a + 1.",
        _set(longer=-1),
    ),
    (
        "one output too many",
        "There is one output too many: it is floor((size + padding - kernel) / stride) + 1.",
        _set(longer=1),
    ),
)
