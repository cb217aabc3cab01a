"""Saving a model: a safetensors file that other tools can read and that cannot run code.

The weights are stored under PyTorch's names; the architecture and what the model tells about
itself are plain JSON in the header: names and options, never code. `model.loading` reads it.
"""

from __future__ import annotations

import inspect
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn import layers as layer_classes
from minitorchcnn.errors import FormatError
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.weighted import Weighted
from minitorchcnn.report.provenance import versions
from minitorchcnn.storage.tensors import write_tensors

if TYPE_CHECKING:
    from minitorchcnn.model.sequential import Sequential

FORMAT = "minitorchcnn-model"
FORMAT_VERSION = 2
LAYERS: dict[str, type[Layer]] = {
    name: getattr(layer_classes, name) for name in layer_classes.__all__ if name != "Layer"
}
LARGEST = 100_000  # pixels; geometry is counted through window by window


def save_model(model: Sequential, path: str | Path) -> None:
    """Write a model to a safetensors file; `Sequential.save` calls this.

    The same model gives the same bytes. An old file at that path is replaced as a whole.

    Parameters
    ----------
    model : Sequential
        Of any layers whose constructor arguments are plain data, kept as attributes.
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
        "architecture": describe_layers(model),
        "class_names": model.class_names,
        "preprocessing": model.preprocessing,
        "seed": model.seed,
        "versions": versions("minitorchcnn", "numpy"),
    }
    write_tensors(path, model.state_dict(), header)


def describe_layers(model: Sequential) -> dict[str, Any]:
    """Return a model's layers with their options, input shape and dtype, as plain JSON.

    Raises
    ------
    FormatError
        If a layer cannot be made again from its name and options.
    """
    described = []
    for index, layer in enumerate(model.layers):
        kind = type(layer).__name__
        own = LAYERS.get(kind) is type(layer)
        options = layer.config() if own else _foreign_options(layer, index)
        if isinstance(layer, Weighted) or own:
            options.pop("initializer", None)  # the weights are in the file
            options.pop("trainable", None)  # may differ between weight and bias by now
        masks = [np.asarray(p.trainable).tolist() for p in layer.parameters()]
        described.append({"layer": kind, "options": options, "trainable": masks})
    words = {"layers": described, "input_shape": model.input_shape, "dtype": model.dtype.name}
    check_pixels(words)
    return words


def _foreign_options(layer: Layer, index: int) -> dict[str, Any]:
    """Return the options of a layer that is not one of ours, if it can be made again from them."""
    kind = type(layer)
    try:
        if kind.__name__ in LAYERS:
            raise TypeError(f"its class is called like our own {kind.__name__}")
        options = layer.config()
        inspect.signature(kind).bind(**options)
        for name, value in options.items():
            if name != "initializer" and not _is_plain(value):
                raise TypeError(f"{name}={value!r} is no number, text, list or dict of them")
    except (TypeError, AttributeError, RecursionError) as error:
        raise FormatError(
            f"layer {index}, {layer}, is not one of minitorchcnn's own, and a file cannot tell how "
            f"to make it again: {error}. Keep each argument of its constructor as an attribute of "
            f"the same name, in plain numbers and texts; or keep the weights with state_dict()."
        ) from error
    return options


def _is_plain(value: Any) -> bool:
    """Tell whether JSON holds a value as it is, but for tuples, which become lists."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def check_pixels(described: dict[str, Any]) -> None:
    """Refuse images and windows that are so large that only a forged file would tell of them."""
    sizes: list[Any] = [*described["input_shape"][1:]]
    for item in described["layers"]:
        if item["layer"] not in LAYERS:
            continue
        sizes += [v for k, v in item["options"].items() if k not in ("filters", "units", "weight")]
    while sizes:
        size = sizes.pop()
        if isinstance(size, list | tuple):
            sizes += size
        elif isinstance(size, int | float) and not size <= LARGEST:
            raise FormatError(f"a size of {size} pixels is more than a model file may tell of")
