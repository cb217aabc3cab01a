"""Slips in geometry and in the batches given to a model."""

from copy import deepcopy

import numpy as np

from minitorchcnn import (
    ArgumentError,
    AvgPool,
    BatchNorm,
    Conv2D,
    DataError,
    Dense,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
)
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
        r"one value per channel in training, .*: use batches of at least 2 .*or larger images",
    ),
]

SLIPS = [*GEOMETRY, *BATCHES]
