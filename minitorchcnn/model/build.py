"""Build a chain of layers, each for what the one before it gives, and check what goes with it.

Class names turn an index into an answer, and preprocessing says what a picture must go through
to look like those that the model learned from. Both are plain data: they go into the model file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, CallOrderError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.model.shapes import trace_shapes
from minitorchcnn.types import Shape


def build_chain(
    layers: Sequence[Layer], input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]
) -> Shape:
    """Build layers one after the other and number their parameters; return the output shape.

    Parameters
    ----------
    input_shape : tuple of int
        Of one sample.
    rng : numpy.random.Generator
        Every layer gets a stream of its own.

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
            trace = trace_shapes(layers[: index + 1], input_shape)
            raise ShapeError(f"layer {index}: {error} The way there: {trace}.") from None
        except CallOrderError as error:
            raise CallOrderError(f"layer {index}: {error}") from None
        for parameter in layer.parameters():
            parameter.name = f"{index}.{parameter.name}"
    return shape


def check_layers(layers: Iterable[Layer]) -> tuple[Layer, ...]:
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


def check_class_names(names: Any, output_shape: Shape) -> tuple[str, ...] | None:
    """Return class names as a tuple, or raise `ArgumentError` if they do not fit the outputs.

    Parameters
    ----------
    names : sequence of str or None
        One for each output; two where there is a single output.
    output_shape : tuple of int
        Without the batch axis.
    """
    if names is None:
        return None
    listed = [] if isinstance(names, (str, bytes)) or not np.iterable(names) else list(names)
    if not listed or any(not isinstance(name, str) or not name for name in listed):
        raise ArgumentError(
            f'class_names must be a list of texts such as ["cat", "dog"], got {names!r}.'
        )
    double = sorted({name for name in listed if listed.count(name) > 1})
    if double:
        raise ArgumentError(f"class_names holds {double} more than once: each must be different.")
    outputs = output_shape[0] if len(output_shape) == 1 else None
    expected = 2 if outputs == 1 else outputs
    if len(listed) != expected:
        wanted = "outputs of shape (classes,)" if expected is None else f"{expected} names"
        raise ArgumentError(
            f"class_names has {len(listed)} names for outputs of shape {output_shape}, expected "
            f"{wanted}: one for each class."
        )
    return tuple(str(name) for name in listed)


def check_preprocessing(steps: Any) -> dict[str, Any] | None:
    """Return a copy of a description in plain JSON types, or raise `ArgumentError`.

    Parameters
    ----------
    steps : dict or None
        Of texts, finite numbers, bools, None, lists and dicts; tuples become lists.
    """
    if steps is None:
        return None
    try:
        if not isinstance(steps, dict):
            raise TypeError(f"it is a {type(steps).__name__}")
        plain: dict[str, Any] = json.loads(json.dumps(steps, allow_nan=False, default=_number))
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(
            f"preprocessing must be a dict of texts, finite numbers, lists and dicts, so that a "
            f"file can hold it: {error}."
        ) from None
    return plain


def plain_seed(seed: Any) -> int | None:
    """Return a seed that can be written down; None for a generator, whose state is its own."""
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return int(seed)
    return None


def _number(value: Any) -> int | float:
    """Return NumPy's numbers as Python's."""
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()  # type: ignore[no-any-return]
    raise TypeError(f"{value!r} cannot be written as text")
