"""Slips in geometry, in the arrays given to layers and losses, and in the order of calls."""

from copy import deepcopy

import numpy as np

from minitorchcnn import (
    ArgumentError,
    AvgPool,
    BatchNorm,
    CallOrderError,
    Conv2D,
    DataError,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
    binary_cross_entropy,
    mean_squared_error,
    softmax,
    softmax_cross_entropy,
)
from minitorchcnn.layers.base import built
from tests.bad_input import Slip, image_model, images, row_model

F32 = np.float32


def chain(*layers, shape=(1, 8, 8)):
    return lambda: Sequential(deepcopy(layers), shape)


def forward(x, model=image_model):
    return lambda: model().forward(x)


def predict(x, model=image_model):
    return lambda: model().predict(x)


def run(kind, x, grad_y=None):
    """Build a layer for x, send x forward and grad_y back."""

    def do():
        layer = kind()
        layer.build(x.shape[1:])
        layer.forward(x)
        layer.backward(grad_y)

    return do


def silent():
    """Return a model in whose middle a layer gives no gradient."""
    model = Sequential([Dense(3), ReLU(), Dense(3)], (3,))
    model.layers[1].gradients = lambda grad_y, saved, *, need_grad_x: (None, [])
    return model


def silent_gradients():
    model = silent()
    y, saved = model.compute(np.ones((2, 3), F32), training=True)
    model.gradients(y, saved)


def silent_backward():
    model = silent()
    model.backward(model.forward(np.ones((2, 3), F32)))


def loaded(**change):
    model = row_model(2)
    state = {**model.state_dict(), **change}
    model.load_state_dict({name: value for name, value in state.items() if value is not None})


GEOMETRY = [
    Slip(
        "kernel larger than its input",
        chain(Conv2D(1, (3, 9))),
        ShapeError,
        r"layer 0: .* along the width: it spans \(9 - 1\) \* 1 \+ 1 = 9 pixels, the input has "
        r"8 \+ 0 \+ 0 of padding = 8\. Use a smaller kernel or dilation, larger images or more",
    ),
    Slip(
        "dilation too large",
        chain(ReLU(), MaxPool((4, 1), dilation=3, padding=((1, 0), (0, 0)))),
        ShapeError,
        r"layer 1: .* along the height: .*\(4 - 1\) \* 3 \+ 1 = 10 pixels, the input has 8 \+ 1",
    ),
    Slip(
        "pool of padding only",
        chain(MaxPool(2, padding=2)),
        ShapeError,
        r"output row 0 would see nothing but padding: .* too large .* Use less padding",
    ),
    Slip(
        "average of padding only",
        chain(AvgPool((1, 2), padding=((0, 0), (0, 3)))),
        ShapeError,
        r"AvgPool.*output column 4 would see nothing but padding",
    ),
    Slip(
        "channels and groups",
        chain(Conv2D(4, 3, groups=2), shape=(3, 8, 8)),
        ShapeError,
        r"3 input channels cannot be cut into 2 groups: choose groups that divide",
    ),
    Slip(
        "Dense before Flatten",
        chain(Conv2D(2, 3), Dense(10)),
        ShapeError,
        r"layer 1: Dense\(10\) needs flat rows .* got input shape \(2, 6, 6\): put a Flatten\(\)",
    ),
    Slip(
        "convolution after Flatten",
        chain(Flatten(), Conv2D(2, 3)),
        ShapeError,
        r"layer 1: Conv2D\(2, 3\) needs images of shape \(channels, height, width\), got .*\(64,\)",
    ),
    Slip("global pool of rows", chain(GlobalAvgPool(), shape=(5,)), ShapeError, r"needs images of"),
    Slip(
        "grey images without channel",
        chain(Conv2D(2, 3), shape=(28, 28)),
        ShapeError,
        r"got input shape \(28, 28\)\. Grey images .* need a channel axis: \(1, height, width\)",
    ),
    Slip(
        "norm of sheets",
        chain(BatchNorm(), shape=(4, 4)),
        ShapeError,
        r"BatchNorm\(\) needs \(channels, height, width\) or \(features,\), got \(4, 4\)",
    ),
    *(
        Slip(
            f"input_shape {shape!r}",
            lambda shape=shape: Sequential([ReLU()], shape),
            ShapeError,
            r"input_shape must be positive integers without the batch axis, such as .* got",
        )
        for shape in [28, (), None, "1x28x28", (0, 28, 28), (1, 28.0, 28), (True, 3, 3), (-1, 4)]
    ),
]

