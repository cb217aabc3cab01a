"""The convolution layer: a bank of filters, hand-set or learned."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.geometry import WindowGeometry, normalize_padding, pair, window_geometry
from minitorchcnn.initializers import Initializer
from minitorchcnn.layers.base import built
from minitorchcnn.layers.weighted import Weighted
from minitorchcnn.ops.engine.convolution import SavedConvolution, convolve, convolve_backward
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import image_shape, integer


class Conv2D(Weighted):
    """Slide filters over images; one output channel for each filter.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size : int or (height, width)
        In pixels.
    stride, dilation : int or (height, width)
        Step between windows, and between the pixels of one window.
    padding : int, (height, width), ((top, bottom), (left, right)), "valid" or "same"
        Zeros around the image. "same" makes the output ceil(size / stride), an odd pixel of
        padding going to the bottom and right.
    groups : int
        Channels and filters are cut into this many parts that do not see each other.
    bias : bool
        Add one learned number per filter, at first 0.
    weight : array, shape (filters, channels // groups, kernel_height, kernel_width), or None
        Ready filters, such as `minitorchcnn.filters.tutorial()`; copied to the layer's dtype.
    initializer : str or callable
        Where no weight is given: a name of `minitorchcnn.initializers` or
        ``(shape, rng) -> array``.
    trainable : bool or sequence of bool
        False freezes weight and bias; one bool per filter freezes single filters.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot work; `build` raises `ShapeError` for geometry.

    Examples
    --------
    >>> layer = Conv2D(3, 3, padding="same")
    >>> layer.build((1, 28, 28), rng=0)
    (3, 28, 28)
    """

    weight_rows = "filters"
    fuses_as = "conv2d"

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        weight: Array | None = None,
        initializer: str | Initializer = "he_normal",
        trainable: Any = True,
    ) -> None:
        self.filters = integer(filters, "Conv2D: filters", minimum=1)
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.dilation = padding, dilation
        self.groups = integer(groups, "Conv2D: groups", minimum=1)
        self._kernel_size = pair(kernel_size, "Conv2D: kernel_size", minimum=1)
        self._stride = pair(stride, "Conv2D: stride", minimum=1)
        self._dilation = pair(dilation, "Conv2D: dilation", minimum=1)
        self._padding = normalize_padding(padding, "Conv2D")
        if self.filters % self.groups:
            raise ArgumentError(
                f"Conv2D: {filters} filters cannot be cut into {groups} groups: choose filters "
                f"divisible by groups."
            )
        super().__init__(
            self.filters,
            bias=bias,
            weight=weight,
            weight_shape=(self.filters, None, *self._kernel_size),
            initializer=initializer,
            trainable=trainable,
        )

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        channels, height, width = image_shape(input_shape, str(self))
        if channels % self.groups:
            raise ShapeError(
                f"{self}: {channels} input channels cannot be cut into {self.groups} groups: "
                f"choose groups that divide both channels and filters."
            )
        self.window = window_geometry(
            (height, width),
            self._kernel_size,
            stride=self._stride,
            padding=self._padding,
            dilation=self._dilation,
            owner=str(self),
        )
        self._add_weights((self.filters, channels // self.groups, *self._kernel_size), rng)
        return (self.filters, *self.window.output_size)

    def compute(self, x: Array, *, training: bool) -> tuple[Array, SavedConvolution | None]:
        """Return `minitorchcnn.ops.conv.conv2d` of x."""
        return self.convolve(x)

    def convolve(
        self, x: Array, *, relu: bool = False, pool: WindowGeometry | None = None, keep: bool = True
    ) -> tuple[Array, SavedConvolution | None]:
        """Compute the layer, together with a ReLU and a max-pooling after it if wanted."""
        weight, bias = self._weight_and_bias()
        geometry, groups = built(self.window), self.groups
        return convolve(
            x, weight, bias, geometry=geometry, groups=groups, relu=relu, pool=pool, keep=keep
        )

    def gradients(
        self, grad_y: Array, saved: SavedConvolution, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return the gradients of x and of [weight, bias]."""
        trained = self._is_trained()
        grads = convolve_backward(grad_y, saved, need_grad_x=need_grad_x, need_grad_weight=trained)
        return self._per_parameter(*grads)
