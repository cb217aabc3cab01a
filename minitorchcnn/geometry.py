"""The arithmetic of sliding windows, kept apart because it is integers only.

Convolution and pooling both slide a window over an image. Everything they must agree on
(how many outputs, how much padding, which input pixel an output sees) is decided here once,
so the array code below and the shape walk above cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.validation import integer

Pair = tuple[int, int]
Sides = tuple[Pair, Pair]
Padding = Sides | Literal["valid", "same"]


class Tap(NamedTuple):
    """One element of the window and the pixels it meets.

    ``x[..., *inputs]`` are the pixels under the element (row, column) for the outputs
    ``y[..., *outputs]``; for all other outputs the element lies in the padding.
    """

    row: int
    column: int
    inputs: tuple[slice, slice]
    outputs: tuple[slice, slice]

    def between(self, first: int, last: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return inputs and outputs for the output rows first .. last - 1, counted from first."""
        (rows_in, columns_in), (rows_out, columns_out) = self.inputs, self.outputs
        low, high = max(first, rows_out.start), min(last, rows_out.stop)
        if high <= low:
            return (slice(0, 0), columns_in), (slice(0, 0), columns_out)
        step = rows_in.step
        start = rows_in.start + (low - rows_out.start) * step
        rows = slice(start, start + (high - low - 1) * step + 1, step)
        return (rows, columns_in), (slice(low - first, high - first), columns_out)


