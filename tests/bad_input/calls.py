"""Slips in the order of calls, in states, and in what losses are given."""

import numpy as np

from minitorchcnn import (
    ArgumentError,
    CallOrderError,
    Conv2D,
    DataError,
    Dense,
    Dropout,
    Flatten,
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
from tests.bad_input import Slip, images, row_model
from tests.bad_input.shapes import run

F32 = np.float32


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
            (
                "too large",
                np.array([0, 9, 2]),
                r"lie in 0 \.\. 3 for 4 outputs, got 0 \.\. 9\. For 10 classes .* Dense\(10\)\.$",
            ),
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

SLIPS = [*CALLS, *LOSSES]
