"""Checkpoints: all that a `fit` must remember to go on as if nothing had happened.

The file is plain: arrays as safetensors, everything else as JSON. Nothing in it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.errors import CallOrderError, FormatError
from minitorchcnn.storage.tensors import read_tensors, write_tensors
from minitorchcnn.training.fingerprint import raise_if_different
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path

FORMAT = "minitorchcnn-checkpoint"
FORMAT_VERSION = 1


def write_checkpoint(
    path: str | Path,
    state: dict[str, Any],
    fingerprint: dict[str, Any] | None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write where a `fit` stands; for callbacks. The old file is replaced at once, or kept.

    Parameters
    ----------
    path : str or Path
    state : dict
        From `Trainer.state_dict`.
    fingerprint : dict or None
        From `trainer.run`; known in the middle of a `fit` that has a `Checkpoint`.
    extra : dict or None
        Plain JSON to keep in the file.

    Raises
    ------
    CallOrderError
        Outside such a `fit`.
    FormatError
        If the file cannot be written.
    """
    if fingerprint is None:
        raise CallOrderError(
            "write_checkpoint needs a Trainer in the middle of fit: give fit a Checkpoint callback."
        )
    # as bytes, because what may be written into the header of a file is limited
    history = np.frombuffer(json.dumps(state["history"]).encode(), np.uint8)
    tensors: dict[str, Array] = {}
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "numpy": np.__version__,
        "extra": extra,
        "identity": fingerprint,
        "state": _packed({**state, "history": history}, "", tensors),
    }
    write_tensors(path, tensors, header)


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Return what a checkpoint says of itself, without changing anything.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        "identity" (model, options and data, described), "extra" as given to `Checkpoint`, "state"
        with the epochs completed ("epoch"), the records of the History ("history"), and arrays.

    Raises
    ------
    FormatError
        If there is no such file, or it is not a whole checkpoint.
    """
    if not file_path(path, "resume").exists():
        raise FormatError(
            f"there is no checkpoint {path}: write one with the callback Checkpoint, or begin "
            f"without resume."
        )
    tensors, header = read_tensors(path, FORMAT, version=FORMAT_VERSION)
    with naming_checkpoint(path):
        state = _unpacked(header["state"], tensors)
        state["history"] = json.loads(state["history"].tobytes())
        return {**header, "state": state}


def read_state(path: str | Path, fingerprint: dict[str, Any]) -> dict[str, Any]:
    """Return what `Trainer.state_dict` gave when a checkpoint was written.

    Parameters
    ----------
    path : str or Path
    fingerprint : dict
        Of the `fit` that shall go on from there.

    Raises
    ------
    FormatError
        If the file cannot be used.
    DataError, ArgumentError
        If it belongs to another training; says what differs.
    """
    held = read_checkpoint(path)
    with naming_checkpoint(path):
        then, state = held["identity"], held["state"]
        state["callbacks"] = list(state["callbacks"])
    raise_if_different(path, then, fingerprint)
    return dict(state)


@contextmanager
def naming_checkpoint(path: str | Path) -> Iterator[None]:
    """Raise a `FormatError` that names the file where its contents turn out not to fit."""
    try:
        yield
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise FormatError(
            f"{path} does not hold what a checkpoint should: {type(error).__name__} {error}. Use "
            f"another one."
        ) from error


def _packed(tree: Any, place: str, tensors: dict[str, Array]) -> Any:
    """Return nested dicts and lists as plain JSON, with arrays moved to `tensors`."""
    if isinstance(tree, dict):
        return {
            key: _packed(value, f"{place}/{key}".strip("/"), tensors) for key, value in tree.items()
        }
    if isinstance(tree, (list, tuple)):
        return [_packed(value, f"{place}/{index}", tensors) for index, value in enumerate(tree)]
    if isinstance(tree, np.ndarray):
        while place in tensors:  # keys may hold a slash themselves
            place += "/"
        tensors[place] = tree
        return {TENSOR: place}
    return tree.item() if isinstance(tree, np.generic) else tree


#: The key of a dict that stands for an array.
TENSOR = "__tensor__"


def _unpacked(tree: Any, tensors: dict[str, Array]) -> Any:
    """Undo `_packed`."""
    if isinstance(tree, dict):
        if tree.keys() == {TENSOR}:
            return tensors[tree[TENSOR]]
        return {key: _unpacked(value, tensors) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_unpacked(value, tensors) for value in tree]
    return tree
