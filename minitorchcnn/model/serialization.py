"""Model files that other tools can read and that cannot run code: safetensors.

The weights are stored under PyTorch's names; the architecture and what the model tells about
itself are plain JSON in the header, and are rebuilt from a fixed table of layer classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import layers as layer_classes
from minitorchcnn.errors import FormatError, MinitorchcnnError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.weighted import Weighted
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.report.provenance import versions
from minitorchcnn.storage.tensors import LIMIT_BYTES, read_tensors, write_tensors
from minitorchcnn.types import Array, Shape

FORMAT = "minitorchcnn-model"
FORMAT_VERSION = 2
LAYERS: dict[str, type[Layer]] = {
    name: getattr(layer_classes, name) for name in layer_classes.__all__ if name != "Layer"
}
LARGEST = 100_000  # pixels; geometry is counted through window by window
#: What a description that makes no sense can lead to.
NONSENSE = (
    *(MinitorchcnnError, TypeError, ValueError, LookupError, AttributeError),
    *(ArithmeticError, MemoryError, RecursionError),
)


def save_model(model: Sequential, path: str | Path) -> None:
    """Write a model to a safetensors file; `Sequential.save` calls this.

    The same model gives the same bytes. An old file at that path is replaced as a whole.

    Parameters
    ----------
    model : Sequential
        Of this package's own layers.
    path : str or Path
        Usually ending in ".safetensors".

    Raises
    ------
    FormatError
        If a layer cannot be described in a file, or the file cannot be written.
    """
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "architecture": architecture(model),
        "class_names": model.class_names,
        "preprocessing": model.preprocessing,
        "seed": model.seed,
        "versions": versions("minitorchcnn", "numpy"),
    }
    write_tensors(path, model.state_dict(), header)


def load_model(path: str | Path, *, limit_bytes: int = LIMIT_BYTES) -> Sequential:
    """Read a model that `Sequential.save` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or Path
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
    """
    state, header = read_tensors(path, FORMAT, version=FORMAT_VERSION, limit_bytes=limit_bytes)
    try:
        model = rebuilt(header["architecture"], state, header["seed"])
        model.class_names = header["class_names"]
        model.preprocessing = header["preprocessing"]
    except NONSENSE as error:
        known = isinstance(error, MinitorchcnnError)
        what = str(error) if known else f"{type(error).__name__}: {error}"
        raise FormatError(f"{path} does not describe a model: {what:.300}.") from error
    return model


def architecture(model: Sequential) -> dict[str, Any]:
    """Return a model's layers with their options, input shape and dtype, as plain JSON.

    Raises
    ------
    FormatError
        If a layer is not one of this package's own.
    """
    described = []
    for index, layer in enumerate(model.layers):
        kind = type(layer).__name__
        if LAYERS.get(kind) is not type(layer):
            raise FormatError(
                f"layer {index}, {layer}, is not one of minitorchcnn's own: its weights can be "
                f"kept with state_dict(), its code cannot be put into a model file."
            )
        options = layer.config()
        options.pop("initializer", None)  # the weights are in the file
        options.pop("trainable", None)  # may differ between weight and bias by now
        masks = [np.asarray(p.trainable).tolist() for p in layer.parameters()]
        described.append({"layer": kind, "options": options, "trainable": masks})
    words = {
        "layers": described,
        "input_shape": model.input_shape,
        "dtype": model.dtype.name,
    }
    _check_pixels(words)
    return words


def rebuilt(described: dict[str, Any], state: dict[str, Array], seed: int | None) -> Sequential:
    """Return the model of a description with the weights of a state, which is emptied.

    Nothing is allocated but what has the size of an array in the state; so a description that
    promises a billion filters costs nothing.

    Raises
    ------
    MinitorchcnnError, TypeError, ValueError, LookupError, ...
        Whatever is wrong with the description.
    """
    items, shape = described["layers"], described["input_shape"]
    unknown = {item["layer"] for item in items} - LAYERS.keys()
    if unknown:
        raise FormatError(f"unknown layers {sorted(unknown)}, known are {', '.join(LAYERS)}")
    _check_pixels(described)
    dtype = np.dtype(described["dtype"])
    _check_states(items, shape, dtype, dict(state))
    names = set(state)
    layers = [_made(item, index, state, dtype) for index, item in enumerate(items)]
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


def _check_pixels(described: dict[str, Any]) -> None:
    """Refuse images and windows that are so large that only a forged file would tell of them."""
    sizes: list[Any] = [*described["input_shape"][1:]]
    for item in described["layers"]:
        sizes += [v for k, v in item["options"].items() if k not in ("filters", "units", "weight")]
    while sizes:
        size = sizes.pop()
        if isinstance(size, list | tuple):
            sizes += size
        elif isinstance(size, int | float) and not size <= LARGEST:
            raise FormatError(f"a size of {size} pixels is more than a model file may tell of")


def _made(item: dict[str, Any], index: int, state: dict[str, Array], dtype: np.dtype[Any]) -> Layer:
    """Return a layer that will take its weight out of the state instead of making one."""
    kind, options, name = LAYERS[item["layer"]], dict(item["options"]), f"{index}.weight"

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
        layer = _made(item, index, state, dtype)
        for name, wanted in layer.state_shapes(shape).items():
            held = state[f"{index}.{name}"].shape
            if held != wanted:
                raise ShapeError(
                    f"{index}.{name} has shape {held}, the description wants {wanted}."
                )
        shape = layer.build(shape, dtype=dtype)
