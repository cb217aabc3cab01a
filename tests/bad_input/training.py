"""Slips in training: in its data, its callbacks and its optimizer."""

import numpy as np

from minitorchcnn import (
    SGD,
    ArgumentError,
    CallOrderError,
    DataError,
    Dense,
    EarlyStopping,
    Layer,
    NonFiniteError,
    Parameter,
    Sequential,
    ShapeError,
    ThawAt,
    Trainer,
)
from tests.bad_input import Slip, fit, image_model, images, labels, row_model

F32 = np.float32
ROWS = np.ones((4, 3), F32)


def with_nan(place):
    x = images()
    x[place] = np.nan
    return x


def yes_no(y, units=1):
    return lambda: fit(ROWS, y, model=row_model(units), loss="binary_cross_entropy")


def regression(y):
    return lambda: fit(ROWS, y, model=row_model(), loss="mean_squared_error")


def own_loss(result):
    return lambda: fit(ROWS, np.ones(4), model=row_model(), loss=lambda outputs, targets: result)


DATA = [
    Slip(
        "NaN image", lambda: fit(with_nan((2, 0, 1, 1))), DataError, r"Trainer: x holds .* sample 2"
    ),
    Slip(
        "NaN in validation",
        lambda: fit(validation=(with_nan((1, 0, 0, 0)), labels())),
        DataError,
        r"first in sample 1, expected finite pixels",
    ),
    Slip(
        "infinite image",
        lambda: Trainer(image_model(), SGD()).evaluate(images() * F32(np.inf), labels()),
        DataError,
        r"NaN or infinity, first in sample 0",
    ),
    Slip("no images", lambda: fit(images(0), labels(0)), ShapeError, r"Trainer got an empty batch"),
    Slip(
        "no channel axis", lambda: fit(images()[:, 0]), ShapeError, r"Trainer .*channel axis is mis"
    ),
    Slip(
        "bytes",
        lambda: fit(images(dtype="uint8")),
        ShapeError,
        r"dtype uint8.* scaled to \[-1, 1\]",
    ),
    Slip(
        "labels from 1",
        lambda: fit(y=np.array([1, 2, 3, 1])),
        DataError,
        r"count from 1: subtract 1",
    ),
    Slip("one-hot labels", lambda: fit(y=np.eye(4, 3)), DataError, r"One-hot .*argmax\(axis=1\)"),
    Slip("text labels", lambda: fit(y=np.array(list("abca"))), DataError, r"integers .* got <U1"),
    Slip(
        "list of labels", lambda: fit(y=[0, 1, 2, 0]), DataError, r"array of integers .* got list"
    ),
    Slip(
        "too many labels", lambda: fit(y=labels(7)), DataError, r"\(4,\), .* int64 of shape \(7,\)"
    ),
    Slip(
        "classes for a model of one output",
        lambda: fit(ROWS, labels(), model=row_model()),
        DataError,
        r"one output per class, this one gives shape \(1,\): end it with Dense\(classes\), or use",
    ),
    Slip(
        "labels for validation images",
        lambda: fit(validation=(images(2), np.array([0, 3]))),
        DataError,
        r"labels must lie in 0 \.\. 2 for 3 outputs, got 0 \.\. 3",
    ),
    Slip(
        "yes or no from 1",
        yes_no(np.array([1, 2, 1, 2])),
        DataError,
        r"got 1 \.\. 2: write 1 for yes",
    ),
    Slip("yes or no as NaN", yes_no(np.array([0, 1, np.nan, 1])), DataError, r"0 and 1, got nan"),
    Slip(
        "yes or no as text",
        yes_no(np.array(list("ynyn"))),
        DataError,
        r"numbers 0 and 1 .* got <U1",
    ),
    Slip(
        "one answer for two outputs",
        yes_no(labels(), 2),
        DataError,
        r"or \(4, 2\) like its outputs",
    ),
    Slip("too few answers", yes_no(np.array([0, 1])), DataError, r"each of 4 samples, got \(2,\)"),
    Slip(
        "flat numbers", regression(np.ones(4)), DataError, r"shape \(4, 1\), like the outputs, got"
    ),
    Slip(
        "NaN target",
        regression(np.array([[1], [np.nan], [0], [0]])),
        DataError,
        r"targets hold NaN or infinity, first in sample 1, expected finite numbers: remove",
    ),
    Slip(
        "loss without gradient",
        own_loss(3.0),
        ArgumentError,
        r"return \(loss, grad_outputs\) .* 3\.0",
    ),
    Slip(
        "flat gradient",
        own_loss((1.0, np.ones(4, F32))),
        ShapeError,
        r"\(4,\), expected float32 of",
    ),
    Slip(
        "no epochs",
        lambda: Trainer(row_model(), SGD()).fit(ROWS, labels(), 0),
        ArgumentError,
        ">= 1",
    ),
    Slip(
        "validation True",
        lambda: fit(validation=True),
        ArgumentError,
        r"must be \(x, y\), a fraction such as 0\.2, or None, got True",
    ),
    Slip(
        "validation in percent", lambda: fit(validation=20), DataError, r"20, expected .* below 1"
    ),
    Slip(
        "fraction of too few",
        lambda: fit(
            ROWS, np.ones((4, 1)), model=row_model(), loss="mean_squared_error", validation=0.01
        ),
        DataError,
        r"fraction 0\.01 of 4 samples leaves 0 for validation and 4 for training: both need",
    ),
]