@dataclass(frozen=True)
class WindowGeometry:
    """How a window slides over one input size; every size is (height, width) in pixels.

    Attributes
    ----------
    input_size, output_size : (int, int)
        Height and width before and after.
    kernel_size, stride, dilation : (int, int)
        Window, step between windows, distance between neighbouring window elements.
    padding : ((int, int), (int, int))
        Rows added at (top, bottom) and columns added at (left, right).
    """

    input_size: Pair
    kernel_size: Pair
    stride: Pair
    padding: Sides
    dilation: Pair
    output_size: Pair

    @property
    def gathers(self) -> bool:
        """Whether the gradient of a convolution's input is a convolution too, at stride 1."""
        return self.stride == (1, 1) and all(
            max(sides) <= (kernel - 1) * gap
            for sides, kernel, gap in zip(
                self.padding, self.kernel_size, self.dilation, strict=True
            )
        )

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """The window's elements in row-major order, each with the slices where it meets the image.

        An element that lies in the padding for some outputs simply has shorter slices there,
        so array code needs no padded copy of the image.
        """
        rows = [self._tap_along(0, u) for u in range(self.kernel_size[0])]
        return tuple(
            Tap(u, v, (row_in, column_in), (row_out, column_out))
            for u, (row_in, row_out) in enumerate(rows)
            for v, (column_in, column_out) in enumerate(self.column_taps)
        )

    @cached_property
    def column_taps(self) -> tuple[tuple[slice, slice], ...]:
        """For each column of the window, the input columns it meets and for which outputs."""
        return tuple(self._tap_along(1, v) for v in range(self.kernel_size[1]))

    def _tap_along(self, axis: int, index: int) -> tuple[slice, slice]:
        size, step = self.input_size[axis], self.stride[axis]
        shift = index * self.dilation[axis] - self.padding[axis][0]
        first = max(0, -(shift // step))  # the first output whose element is not before the image
        last = min(self.output_size[axis] - 1, (size - 1 - shift) // step)
        if last < first:
            return slice(0, 0), slice(0, 0)
        start = first * step + shift
        return slice(start, start + (last - first) * step + 1, step), slice(first, last + 1)

    def elements_inside(self, *, count_padding: bool) -> tuple[list[int], list[int]]:
        """Count, for every output row and column, the window elements inside the image.

        Parameters
        ----------
        count_padding : bool
            Count elements in the declared padding too; what hangs over beyond it because of
            `ceil_mode` never counts.

        Returns
        -------
        rows, columns : list of int
            An output at (i, j) has ``rows[i] * columns[j]`` elements inside.
        """
        counts = []
        for axis in (0, 1):
            before, after = self.padding[axis]
            low = -before if count_padding else 0
            high = self.input_size[axis] + (after if count_padding else 0)
            starts = (i * self.stride[axis] - before for i in range(self.output_size[axis]))
            gap, kernel = self.dilation[axis], self.kernel_size[axis]
            counts.append([sum(low <= s + k * gap < high for k in range(kernel)) for s in starts])
        return counts[0], counts[1]


def reach(kernel: int, dilation: int) -> int:
    """Return how many pixels a dilated kernel spans from its first to its last element."""
    return (kernel - 1) * dilation + 1


def pair(value: Any, name: str, *, minimum: int) -> Pair:
    """Return `value`, an int or (height, width), as a pair of ints >= `minimum`."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ArgumentError(
                f"{name} must be an int or (height, width), got {len(value)} values: {value!r}."
            )
        height, width = value
        return integer(height, name, minimum=minimum), integer(width, name, minimum=minimum)
    number = integer(value, name, minimum=minimum)
    return number, number


def normalize_padding(value: Any, owner: str) -> Padding:
    """Return padding as ((top, bottom), (left, right)) or as "valid" or "same".

    Parameters
    ----------
    value : int, (height, width), ((top, bottom), (left, right)), "valid" or "same"
        What the user gave, in pixels.
    owner : str
        The layer to name in an error.

    Raises
    ------
    ArgumentError
        For anything else, and for negative numbers.
    """
    name = f"{owner}: padding"
    if isinstance(value, str):
        if value == "valid":
            return "valid"
        if value == "same":
            return "same"
        raise ArgumentError(f'{name} must be pixels, "valid" or "same", got {value!r}.')
    if isinstance(value, (tuple, list)) and any(isinstance(side, (tuple, list)) for side in value):
        if len(value) != 2:
            raise ArgumentError(f"{name} must be ((top, bottom), (left, right)), got {value!r}.")
        return pair(value[0], name, minimum=0), pair(value[1], name, minimum=0)
    height, width = pair(value, name, minimum=0)
    return (height, height), (width, width)


def window_geometry(
    input_size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair = (1, 1),
    padding: Padding = "valid",
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
    owner: str = "window",
) -> WindowGeometry:
    """Work out padding and output size for one input size.

    Along each axis ``output = floor((input + padding - reach) / stride) + 1`` with
    ``reach = (kernel - 1) * dilation + 1``; `ceil_mode` rounds up, but drops windows that
    would start in the padding after the image, as PyTorch does. ``"same"`` pads so that
    ``output = ceil(input / stride)``, an odd pixel going to the bottom and right.

    Raises
    ------
    ShapeError
        If not a single window fits; the message has the formula with its numbers.
    """
    sizes, sides = [], []
    for axis, side in enumerate(("height", "width")):
        size, kernel, step, gap = (t[axis] for t in (input_size, kernel_size, stride, dilation))
        before, after = _padding_along(padding, axis, size, kernel, step, gap)
        room = size + before + after - reach(kernel, gap)
        if room < 0:
            raise ShapeError(
                f"{owner}: the window is larger than its input along the {side}: it spans "
                f"({kernel} - 1) * {gap} + 1 = {reach(kernel, gap)} pixels, the input has "
                f"{size} + {before} + {after} of padding = {size + before + after}. "
                f"Use a smaller kernel or dilation, larger images or more padding."
            )
        steps = -(-room // step) if ceil_mode else room // step
        if ceil_mode:
            steps = min(steps, (size + before - 1) // step)
        sizes.append(steps + 1)
        sides.append((before, after))
    return WindowGeometry(
        input_size, kernel_size, stride, (sides[0], sides[1]), dilation, (sizes[0], sizes[1])
    )


def _padding_along(
    padding: Padding, axis: int, size: int, kernel: int, step: int, gap: int
) -> Pair:
    if padding == "valid":
        return 0, 0
    if padding == "same":
        wanted = -(-size // step)
        total = max((wanted - 1) * step + reach(kernel, gap) - size, 0)
        return total // 2, total - total // 2
    return padding[axis]
