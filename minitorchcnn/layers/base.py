"""What every layer promises, so that a model can chain layers it has never heard of.

A kind of layer writes three methods: `_build` (make the parameters and work out the output
shape), `compute` and `gradients`. What else the package asks of a layer, such as its cost or its
part in a diagnosis, has a default in `declared`; the rest is final.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, final

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.errors import ArgumentError, CallOrderError
from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.layers.declared import Declared
from minitorchcnn.layers.parameter import Parameter, trainable_mask
from minitorchcnn.types import Array, Shape
from minitorchcnn.validation import (
    check_batch,
    check_dtype,
    check_gradient,
    check_sample_shape,
    generator,
)


class Layer(Declared, ABC):
    """Base class of all layers; what else it may declare tells `minitorchcnn.layers.declared`.

    Attributes
    ----------
    input_shape, output_shape : tuple of int or None
        Without the batch axis; None until `build`.
    dtype : numpy.dtype
        float32 or float64, of parameters, inputs and outputs.
    window : WindowGeometry or None
        How a convolution or pooling layer slides over its input.
    """

    def __init__(self) -> None:
        self.input_shape: Shape | None = None
        self.output_shape: Shape | None = None
        self.dtype = np.dtype("float32")
        self.window: WindowGeometry | None = None
        self._parameters: list[Parameter] = []
        self._names: list[str] = []  # of the parameters, before a model numbers them
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
        self._names = [parameter.name for parameter in self._parameters]
        self._refuse_equal_names()
        self.input_shape, self.output_shape = shape, output_shape
        return output_shape

    def _refuse_equal_names(self) -> None:
        names = [*self._names, *self._buffers]
        arrays = [*(parameter.value for parameter in self._parameters), *self._buffers.values()]
        first = {name: index for index, name in reversed([*enumerate(names)])}
        for index, name in enumerate(names):
            if first[name] != index:
                shapes = f"{arrays[first[name]].shape} and {arrays[index].shape}"
                raise ArgumentError(
                    f"{self}: two of its arrays are called {name!r}, of shapes {shapes}, so that "
                    f"one would be saved over the other. Give each a name of its own, such as "
                    f"'first.{name}' and 'second.{name}'."
                )

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
    def named_parameters(self) -> dict[str, Parameter]:
        """Return the parameters by their names within the layer; empty before `build`."""
        return dict(zip(self._names, self._parameters, strict=True))

    @final
    def state(self) -> dict[str, Array]:
        """Return all arrays that describe the layer, by PyTorch's names, not copied."""
        held = {name: parameter.value for name, parameter in self.named_parameters().items()}
        return {**held, **self._buffers}

    @final
    def generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        """Yield each random stream of the layer with its name, such as ("rng", Dropout's).

        Found are attributes, also inside lists, tuples, dicts and other layers; each stream once.
        """
        return _generators(self, "", set())

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

    def _is_trained(self) -> bool:
        return any(not parameter.frozen for parameter in self._parameters)

    def _per_parameter(
        self, grad_x: Array | None, *grads: Array | None
    ) -> tuple[Array | None, list[Array | None]]:
        """Return gradients as `gradients` does: none for a frozen parameter or a missing bias."""
        both = zip(self._parameters, grads, strict=False)
        return grad_x, [None if parameter.frozen else grad for parameter, grad in both]

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
            if name in ("self", "weight") or not hasattr(self, name):
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


def built(window: WindowGeometry | None) -> WindowGeometry:
    """Return a layer's window; `CallOrderError` if the layer is not built yet."""
    if window is None:
        raise CallOrderError("the layer is not built yet: call build(input_shape) first.")
    return window


def _generators(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, np.random.Generator]]:
    """Yield the random streams in a value that is called `name`."""
    inner: Any = ()
    if isinstance(value, Layer):  # what `forward` kept draws nothing
        inner = [(key, held) for key, held in vars(value).items() if key != "_kept"]
    elif isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, (list, tuple)):
        inner = enumerate(value)
    elif not isinstance(value, np.random.Generator):
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, np.random.Generator):
        yield name, value
    for key, held in inner:
        yield from _generators(held, f"{name}.{key}" if name else f"{key}", seen)
