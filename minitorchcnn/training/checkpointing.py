"""Checkpoints: all that a `fit` must remember to go on as if nothing had happened.

The file is plain: arrays as safetensors, everything else as JSON. Nothing in it is executed.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import CallOrderError, FormatError
from minitorchcnn.storage.tensors import read_tensors, write_tensors
from minitorchcnn.training.fingerprint import refuse_differences
from minitorchcnn.training.state import Sums
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path

if TYPE_CHECKING:
    from minitorchcnn.model.sequential import Sequential
    from minitorchcnn.training.trainer import Trainer

FORMAT = "minitorchcnn-checkpoint"
FORMAT_VERSION = 1


def write_checkpoint(
    path: str | Path, trainer: Trainer, extra: dict[str, Any] | None = None
) -> None:
    """Write where a `fit` stands; for callbacks. The old file is replaced at once, or kept.

    Parameters
    ----------
    path : str or Path
    trainer : Trainer
        In the middle of `fit`, with a `Checkpoint` among the callbacks.
    extra : dict or None
        Plain JSON to keep in the file.

    Raises
    ------
    CallOrderError
        Outside such a `fit`.
    FormatError
        If the file cannot be written.
    """
    if trainer.run.identity is None:
        raise CallOrderError(
            "write_checkpoint needs a Trainer in the middle of fit: give fit a Checkpoint callback."
        )
    tensors: dict[str, Array] = {}
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "numpy": np.__version__,
        "extra": extra,
        "identity": trainer.run.identity,
        "state": _packed(_state(trainer), "", tensors),
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
    try:
        state = _unpacked(header["state"], tensors)
        # as bytes, because what may be written into the header of a file is limited
        state["history"] = json.loads(state["history"].tobytes())
        return {**header, "state": state}
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _wrong(path, error) from error


def restore(trainer: Trainer, path: str | Path) -> list[dict[str, Any]]:
    """Bring a Trainer, its model and optimizer to where a checkpoint was written.

    Parameters
    ----------
    trainer : Trainer
        With a `run` that knows its identity.
    path : str or Path

    Returns
    -------
    list of dict
        The callbacks' states, for `restore_callbacks`.

    Raises
    ------
    FormatError
        If the file cannot be used.
    DataError, ArgumentError
        If it belongs to another training; says what differs.
    """
    held = read_checkpoint(path)
    try:
        identity, states = held["identity"], list(held["state"]["callbacks"])
    except (LookupError, TypeError) as error:
        raise _wrong(path, error) from error
    refuse_differences(path, identity, trainer.run.identity or {})
    try:
        _load(trainer, held["state"])
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise _wrong(path, error) from error
    return states


def restore_callbacks(trainer: Trainer, states: list[dict[str, Any]], path: str | Path) -> None:
    """Give each callback what the one of its kind remembered.

    Parameters
    ----------
    trainer : Trainer
    states : list of dict
        From `restore`.
    path : str or Path
        Where they were read, for the message.

    Raises
    ------
    FormatError
        If they do not hold what a callback needs.
    """
    rest = list(states)
    try:
        for callback in trainer.run.callbacks:
            kinds = [state["kind"] for state in rest]
            if type(callback).__name__ in kinds:
                own = rest.pop(kinds.index(type(callback).__name__))
                if own["state"]:
                    callback.load_state_dict(own["state"])
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise _wrong(path, error) from error


def _wrong(path: str | Path, error: Exception) -> FormatError:
    return FormatError(
        f"{path} does not hold what a checkpoint should: {type(error).__name__} {error}. Use "
        f"another one."
    )


def _state(trainer: Trainer) -> dict[str, Any]:
    run, model = trainer.run, trainer.model
    return {
        "model": model.state_dict(),
        "trainable": [np.asarray(p.trainable).tolist() for p in model.parameters()],
        "optimizer": trainer.optimizer.state_dict(),
        "streams": {name: rng.bit_generator.state for name, rng in _streams(model)},
        "order": run.order,
        "epoch": trainer.epoch,
        "first": run.first,
        "updates": run.updates,
        "sums": vars(run.sums),
        "stopping": run.stopping,
        "history": np.frombuffer(json.dumps(run.history.records).encode(), np.uint8),
        "callbacks": [{"kind": type(c).__name__, "state": c.state_dict()} for c in run.callbacks],
    }


def _load(trainer: Trainer, state: dict[str, Any]) -> None:
    run, model = trainer.run, trainer.model
    model.load_state_dict(state["model"])
    for parameter, mask in zip(model.parameters(), state["trainable"], strict=True):
        parameter.trainable = mask
    trainer.optimizer.load_state_dict(state["optimizer"])
    for name, rng in _streams(model):
        rng.bit_generator.state = state["streams"][name]
    trainer.rng.bit_generator.state = state["order"]
    run.order, run.stopping = state["order"], bool(state["stopping"])
    trainer.epoch, run.updates = _count(state["epoch"]), _count(state["updates"])
    first = _count(state["first"])
    run.first, run.last = first, run.last + first - run.first
    numbers = {name: float(state["sums"][name]) for name in ("loss", "seconds")}
    counts = {name: _count(state["sums"][name]) for name in ("batches", "samples", "right")}
    run.sums = Sums(**counts, **numbers)  # type: ignore[arg-type]
    run.history.records = list(state["history"])


def _count(value: Any) -> int:
    """Return what must be a whole number from 0 on; TypeError or ValueError if it is none."""
    return range(2**53).index(operator.index(value))


def _streams(model: Sequential) -> Iterator[tuple[str, np.random.Generator]]:
    """Yield the random streams that layers own, such as Dropout's, with their names."""
    for index, layer in enumerate(model.layers):
        for name, stream in layer.generators():
            yield f"{index}.{name}", stream


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