RUNS = [
    Slip(
        "callback class",
        lambda: fit(callbacks=[EarlyStopping]),
        ArgumentError,
        r"such as \[EarlySt",
    ),
    Slip(
        "callback alone",
        lambda: fit(callbacks=EarlyStopping()),
        ArgumentError,
        r"must be a list of",
    ),
    Slip(
        "nothing to monitor",
        lambda: fit(callbacks=[EarlyStopping()]),
        ArgumentError,
        r"'val_loss' is not recorded, only epoch, loss, .* are\. Give fit validation data",
    ),
    Slip(
        "nothing to thaw",
        lambda: fit(callbacks=[ThawAt(1, 2)]),
        ArgumentError,
        r"ThawAt: layer 1 has no parameters; layers with parameters: \[0, 2\]",
    ),
    Slip(
        "thaw a filter that is not there",
        lambda: fit(callbacks=[ThawAt(0, 2, [1, 2])]),
        ArgumentError,
        r"ThawAt: layer 0 has 2 filters, expected numbers from 0 to 1, got 2",
    ),
    Slip(
        "too few gradients",
        lambda: Trainer(row_model(2), SGD(0.1)).apply([np.ones((2, 3), F32)]),
        ArgumentError,
        r"apply: .* one for each parameter .* shapes \[\(2, 3\), \(2,\)\], got \[\(2, 3\)\]",
    ),
    Slip(
        "gradient of another parameter",
        lambda: Trainer(row_model(2), SGD(0.1)).apply([np.ones((2, 3), F32), np.ones(1, F32)]),
        ArgumentError,
        r"shapes \[\(2, 3\), \(2,\)\], got \[\(2, 3\), \(1,\)\]",
    ),
    Slip(
        "rate of learning too large",
        lambda: Trainer(row_model(2), SGD(1e308)).fit(ROWS, labels() % 2, 1, progress=False),
        NonFiniteError,
        r"after epoch 1/1: parameter 0\.weight of layer 0, Dense\(2\), .*Try a smaller learning",
    ),
    Slip(
        "loss too large",
        lambda: Trainer(Sequential([Dense(2, weight=np.full((2, 3), 3e38))], (3,)), SGD(0.5)).step(
            ROWS, labels() % 2
        ),
        NonFiniteError,
        r"at this batch: the loss is nan\. .* output of layer 0, Dense\(2\)\. Try .* \(now 0\.5\)",
    ),
    Slip(
        "validation loss too large",
        lambda: Trainer(row_model(2), SGD(0.1)).fit(
            ROWS, labels() % 2, 1, (ROWS * F32(3e38), labels() % 2), progress=False
        ),
        NonFiniteError,
        r"epoch 1/1, validation: the loss is nan\. .* output of layer 0, Dense",
    ),
]


def step(*parameters, optimizer=None):
    optimizer = optimizer or SGD(0.1, momentum=0.9)
    for parameter in parameters:
        parameter.grad = None if parameter.name == "new" else np.ones_like(parameter.value)
        optimizer.step([parameter])
    return optimizer


def weight(size, name="weight"):
    return Parameter(name, np.ones(size))


OPTIMIZERS = [
    Slip(
        "no gradient",
        lambda: step(weight(2, "new")),
        CallOrderError,
        r"new .* call backward before",
    ),
    Slip(
        "another model",
        lambda: step(weight(2), weight(3)),
        ArgumentError,
        r"\(2,\) .* \(3,\) now: an",
    ),
    Slip(
        "same names",
        lambda: SGD().step([weight(2), weight(2)]),
        ArgumentError,
        r"must have different names, got \['weight', 'weight'\]",
    ),
]


class Forgetful(Layer):
    """A layer that computes something else than it promised."""

    def _build(self, input_shape, rng):
        return input_shape

    def compute(self, x, *, training):
        return x[:, :1], None

    def gradients(self, grad_y, saved, *, need_grad_x):
        return grad_y, []


class Twins(Layer):
    """A layer that gives two of its weights one name."""

    def _build(self, input_shape, rng):
        self._parameters = [Parameter("weight", np.zeros(shape)) for shape in (3, 4)]
        return input_shape

    compute, gradients = Forgetful.compute, Forgetful.gradients


BROKEN_LAYERS = [
    Slip(
        "two weights of one name",
        lambda: Twins().build((3,)),
        ArgumentError,
        r"Twins\(\): two of its arrays are called 'weight', of shapes \(3,\) and \(4,\), so that "
        r"one would be saved over the other\. Give each a name of its own",
    ),
    Slip(
        "layer that breaks its promise",
        lambda: fit(ROWS, labels(), model=Sequential([Forgetful(), Dense(3)], (3,))),
        ShapeError,
        r"layer 0: Forgetful\(\) gave float32 of shape \(2, 1\) for x of shape \(2, 3\), expected "
        r"float32 of shape \(2, 3\): its compute\(\) must keep what its _build\(\) promised",
    ),
    Slip(
        "layer of another model",
        lambda: Sequential(row_model().layers, (3,)),
        CallOrderError,
        r"layer 0: Dense\(1\) is already built for inputs of shape \(3,\)",
    ),
]

SLIPS = [*BROKEN_LAYERS, *DATA, *RUNS, *OPTIMIZERS]
