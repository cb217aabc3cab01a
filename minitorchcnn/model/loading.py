"""Loading a model: it is rebuilt from a file's names and options, and nothing in it is executed.

The layers are made from this package's classes, and from those that the caller hands in.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError, FormatError, MinitorchcnnError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.weighted import Weighted
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.serialization import FORMAT, FORMAT_VERSION, LAYERS, check_pixels
from minitorchcnn.storage.tensors import LIMIT_BYTES, read_tensors
from minitorchcnn.types import Array, Shape

#: What a description that makes no sense can lead to.
NONSENSE = (
    *(MinitorchcnnError, TypeError, ValueError, LookupError, AttributeError),
    *(ArithmeticError, MemoryError, RecursionError),
)


def load_model(
    path: str | Path, *, layers: Iterable[type[Layer]] = (), limit_bytes: int = LIMIT_BYTES
) -> Sequential:
    """Read a model that `Sequential.save` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or Path
    layers : iterable of Layer classes
        Those of the model's layers that are not this package's own, found by their names.
    limit_bytes : int
        A larger file is refused before it is read. No array is made that the file does not hold.

    Returns
    -------
    Sequential
        With the saved weights, statistics, dtype, frozen filters, class names, preprocessing
        and seed.

    Raises
    ------
    FormatError
        If the file cannot be read, is too large, is not such a file, is of another version, or
        its contents are not those that were saved.
    ArgumentError
        If layers are not classes of layers, each with a name of its own.
    """
    known = collect_classes(layers)
    state, header = read_tensors(path, FORMAT, version=FORMAT_VERSION, limit_bytes=limit_bytes)
    try:
        model = rebuild(header["architecture"], state, header["seed"], known)
        model.class_names = header["class_names"]
        model.preprocessing = header["preprocessing"]
    except NONSENSE as error:
        ours = isinstance(error, MinitorchcnnError)
        what = str(error) if ours else f"{type(error).__name__}: {error}"
        raise FormatError(f"{path} does not describe a model: {what:.300}.") from error
    return model


def collect_classes(layers: Iterable[type[Layer]]) -> dict[str, type[Layer]]:
    """Return this package's layer classes and those handed in, by name."""
    if isinstance(layers, type) or not isinstance(layers, Iterable):
        raise ArgumentError(
            f"load_model: layers must be a list of classes, got {layers!r}: put it in brackets."
        )
    known = dict(LAYERS)
    for kind in layers:
        if not (isinstance(kind, type) and issubclass(kind, Layer)):
            raise ArgumentError(
                f"load_model: layers holds {kind!r}, expected the class of a layer, without ()."
            )
        if known.setdefault(kind.__name__, kind) is not kind:
            raise ArgumentError(
                f"load_model: layers holds {kind!r}, but there is another layer of that name: "
                f"hand in the one that was saved."
            )
    return known


def rebuild(
    described: dict[str, Any],
    state: dict[str, Array],
    seed: int | None,
    known: dict[str, type[Layer]],
) -> Sequential:
    """Return the model of a description with the weights of a state, which is emptied.

    Nothing is allocated but what has the size of an array in the state; so a description that
    promises a billion filters costs nothing.

    Raises
    ------
    MinitorchcnnError, TypeError, ValueError, LookupError, ...
        Whatever is wrong with the description.
    """
    items, shape = described["layers"], described["input_shape"]
    unknown = sorted({item["layer"] for item in items} - known.keys())
    if unknown:
        classes = ", ".join(filter(str.isidentifier, unknown)) or "..."
        raise FormatError(
            f"unknown layers {unknown}, known are {', '.join(known)}; hand in classes of your own "
            f"by load_model(path, layers=[{classes}])"
        )
    check_pixels(described)
    items = [{**item, "class": known[item["layer"]]} for item in items]
    dtype = np.dtype(described["dtype"])
    _check_states(items, shape, dtype, dict(state))
    names = set(state)
    layers = [_make(item, index, state, dtype) for index, item in enumerate(items)]
    model = Sequential(layers, shape, 0 if seed is None else seed, dtype)
    model.seed = seed
    own = {f"{i}.{k}": v for i, layer in enumerate(layers) for k, v in layer.state().items()}
    taken = names - state.keys()
    model.load_state_dict({**{name: own[name] for name in taken}, **state})
    for layer, item in zip(model.layers, items, strict=True):
        if isinstance(layer, Weighted):
            layer.initializer = "he_normal"  # a file does not tell how the weights began
        for parameter, mask in zip(layer.parameters(), item["trainable"], strict=True):
            parameter.trainable = mask
    return model


def _make(item: dict[str, Any], index: int, state: dict[str, Array], dtype: np.dtype[Any]) -> Layer:
    """Return a layer that will take its weight out of the state instead of making one."""
    kind: type[Layer] = item["class"]
    options, name = dict(item["options"]), f"{index}.weight"

    def take(shape: Shape, rng: np.random.Generator) -> Array:
        if state[name].shape != shape or state[name].dtype != dtype:
            raise ShapeError(
                f"{name} is {state[name].dtype} of shape {state[name].shape}, the description "
                f"wants {dtype} of shape {shape}."
            )
        return state.pop(name)

    if issubclass(kind, Weighted):
        options["initializer"] = take
    return kind(**options)


def _check_states(
    items: list[dict[str, Any]], shape: Any, dtype: np.dtype[Any], state: dict[str, Array]
) -> None:
    """Let each layer refuse what the file does not hold, such as a BatchNorm for more channels.

    The shapes up to a layer are found on a second chain, whose weights come out of the state.
    """
    for index, item in enumerate(items):
        layer = _make(item, index, state, dtype)
        for name, wanted in layer.state_shapes(shape).items():
            held = state[f"{index}.{name}"].shape
            if held != wanted:
                raise ShapeError(
                    f"{index}.{name} has shape {held}, the description wants {wanted}."
                )
        shape = layer.build(shape, dtype=dtype)
