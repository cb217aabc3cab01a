"""Fingerprints of trainings: no checkpoint goes on with other data or options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import ArgumentError, DataError
from minitorchcnn.storage.hashing import sha256_of
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.layers.base import Layer
    from minitorchcnn.optimizers.base import Optimizer
    from minitorchcnn.training.trainer import Trainer

#: Bytes of data that are hashed at a time.
CHUNK = 16 * 2**20

#: Epochs whose learning rates are compared.
SCHEDULED = 1000

#: Options whose values may change in training, or that matter before it only.
PASSING = {"trainable", "initializer"}

DATA = ("x", "targets", "validation.")


def fingerprint(trainer: Trainer, x: Any, targets: Array, validation: Any) -> dict[str, Any]:
    """Describe a `fit` in plain JSON: equal descriptions give equal weights.

    Parameters
    ----------
    trainer : Trainer
        Its `run` knows callbacks and epochs.
    x, targets
        All data, before a part is set aside.

    Notes
    -----
    Number of threads and number of epochs are no part of it. Data counts by shape and sha256.
    """
    model, run = trainer.model, trainer.run
    if isinstance(validation, tuple):
        validation = {"x": hash_array(validation[0]), "targets": hash_array(validation[1])}
    watchful = [(type(c).__name__, c.config()) for c in run.callbacks if c.config()]
    return {
        "layers": [_layer(layer) for layer in model.layers],
        "input_shape": list(model.input_shape),
        "dtype": model.dtype.name,
        "loss": describe(trainer.loss),
        "batch_size": trainer.batch_size,
        "seed": trainer.split_seed,
        "optimizer": _optimizer(trainer.optimizer, run.last),
        "augment": describe(trainer.augment),
        "callbacks": [f"{kind}({_options(options)})" for kind, options in watchful],
        "validation": validation,
        "x": hash_array(x),
        "targets": hash_array(targets),
    }


def hash_array(x: Any) -> str:
    """Return dtype, shape and sha256 of an array, read in parts.

    Parameters
    ----------
    x : ndarray or stored array, first axis N
    """
    rows = max(1, CHUNK * len(x) // max(1, int(np.prod(x.shape)) * x.dtype.itemsize))
    parts = (x[start : start + rows] for start in range(0, len(x), rows))
    digest = sha256_of(repr(part.tolist()) if x.dtype.hasobject else part for part in parts)
    return f"{x.dtype} {x.shape} {digest}"


def describe(thing: Any) -> str:
    """Return what an option or function is called, without its address in memory."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))


def raise_if_different(path: Any, then: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise an error that names what differs between a checkpoint's training and this one.

    Parameters
    ----------
    path : str or Path
        Of the checkpoint, for the message.
    then, now : dict
        From `fingerprint`.

    Raises
    ------
    DataError
        If it is the data only.
    ArgumentError
        If it is the model or an option.
    """
    old, new = dict(_leaves(then)), dict(_leaves(now))
    differing = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    # more epochs than before are welcome: the learning rates of those that both have are compared
    differing = [
        name for name in differing if "factors" not in name or {name} <= old.keys() & new.keys()
    ]
    if not differing:
        return
    kind = DataError if all(name.startswith(DATA) for name in differing) else ArgumentError
    shown = [_difference(old, new, name) for name in differing[:4]]
    shown += [f"and {len(differing) - 4} more"] if len(differing) > 4 else []
    raise kind(
        f"{path} is a checkpoint of another training: {'; '.join(shown)}. Give the same model, "
        f"options and data as then, or begin anew without resume."
    )


def _layer(layer: Layer) -> str:
    kept = {name: value for name, value in layer.config().items() if name not in PASSING}
    return f"{type(layer).__name__}({_options(kept)})"


def _optimizer(optimizer: Optimizer, epochs: int) -> dict[str, Any]:
    """Describe an optimizer; its schedule by what it says of each epoch, too."""
    kind = type(optimizer).__name__
    named = {} if kind == "SGD" else {"kind": kind}  # the first checkpoints knew no other
    options = {name: describe(value) for name, value in optimizer.config().items()}
    schedule = optimizer.schedule
    asked = range(min(epochs, SCHEDULED))
    factors = [] if schedule is None else [float(schedule(epoch)) for epoch in asked]
    return {**named, **options, "factors": factors}


def _options(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={describe(value)}" for name, value in options.items())


def _leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the names of all leaves of a tree, such as "layers.2", with their values."""
    if isinstance(tree, list):
        tree = dict(enumerate(tree))
    if not isinstance(tree, dict):
        yield name, tree
        return
    for key, branch in tree.items():
        yield from _leaves(branch, f"{name}.{key}" if name else str(key))


def _difference(old: dict[str, Any], new: dict[str, Any], name: str) -> str:
    if name == "seed":  # what was drawn from it means nothing to people
        return "the Trainer's seed was another"
    return f"{name} was {_short(old, name)} and is {_short(new, name)}"


def _short(leaves: dict[str, Any], name: str) -> str:
    """Return a value for a message; of a sha256 the first digits."""
    if name not in leaves:
        return "not there"
    return re.sub(r"([0-9a-f]{12})[0-9a-f]{52}", r"\1...", str(leaves[name]))
