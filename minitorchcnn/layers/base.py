"""What every layer promises, so that a model can chain layers it has never heard of.

Everything public here is final. A kind of layer writes four methods: `_build` (make the
parameters and work out the output shape), `compute`, `gradients` and, where a constructor
option changes results, its own checks in `__init__`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.errors import ArgumentError, CallOrderError, ShapeError
from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.initializers import Initializer, get
from minitorchcnn.layers.parameter import Parameter, trainable_mask
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import (
    check_batch,
    check_dtype,
    check_gradient,
    check_sample_shape,
    flag,
    generator,
)


class Layer(ABC):
    """Base class of all layers.

    Attributes
    ----------
    input_shape, output_shape : tuple of int or None
        Without the batch axis; None until `build`.
    dtype : numpy.dtype
        float32 or float64, of parameters, inputs and outputs.
    window : WindowGeometry or None
        How a convolution or pooling layer slides over its input.
    mixes_positions : bool
        True if every output depends on every position of the input.
    """

    mixes_positions = False

    def __init__(self) -> None:
        self.input_shape: Shape | None = None
        self.output_shape: Shape | None = None
        self.dtype = np.dtype("float32")
        self.window: WindowGeometry | None = None
        self._parameters: list[Parameter] = []
        self._buffers: dict[str, Array] = {}  # state that is not trained, changed in place
        self._filters = 0  # rows that `trainable` may freeze one by one
        self._trainable: bool | tuple[bool, ...] = True
        self._kept: tuple[Shape, Any] | None = None

    @abstractmethod
    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        """Make the parameters for `input_shape` and return the output shape."""

    @abstractmethod
    def compute(self, x: Array, *, training: bool) -> tuple[Array, Any]:
        """Return y and what `gradients` needs; keeps nothing in the layer.

        This is `forward` without the gate and without the memory: several parts of one batch
        may be computed at once. x must fit; the callers check it.
        """

    @abstractmethod
    def gradients(
        self, grad_y: Array, saved: Any, *, need_grad_x: bool
    ) -> tuple[Array | None, list[Array | None]]:
        """Return grad_x (None if not needed) and one gradient for each parameter, in order.

        A wholly frozen parameter's gradient is None.
        """

    @final
    def build(self, input_shape: Any, rng: Any = None, dtype: DTypeLike = "float32") -> Shape:
        """Make the parameters for one input shape, and refuse what cannot work.

        Parameters
        ----------
        input_shape : sequence of int
            Without the batch axis: (channels, height, width) or (features,).
        rng : numpy.random.Generator, int or None
            Source of random weights.
        dtype : "float32" or "float64"

        Returns
        -------
        tuple of int
            The output shape, without the batch axis.

        Raises
        ------
        CallOrderError
            If the layer is built already: a second build would throw its weights away.
        ArgumentError, ShapeError
            If dtype or input shape cannot work.
        """
        if self.input_shape is not None:
            raise CallOrderError(
                f"{self} is already built for inputs of shape {self.input_shape}. A layer "
                f"belongs to one place in one model: make a new one."
            )
        self.dtype = check_dtype(dtype)
        shape = check_sample_shape(input_shape, str(self))
        output_shape = self._build(shape, generator(rng, "rng"))
        self.input_shape, self.output_shape = shape, output_shape
        return output_shape

    @final
    def forward(self, x: Array, *, training: bool = True) -> Array:
        """Compute the layer for one batch and keep what `backward` needs.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the layer
        training : bool
            Dropout and BatchNorm behave differently in training.

        Returns
        -------
        y : ndarray, shape (N, *output_shape), dtype of the layer

        Raises
        ------
        CallOrderError
            Before `build`.
        ShapeError
            If x does not fit; the message says how.
        """
        check_batch(x, self.built_shape, self.dtype, str(self))
        y, saved = self.compute(x, training=training)
        self._kept = (y.shape, saved)
        return y

    @final
    def backward(self, grad_y: Array) -> Array:
        """Return grad_x, and overwrite the gradient of every trainable parameter.

        Parameters
        ----------
        grad_y : ndarray, shape and dtype of the last `forward`'s y
            Gradient of the loss with respect to y.

        Returns
        -------
        grad_x : ndarray, shape of the last `forward`'s x

        Raises
        ------
        CallOrderError
            Before `forward`.
        ShapeError
            If grad_y does not fit.
        """
        if self._kept is None:
            raise CallOrderError(f"{self}: call forward before backward.")
        shape, saved = self._kept
        check_gradient(grad_y, shape, self.dtype, str(self))
        grad_x, grads = self.gradients(grad_y, saved, need_grad_x=True)
        for parameter, grad in zip(self._parameters, grads, strict=True):
            parameter.grad = grad
        if grad_x is None:
            raise CallOrderError(f"{self}: gradients() returned no grad_x although it was asked.")
        return grad_x

    @final
    def parameters(self) -> list[Parameter]:
        """Return the parameters in a fixed order (weight, bias); empty before `build`."""
        return list(self._parameters)

    @final
    def state(self) -> dict[str, Array]:
        """Return all arrays that describe the layer, by PyTorch's names, not copied."""
        held = {p.name.rpartition(".")[2]: p.value for p in self._parameters}
        return {**held, **self._buffers}

    @final
    def cast(self, dtype: DTypeLike) -> None:
        """Convert a built layer's parameters and statistics to another dtype, forgetting gradients.

        Parameters
        ----------
        dtype : "float32" or "float64"
        """
        self.dtype = check_dtype(dtype)
        for parameter in self._parameters:
            parameter.value, parameter.grad = parameter.value.astype(self.dtype), None
        for name, value in self._buffers.items():
            if value.dtype.kind == "f":
                self._buffers[name] = value.astype(self.dtype)
        self._kept = None

    @final
    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, except ready weights, as given."""
        names = inspect.signature(type(self).__init__).parameters
        return {name: getattr(self, name) for name in names if name not in ("self", "weight")}

    @property
    def trainable(self) -> bool | tuple[bool, ...]:
        """Whether the parameters are trained: a bool, or one bool per filter; may be set.

        Where single parameters were frozen or thawed, this tells of the weight.
        """
        if self._parameters:
            mask = self._parameters[0].trainable
            return mask if isinstance(mask, bool) else tuple(mask.tolist())
        return self._trainable

    @trainable.setter
    def trainable(self, value: Any) -> None:
        mask = trainable_mask(value, self._filters, type(self).__name__)
        self._trainable = mask if isinstance(mask, bool) else tuple(mask.tolist())
        for parameter in self._parameters:
            parameter.trainable = mask

    @property
    def built_shape(self) -> Shape:
        """The input shape; `CallOrderError` before `build`."""
        if self.input_shape is None:
            raise CallOrderError(
                f"{self} is not built yet: put it into a Sequential, or call "
                f"layer.build(input_shape) first."
            )
        return self.input_shape

    def __repr__(self) -> str:
        parts = []
        for name, option in inspect.signature(type(self).__init__).parameters.items():
            if name in ("self", "weight"):
                continue
            value = getattr(self, name)
            if option.default is inspect.Parameter.empty:
                parts.append(f"{value!r}")
            elif not np.array_equal(value, option.default):
                parts.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


class Elementwise(Layer):
    """Base of layers whose output has the shape of their input, whatever that is."""

    def _build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return input_shape


class Weighted(Layer):
    """Base of layers with a weight and perhaps a bias: one row of weights for each output."""

    def __init__(
        self,
        outputs: int,
        *,
        bias: bool,
        weight: Any,
        weight_shape: tuple[int | None, ...],
        initializer: str | Initializer,
        trainable: Any,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        get(initializer)
        self._filters, self.initializer = outputs, initializer
        self.bias = flag(bias, f"{owner}: bias")
        self._ready = None if weight is None else _ready_weight(weight, weight_shape, owner)
        self.trainable = trainable

    def _add_weights(self, shape: Shape, rng: np.random.Generator) -> None:
        """Make the weight, ready or random, and a zero bias."""
        value = self._ready
        if value is None:
            value = np.asarray(get(self.initializer)(shape, rng))
        if value.shape != shape:
            source = "initializer gave" if self._ready is None else "weight has"
            raise ShapeError(
                f"{self}: {source} shape {value.shape}, expected {shape} for this input."
            )
        self._parameters = [Parameter("weight", value.astype(self.dtype), self.trainable)]
        if self.bias:
            zeros = np.zeros(shape[0], self.dtype)
            self._parameters.append(Parameter("bias", zeros, self.trainable))

    def _weight_and_bias(self) -> tuple[Array, Array | None]:
        weight = self._parameters[0].value
        return weight, self._parameters[1].value if self.bias else None

    def _is_trained(self) -> bool:
        return any(not parameter.frozen for parameter in self._parameters)

    def _per_parameter(self, weight: Array | None, bias: Array | None) -> list[Array | None]:
        grads = [weight, bias] if self.bias else [weight]
        kept = zip(self._parameters, grads, strict=True)
        return [None if parameter.frozen else grad for parameter, grad in kept]


def _ready_weight(weight: Any, shape: tuple[int | None, ...], owner: str) -> Array:
    """Return a copy of a ready weight as float64; None in `shape` allows any size there."""
    expected = f"({', '.join('any' if size is None else str(size) for size in shape)})"
    try:
        value = np.array(weight)
    except ValueError:
        raise ArgumentError(
            f"{owner}: weight must be numbers of shape {expected}, got nested sequences of "
            f"unequal lengths."
        ) from None
    if value.dtype.kind not in "fiu" or value.ndim != len(shape):
        raise ArgumentError(
            f"{owner}: weight must be numbers of shape {expected}, got {value.dtype} of shape "
            f"{value.shape}."
        )
    if any(want not in (None, size) for size, want in zip(value.shape, shape, strict=True)):
        raise ArgumentError(f"{owner}: weight has shape {value.shape}, expected {expected}.")
    if not np.isfinite(value).all():
        raise ArgumentError(f"{owner}: weight holds NaN or infinity, expected finite numbers.")
    return value.astype(np.float64)


def built(window: WindowGeometry | None) -> WindowGeometry:
    """Return a layer's window; `CallOrderError` if the layer is not built yet."""
    if window is None:
        raise CallOrderError("the layer is not built yet: call build(input_shape) first.")
    return window
