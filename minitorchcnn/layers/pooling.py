"""Pooling layers: make images smaller and forget a little of where things were."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.geometry import WindowGeometry, normalize_padding, pair, window_geometry
from minitorchcnn.layers.base import Layer, built
from minitorchcnn.layers.declared import StepCost
from minitorchcnn.ops.pooling import (
    SavedAvgPool,
    SavedMaxPool,
    avg_pool,
    avg_pool_backward,
    global_avg_pool,
    global_avg_pool_backward,
    max_pool,
    max_pool_backward,
)
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import flag, image_shape


class Pool(Layer):
    """What `MaxPool` and `AvgPool` share: a window for each channel by itself."""

    def __init__(
        self, pool_size: Any, *, stride: Any, padding: Any, dilation: Any, ceil_mode: Any
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.pool_size, self.stride, self.padding = pool_size, stride, padding
        self.ceil_mode = flag(ceil_mode, f"{owner}: ceil_mode")
        self._pool_size = pair(pool_size, f"{owner}: pool_size", minimum=1)
        self._stride = (
            self._pool_size if stride is None else pair(stride, f"{owner}: stride", minimum=1)
        )
        self._padding = normalize_padding(padding, owner)
        self._dilation = pair(dilation, f"{owner}: dilation", minimum=1)

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        channels, height, width = image_shape(input_shape, str(self))
        self.window = window_geometry(
            (height, width),
            self._pool_size,
            stride=self._stride,
            padding=self._padding,
            dilation=self._dilation,
            ceil_mode=self.ceil_mode,
            owner=str(self),
        )
        _refuse_empty_windows(self.window, str(self))
        return (channels, *self.window.output_size)


class MaxPool(Pool):
    """Keep the largest value of each window.

    Parameters
    ----------
    pool_size : int or (height, width)
        Window, in pixels.
    stride : int, (height, width) or None
        Step between windows; None means `pool_size`, so that windows do not overlap.
    padding : int, (height, width), ((top, bottom), (left, right)), "valid" or "same"
        Pixels around the image that never win.
    dilation : int or (height, width)
        Distance between the pixels of one window.
    ceil_mode : bool
        Keep a ragged edge as a smaller window instead of dropping it.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot work; `build` raises `ShapeError` for geometry.

    Notes
    -----
    Among equal pixels the first in row-major order wins and gets the whole gradient.

    Examples
    --------
    >>> MaxPool(2).build((3, 28, 28))
    (3, 14, 14)
    """

    fuses_as = "max_pool"

    def __init__(
        self,
        pool_size: Any,
        *,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(
            pool_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
        )
        self.dilation = dilation

    def compute(self, x: Array, *, training: bool) -> tuple[Array, SavedMaxPool]:
        """Return `minitorchcnn.ops.pooling.max_pool` of x."""
        return max_pool(x, geometry=built(self.window))

    def gradients(
        self, grad_y: Array, saved: SavedMaxPool, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return max_pool_backward(grad_y, saved) if need_grad_x else None, []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: x and y are kept, and compared on the way back."""
        mask = y // self.dtype.itemsize
        return StepCost(x, y, keeps_x=True, keeps_y=True, backward=y + 2 * mask)


class AvgPool(Pool):
    """Keep the mean of each window.

    Parameters
    ----------
    pool_size, stride, padding, ceil_mode
        As for `MaxPool`; padding is zeros.
    count_include_pad : bool
        Divide by the size of the window including padding (PyTorch's default), or by the
        number of real pixels in it.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot work; `build` raises `ShapeError` for geometry.

    Examples
    --------
    >>> AvgPool(2, stride=1).build((3, 5, 3))
    (3, 4, 2)
    """

    def __init__(
        self,
        pool_size: Any,
        *,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(pool_size, stride=stride, padding=padding, dilation=1, ceil_mode=ceil_mode)
        self.count_include_pad = flag(count_include_pad, "AvgPool: count_include_pad")

    def compute(self, x: Array, *, training: bool) -> tuple[Array, SavedAvgPool]:
        """Return `minitorchcnn.ops.pooling.avg_pool` of x."""
        return avg_pool(x, geometry=built(self.window), count_include_pad=self.count_include_pad)

    def gradients(
        self, grad_y: Array, saved: SavedAvgPool, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return avg_pool_backward(grad_y, saved) if need_grad_x else None, []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: the gradient is divided on the way back."""
        return StepCost(x, y, backward=y)


class GlobalAvgPool(Layer):
    """Keep each channel's mean over the whole image: (N, C, H, W) becomes (N, C).

    Examples
    --------
    >>> GlobalAvgPool().build((16, 7, 7))
    (16,)
    """

    mixes_positions = True

    def __init__(self) -> None:
        super().__init__()

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return image_shape(input_shape, str(self))[:1]

    def compute(self, x: Array, *, training: bool) -> tuple[Array, Shape]:
        """Return `minitorchcnn.ops.pooling.global_avg_pool` of x."""
        return global_avg_pool(x)

    def gradients(
        self, grad_y: Array, saved: Shape, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradient of x."""
        return global_avg_pool_backward(grad_y, saved) if need_grad_x else None, []

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory: the gradient is divided on the way back."""
        return StepCost(x, y, backward=y)

    def shape_sum(self) -> str:
        """Return what is averaged."""
        _, height, width = self.built_shape
        return f"one mean over {height}x{width} for each channel"


def _refuse_empty_windows(window: WindowGeometry, owner: str) -> None:
    """Raise `ShapeError` if some window lies in the padding altogether."""
    for side, inside in zip(
        ("row", "column"), window.elements_inside(count_padding=False), strict=True
    ):
        if 0 in inside:
            raise ShapeError(
                f"{owner}: output {side} {inside.index(0)} would see nothing but padding: padding "
                f"{window.padding} is too large for windows of {window.kernel_size} over an "
                f"image of {window.input_size}. Use less padding."
            )