BATCHES = [
    Slip(
        "images without channel axis",
        forward(images(shape=(6, 5))),
        ShapeError,
        r"got x of shape \(4, 6, 5\), expected \(N, 1, 6, 5\): the channel axis is missing, use",
    ),
    Slip(
        "channels last",
        forward(images(shape=(6, 5, 1))),
        ShapeError,
        r"\(4, 6, 5, 1\), .*: channels come last here, use x\.transpose\(0, 3, 1, 2\)",
    ),
    Slip(
        "one image alone",
        predict(np.ones((3, 6, 5), F32), lambda: Sequential([ReLU()], (3, 6, 5))),
        ShapeError,
        r"\(3, 6, 5\), expected \(N, 3, 6, 5\): the batch axis is missing, use x\[np\.newaxis\]",
    ),
    Slip(
        "images for rows",
        predict(np.ones((2, 3, 4), F32), row_model),
        ShapeError,
        r"expected \(N, 3\): put a Flatten layer before it",
    ),
    Slip(
        "three channels for one",
        predict(images(shape=(3, 6, 5))),
        ShapeError,
        r"\(4, 3, 6, 5\), expected \(N, 1, 6, 5\): give samples of that shape, or build for this",
    ),
    Slip("another size", predict(images(shape=(1, 5, 6))), ShapeError, r"\(4, 1, 5, 6\), expected"),
    Slip(
        "a number to predict",
        predict(np.float32(3)),
        ShapeError,
        r"got float32, expected a NumPy array",
    ),
    Slip(
        "a 0-d array", predict(np.array(3, F32)), ShapeError, r"got x of shape \(\), expected \(N,"
    ),
    Slip(
        "a list", predict([[1.0, 2.0]]), ShapeError, r"got list, .*use np\.asarray\(x, dtype='flo"
    ),
    Slip("nothing", predict(None), ShapeError, r"Sequential got NoneType, expected a NumPy array"),
    Slip(
        "empty batch",
        predict(images(0)),
        ShapeError,
        r"empty batch of .*: give at least one sample",
    ),
    Slip(
        "empty forward",
        forward(images(0)),
        ShapeError,
        r"got an empty batch of shape \(0, 1, 6, 5\)",
    ),
    Slip(
        "float64 for float32",
        predict(images(dtype="float64")),
        ShapeError,
        r"dtype float64, expected float32\. Nothing is cast silently: pass x\.astype\('float32'\)",
    ),
    Slip(
        "bytes of pixels",
        predict(images(dtype="uint8")),
        ShapeError,
        r"dtype uint8, expected float32.*x\.astype\('float32'\), scaled to \[-1, 1\]",
    ),
    Slip(
        "float32 for float64",
        predict(np.ones((2, 3), F32), lambda: row_model(dtype="float64")),
        ShapeError,
        r"got x of dtype float32, expected float64",
    ),
    Slip(
        "NaN to predict",
        predict(np.array([[1, 1, 1], [1, np.nan, 1]], F32), row_model),
        DataError,
        r"x holds NaN or infinity, first in sample 1, expected finite pixels: remove or mend",
    ),
    Slip(
        "batches of 0", lambda: row_model().predict(np.ones((1, 3), F32), 0), ArgumentError, ">= 1"
    ),
    Slip(
        "one sample to normalize",
        run(BatchNorm, np.ones((1, 3), F32)),
        ShapeError,
        r"one value per channel in training, .*: use batches of at least 2 samples or larger",
    ),
]

