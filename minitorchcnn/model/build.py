"""How a list of layers becomes a chain: each is built for what the one before it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, CallOrderError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.shapes import way
from minitorchcnn.types import Shape


def build_chain(
    layers: Sequence[Layer], input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]
) -> Shape:
    """Build layers one after the other and number their parameters; return the output shape.

    Parameters
    ----------
    layers : sequence of Layer
    input_shape : tuple of int
        Of one sample.
    rng : numpy.random.Generator
        Every layer gets a stream of its own.
    dtype : numpy.dtype

    Raises
    ------
    ShapeError, CallOrderError
        Naming the layer, and all shapes up to it.
    """
    shape = input_shape
    for index, (layer, stream) in enumerate(zip(layers, rng.spawn(len(layers)), strict=True)):
        try:
            shape = layer.build(shape, stream, dtype)
        except ShapeError as error:
            trace = way(layers[: index + 1], input_shape)
            raise ShapeError(f"layer {index}: {error} The way there: {trace}.") from None
        except CallOrderError as error:
            raise CallOrderError(f"layer {index}: {error}") from None
        for parameter in layer.parameters():
            parameter.name = f"{index}.{parameter.name}"
    return shape


def checked_layers(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Return layers as a tuple, or raise `ArgumentError` if they cannot be a chain."""
    if isinstance(layers, Layer) or not isinstance(layers, Iterable):
        raise ArgumentError(
            f"Sequential needs a list of layers, got {layers!r}: put it in brackets, [...]."
        )
    chain = tuple(layers)
    if not chain:
        raise ArgumentError("Sequential needs at least one layer, got none.")
    seen: dict[int, int] = {}
    for index, layer in enumerate(chain):
        if not isinstance(layer, Layer):
            hint = f": write {layer.__name__}(...)" if isinstance(layer, type) else ""
            raise ArgumentError(f"layer {index} is {layer!r}, expected a layer object{hint}.")
        if id(layer) in seen:
            raise ArgumentError(
                f"layers {seen[id(layer)]} and {index} are the same object {layer}: its weights "
                f"and memory would be shared by accident. Make a new one for each place."
            )
        seen[id(layer)] = index
    return chain
