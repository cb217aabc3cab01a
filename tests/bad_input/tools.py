"""Slips in gradient checks and in model files."""

import json
import tempfile
from pathlib import Path

import numpy as np
import safetensors.numpy

from minitorchcnn import (
    SGD,
    ArgumentError,
    DataError,
    Dense,
    FormatError,
    ReLU,
    Sequential,
    ShapeError,
    check_gradients,
    load_model,
)
from minitorchcnn.serialization import fingerprint
from tests.bad_input import Slip, labels, row_model
from tests.planted import MISTAKES, spoiled

F32 = np.float32
ROWS = np.ones((4, 3), F32)


def check(model=None, x=ROWS, labels=None, **options):
    return check_gradients(model or row_model(), x, labels, **options)


def silent_between():
    silent = spoiled(ReLU, lambda grad_x, grads: (None, grads))
    return check(Sequential([Dense(3), silent(), Dense(2)], (3,)))


def turned():
    layer = spoiled(Dense, lambda grad_x, grads: (grad_x, [grads[0].T, grads[1]]))
    return check(layer(2))


class Noise(ReLU):
    def compute(self, x, *, training):
        return x + np.random.default_rng().normal(size=x.shape), x


def unwritable():
    with tempfile.TemporaryDirectory() as folder:
        check().save(folder)


CHECKS = [
    Slip(
        "never the same",
        lambda: check(Noise()),
        ArgumentError,
        r"Noise\(\) gives other outputs .* a numpy.random.Generator that is its attribute",
    ),
    Slip("page", unwritable, FormatError, r"cannot be written .* Choose another path"),
    Slip(
        "nothing to check",
        lambda: check(SGD()),
        ArgumentError,
        r"needs a Sequential or a Layer, got SGD",
    ),
    Slip(
        "whole x", lambda: check(x=np.ones((2, 3), int)), DataError, r"floating point x, got int64"
    ),
    Slip("list x", lambda: check(x=[[1.0]]), DataError, r"needs floating point x, got list"),
    Slip("NaN x", lambda: check(x=ROWS * F32(np.nan)), DataError, r"check_gradients: x holds NaN"),
    Slip("no x", lambda: check(x=ROWS[:0]), ShapeError, r"check_gradients got an empty batch"),
    Slip("wide x", lambda: check(x=np.ones((2, 5))), ShapeError, r"\(2, 5\), expected \(N, 3\)"),
    Slip("labels", lambda: check(row_model(3), labels=labels() + 1), DataError, r"subtract 1"),
    Slip(
        "unknown loss to check",
        lambda: check(labels=ROWS, loss="l1"),
        ArgumentError,
        r"'l1' is unknown",
    ),
    Slip(
        "tolerance", lambda: check(tolerance=-1), ArgumentError, r"tolerance must be at least 0\.0"
    ),
    Slip("elements", lambda: check(max_elements=0), ArgumentError, r"max_elements must be >= 1"),
    Slip(
        "seed", lambda: check(seed="x"), ArgumentError, r"check_gradients: seed must be an integer"
    ),
    Slip(
        "silent layer",
        silent_between,
        ArgumentError,
        r"Dense\(3\) got no gradient: .* the layer aft",
    ),
    Slip("turned", turned, ShapeError, r"for weight that is float64 of shape \(3, 2\), expected"),
]


def read(data=None, *, metadata=None, architecture=None):
    """Write a file of bytes, or a model file with changed metadata, and load it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        if data is not None:
            path.write_bytes(data)
        elif metadata is not None:
            state = row_model().state_dict()
            text = architecture or "{}"
            told = {"format": "minitorchcnn-model", "format_version": "1", "architecture": text}
            told = {**told, "sha256": fingerprint(state, text), **metadata}
            safetensors.numpy.save_file(state, path, told)
        return load_model(path)


UNKNOWN = json.dumps({"layers": [{"layer": "Spiral"}], "input_shape": [3], "dtype": "float32"})

FILES = [
    Slip("no file", read, FormatError, r"cannot read .*model\.safetensors: No such file"),
    Slip("text", lambda: read(b"my notes"), FormatError, r"is not a safetensors file"),
    Slip(
        "another program's",
        lambda: read(metadata={"format": "x"}),
        FormatError,
        r"not a model saved",
    ),
    Slip(
        "newer",
        lambda: read(metadata={"format_version": "9"}),
        FormatError,
        r"9, .* install a newer",
    ),
    Slip(
        "damaged",
        lambda: read(metadata={"sha256": "0"}),
        FormatError,
        r"is damaged: .* copy it again",
    ),
    Slip(
        "no layers in the file",
        lambda: read(metadata={}),
        FormatError,
        r"does not describe a model",
    ),
    Slip(
        "unknown layer",
        lambda: read(metadata={}, architecture=UNKNOWN),
        FormatError,
        r"does not describe a model: unknown layers \['Spiral'\], known are AvgPool, BatchNorm",
    ),
    Slip(
        "no such folder",
        lambda: row_model().save("/nowhere/at/all/model.safetensors"),
        FormatError,
        r"cannot write /nowhere/at/all/model\.safetensors: No such file or directory",
    ),
    Slip(
        "own layer",
        lambda: Sequential([MISTAKES["float32 inside"].layer()], (3,)).save("model"),
        FormatError,
        r"layer 0, RoundedTanh\(\), is not one of minitorchcnn's own: .* state_dict\(\)",
    ),
]

SLIPS = [*CHECKS, *FILES]
