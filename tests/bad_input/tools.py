"""Slips in gradient checks and in model files."""

import tempfile
from pathlib import Path

import numpy as np

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
from minitorchcnn.storage.tensors import write_tensors
from tests.bad_input import Slip, labels, row_model
from tests.planted import spoiled

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


class Power(ReLU):
    def __init__(self, of):
        super().__init__()
        self.of = of


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


def read(**changes):
    """Write a model file with a changed header, and load it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        told = {"format": "minitorchcnn-model", "format_version": 2, "seed": 0}
        told |= {"class_names": None, "preprocessing": None, "architecture": {}}
        write_tensors(path, row_model().state_dict(), {**told, **changes})
        return load_model(path)


def described(**item):
    return {"layers": [item], "input_shape": [3], "dtype": "float32"}


UNKNOWN = described(layer="Spiral")
GIANT = described(layer="Dense", options={"units": 10**12})
WIDE = described(layer="MaxPool", options={"pool_size": 10**9})
NORM = {**described(layer="BatchNorm", options={}), "input_shape": [10**12]}

FILES = [
    Slip("model of no file", lambda: load_model("nothing"), FormatError, r"cannot read nothing"),
    Slip("no layers in the file", read, FormatError, r"does not describe a model: KeyError"),
    Slip(
        "unknown layer",
        lambda: read(architecture=UNKNOWN),
        FormatError,
        r"does not describe a model: unknown layers \['Spiral'\], known are AvgPool, BatchNorm",
    ),
    Slip(
        "giant layer in a file",
        lambda: read(architecture=GIANT),
        FormatError,
        r"0\.weight is float32 of shape \(1, 3\), .* wants float32 of shape \(1000000000000, 3\)",
    ),
    Slip(
        "giant window in a file",
        lambda: read(architecture=WIDE),
        FormatError,
        r"a size of 1000000000 pixels is more than a model file may tell of",
    ),
    Slip(
        "giant statistics in a file",
        lambda: read(architecture=NORM),
        FormatError,
        r"0\.weight has shape .*, the description wants \(1000000000000,\)",
    ),
    Slip(
        "class names as one text",
        lambda: row_model(class_names="abc"),
        ArgumentError,
        r'class_names must be a list of texts such as \["cat", "dog"\], got .abc.',
    ),
    Slip(
        "class names twice",
        lambda: row_model(class_names=["a", "b", "a"]),
        ArgumentError,
        r"class_names holds \['a'\] more than once",
    ),
    Slip(
        "class names too many",
        lambda: row_model(class_names=list("abcdefghijk")),
        ArgumentError,
        r"class_names has 11 names for outputs of shape .*, expected \d+ names: one for each class",
    ),
    Slip(
        "preprocessing that is no dict",
        lambda: row_model(preprocessing=["grey"]),
        ArgumentError,
        r"preprocessing must be a dict .*: it is a list",
    ),
    Slip(
        "preprocessing that is no data",
        lambda: row_model(preprocessing={"step": np.mean}),
        ArgumentError,
        r"preprocessing must be a dict of texts, finite numbers.*cannot be written as text",
    ),
    Slip(
        "no such folder",
        lambda: row_model().save("/nowhere/at/all/model.safetensors"),
        FormatError,
        r"cannot write /nowhere/at/all/model\.safetensors: No such file or directory",
    ),
    Slip(
        "own layer",
        lambda: Sequential([Power(np.sqrt)], (3,)).save("model"),
        FormatError,
        r"layer 0, Power\(.*\), is not one of minitorchcnn's own, and a file cannot tell how to "
        r"make it again: of=.* is no number, .* or keep the weights with state_dict\(\)",
    ),
    Slip(
        "own layer of a known name",
        lambda: Sequential([type("ReLU", (ReLU,), {})()], (3,)).save("model"),
        FormatError,
        r"layer 0, ReLU\(\), is not one of .* its class is called like our own ReLU",
    ),
    Slip(
        "layer class without brackets",
        lambda: load_model("model", layers=Power),
        ArgumentError,
        r"layers must be a list of classes, got <class '.*Power'>: put it in brackets",
    ),
    Slip(
        "layer in place of its class",
        lambda: load_model("model", layers=[ReLU()]),
        ArgumentError,
        r"layers holds ReLU\(\), expected the class of a layer, without \(\)",
    ),
    Slip(
        "layer class of a known name",
        lambda: load_model("model", layers=[type("ReLU", (ReLU,), {})]),
        ArgumentError,
        r"layers holds <class '.*ReLU'>, but there is another layer of that name: hand in the one",
    ),
]

SLIPS = [*CHECKS, *FILES]