CALLS = [
    Slip(
        "forward before build",
        lambda: Conv2D(2, 3).forward(images()),
        CallOrderError,
        r"Conv2D\(2, 3\) is not built yet: put it into a Sequential, or call layer\.build\(",
    ),
    Slip("window before build", lambda: built(MaxPool(2).window), CallOrderError, r"call build\("),
    Slip(
        "backward before forward",
        lambda: row_model().backward(np.ones((2, 1), F32)),
        CallOrderError,
        r"Dense\(1\): call forward before backward",
    ),
    Slip(
        "built twice",
        lambda: [layer := Dense(2), layer.build((3,)), layer.build((3,))],
        CallOrderError,
        r"already built for inputs of shape \(3,\).* make a new one",
    ),
    Slip(
        "gradient of another shape",
        run(ReLU, np.ones((2, 3), F32), np.ones((3, 2), F32)),
        ShapeError,
        r"ReLU\(\) got grad_y float32 of shape \(3, 2\), expected float32 of shape \(2, 3\), like",
    ),
    Slip(
        "gradient of another dtype",
        run(lambda: Dropout(0.5), np.ones((2, 3), F32), np.ones((2, 3))),
        ShapeError,
        r"got grad_y float64 of shape \(2, 3\), expected float32",
    ),
    Slip(
        "no gradient to send back",
        run(Flatten, np.ones((2, 3), F32)),
        ShapeError,
        r"got grad_y NoneType, exp",
    ),
    Slip(
        "layer without gradient",
        silent_gradients,
        CallOrderError,
        r"ReLU\(\): gradients\(\) gave no",
    ),
    Slip(
        "layer without backward",
        silent_backward,
        CallOrderError,
        r"no grad_x although it was asked",
    ),
    Slip(
        "state missing",
        lambda: loaded(**{"0.bias": None}),
        ShapeError,
        r"missing \['0\.bias'\], unk",
    ),
    Slip(
        "state unknown",
        lambda: loaded(bias=1),
        ShapeError,
        r"unknown \['bias'\].* must be the same",
    ),
    Slip(
        "state of another size",
        lambda: loaded(**{"0.bias": np.ones(5, F32)}),
        ShapeError,
        r"'0\.bias' is float32 of shape \(5,\), expected .* \(2,\): .* built with the same sizes",
    ),
    Slip(
        "state from a path",
        lambda: row_model().load_state_dict("model.safetensors"),
        ArgumentError,
        r"needs a dict of names and arrays, got str: pass .*state_dict\(\), or use load_model\(",
    ),
]

LOGITS = np.zeros((3, 4))

LOSSES = [
    Slip(
        "flat logits",
        lambda: softmax(np.zeros(4)),
        ShapeError,
        r"\(N, classes\), got float64 of .*4,",
    ),
    Slip(
        "whole logits", lambda: softmax(np.zeros((3, 4), int)), ShapeError, r"floating .* got int64"
    ),
    Slip("list of logits", lambda: softmax([[0.0]]), ShapeError, r"must be floating .* got list"),
    Slip(
        "no logits",
        lambda: softmax(np.zeros((0, 4))),
        ShapeError,
        r"empty, .*\(0, 4\): give at least",
    ),
    *(
        Slip(
            f"labels: {what}",
            lambda labels=labels: softmax_cross_entropy(LOGITS, labels),
            DataError,
            match,
        )
        for what, labels, match in [
            (
                "from 1",
                np.array([1, 4, 2]),
                r"lie in 0 \.\. 3 for 4 outputs, got 1 \.\. 4.*subtract 1",
            ),
            ("negative", np.array([0, -1, 2]), r"lie in 0 \.\. 3 .* got -1 \.\. 2\.$"),
            ("too large", np.array([0, 9, 2]), r"lie in 0 \.\. 3 for 4 outputs, got 0 \.\. 9\.$"),
            (
                "one-hot",
                np.eye(4)[:3],
                r"One-hot labels become class numbers by labels\.argmax\(axis=1",
            ),
            (
                "text",
                np.array(["a", "b", "c"]),
                r"array of integers of shape \(3,\), .* got <U1 of sh",
            ),
            (
                "float",
                np.array([0.0, 1.0, 2.0]),
                r"array of integers .* got float64 of shape \(3,\)",
            ),
            ("bool", np.array([True, False, True]), r"array of integers .* got bool"),
            ("too few", np.array([0, 1]), r"shape \(3,\), .* got int64 of shape \(2,\)"),
            ("as a column", np.array([[0], [1], [2]]), r"got int64 of shape \(3, 1\)"),
            ("a list", [0, 1, 2], r"array of integers of shape \(3,\), .* got list"),
        ]
    ),
    Slip(
        "targets broadcast",
        lambda: mean_squared_error(np.ones((3, 1)), np.ones(3)),
        ShapeError,
        r"array of the shape of y, \(3, 1\), got float64 of shape \(3,\)\. Nothing is broadcast",
    ),
    Slip(
        "text targets",
        lambda: mean_squared_error(np.ones((1, 1)), np.array([["1"]])),
        DataError,
        r"mean_squared_error: targets must be numbers, got <U1",
    ),
    Slip(
        "whole outputs",
        lambda: binary_cross_entropy(np.ones(3, int), np.ones(3)),
        ShapeError,
        r"logits must be non-empty floating point, got int64",
    ),
    Slip(
        "targets -1 and 1",
        lambda: binary_cross_entropy(np.ones(2), np.array([-1, 1])),
        DataError,
        r"targets must be 0 or 1 .*, got values from -1 to 1",
    ),
]

SLIPS = [*GEOMETRY, *BATCHES, *CALLS, *LOSSES]
