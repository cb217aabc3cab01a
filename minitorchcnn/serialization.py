"""Model files that other tools can read and that cannot run code: safetensors.

The tensors are stored by the safetensors library under PyTorch's names; the architecture is
plain JSON in the file's metadata and is rebuilt from a fixed table of layer classes.
"""

from __future__ import annotations

import hashlib
import json
import operator
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import layers as layer_classes
from minitorchcnn.arrays import Array
from minitorchcnn.errors import FormatError, MinitorchcnnError
from minitorchcnn.layers.base import Layer
from minitorchcnn.sequential import Sequential

FORMAT = "minitorchcnn-model"
FORMAT_VERSION = 1
LAYERS: dict[str, type[Layer]] = {
    name: getattr(layer_classes, name) for name in layer_classes.__all__ if name != "Layer"
}


def save_model(model: Sequential, path: str | Path) -> None:
    """Write a model to a safetensors file; `Sequential.save` calls this.

    Parameters
    ----------
    model : Sequential
        Of this package's own layers.
    path : str or Path
        Usually ending in ".safetensors"; overwritten if it exists.

    Raises
    ------
    FormatError
        If a layer cannot be described in a file, or the file cannot be written.
    """
    from safetensors.numpy import save

    state = model.state_dict()
    architecture = json.dumps(_architecture(model), default=operator.index)  # NumPy's integers
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "architecture": architecture,
        "sha256": fingerprint(state, architecture),
    }
    try:
        Path(path).write_bytes(save(state, metadata=metadata))
    except OSError as error:
        raise FormatError(f"cannot write {path}: {error.strerror}.") from error


def load_model(path: str | Path) -> Sequential:
    """Read a model that `Sequential.save` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Sequential
        With the saved weights, statistics, dtype and frozen filters.

    Raises
    ------
    FormatError
        If the file cannot be read, is not such a file, is of a newer format, or its tensors
        are not those that were saved.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = _checked_metadata(file.metadata() or {}, path)
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise FormatError(f"{path} is not a safetensors file: {error}.") from error
    architecture = metadata.get("architecture", "")
    if metadata.get("sha256") != fingerprint(state, architecture):
        raise FormatError(
            f"{path} is damaged: its contents do not match their sha256. Save or copy it again."
        )
    try:
        model = _rebuilt(json.loads(architecture))
        model.load_state_dict(state)
    except (MinitorchcnnError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} does not describe a model: {error}.") from error
    return model


def _checked_metadata(metadata: dict[str, str], path: str | Path) -> dict[str, str]:
    """Refuse another program's file before its tensors are read."""
    if metadata.get("format") != FORMAT:
        raise FormatError(
            f"{path} is a safetensors file, but not a model saved by minitorchcnn: expected one "
            f"that model.save(path) wrote."
        )
    if metadata.get("format_version") != str(FORMAT_VERSION):
        raise FormatError(
            f"{path} has format version {metadata.get('format_version')}, this minitorchcnn reads "
            f"version {FORMAT_VERSION}: install a newer minitorchcnn."
        )
    return metadata


def fingerprint(state: dict[str, Array], architecture: str) -> str:
    """Return the sha256 of an architecture and of a state's names, dtypes, shapes and bytes.

    Parameters
    ----------
    state : dict of str to ndarray
    architecture : str
        A flipped digit here would be another network with the same weights.

    Returns
    -------
    str
        Hex digits.
    """
    digest = hashlib.sha256(architecture.encode() + b"\n")
    for name in sorted(state):
        value = np.ascontiguousarray(state[name])
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _architecture(model: Sequential) -> dict[str, Any]:
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
    return {
        "layers": described,
        "input_shape": model.input_shape,
        "dtype": model.dtype.name,
    }


def _rebuilt(architecture: dict[str, Any]) -> Sequential:
    unknown = {item["layer"] for item in architecture["layers"]} - LAYERS.keys()
    if unknown:
        raise FormatError(f"unknown layers {sorted(unknown)}, known are {', '.join(LAYERS)}")
    layers = [LAYERS[item["layer"]](**item["options"]) for item in architecture["layers"]]
    model = Sequential(layers, architecture["input_shape"], dtype=architecture["dtype"])
    for layer, item in zip(model.layers, architecture["layers"], strict=True):
        for parameter, mask in zip(layer.parameters(), item["trainable"], strict=True):
            parameter.trainable = mask
    return model
