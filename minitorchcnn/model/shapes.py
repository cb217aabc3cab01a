"""The shapes along a chain of layers, and the sum behind each that a person can check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from minitorchcnn.geometry import WindowGeometry, reach
from minitorchcnn.layers.base import Layer
from minitorchcnn.types import Shape


class ShapeRow(NamedTuple):
    """One layer in the table of shapes, all in words."""

    number: str
    layer: str
    output: str
    because: str


def shape_rows(layers: Sequence[Layer], input_shape: Shape) -> list[ShapeRow]:
    """Return a heading, the input and a row for each built layer.

    Parameters
    ----------
    input_shape : tuple of int
        Without the batch axis.
    """
    rows = [
        ShapeRow("", "layer", "output", "because"),
        ShapeRow("", "input", format_shape(input_shape), ""),
    ]
    for index, layer in enumerate(layers):
        output = format_shape(layer.output_shape or ())
        rows.append(ShapeRow(str(index), repr(layer), output, explain(layer)))
    return rows


def trace_shapes(layers: Sequence[Layer], input_shape: Shape) -> str:
    """Return the shapes up to the layer that failed, in one line.

    Parameters
    ----------
    layers : sequence of Layer
        The last one is not built.
    input_shape : tuple of int
        Without the batch axis.
    """
    *built, failed = layers
    stops = "".join(f"{layer} -> {format_shape(layer.output_shape or ())} -> " for layer in built)
    return f"{format_shape(input_shape)} -> {stops}{failed}"


def explain(layer: Layer) -> str:
    """Return the sum behind a built layer's output shape; "" where nothing changes."""
    came, gave = layer.input_shape or (), layer.output_shape or ()
    if layer.window is not None:
        return _window_sums(layer.window)
    if came == gave:
        return ""
    return layer.shape_sum() or f"{format_shape(came)} in, {format_shape(gave)} out"


def format_shape(shape: Shape) -> str:
    """Return a shape as the summary writes it: 3x26x26."""
    return "x".join(map(str, shape))


def _window_sums(window: WindowGeometry) -> str:
    """Return output = (input + padding - reach) / stride + 1 with its numbers, once if square."""
    sums = []
    for axis in (0, 1):
        size, (before, after) = window.input_size[axis], window.padding[axis]
        span = reach(window.kernel_size[axis], window.dilation[axis])
        stride, out = window.stride[axis], window.output_size[axis]
        # ceil_mode rounds up, but not into windows of padding alone: name what happened
        down = (size + before + after - span) // stride + 1 == out
        padded = f"{size} + {before} + {after}" if before or after else f"{size}"
        rounding = "" if down else ", rounded up"
        division = "//" if down else "/"
        sums.append(f"({padded} - {span}) {division} {stride} + 1 = {out}{rounding}")
    if sums[0] == sums[1]:
        return sums[0]
    return f"height {sums[0]}; width {sums[1]}"
