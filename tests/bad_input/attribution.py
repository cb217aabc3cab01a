"""Slips in asking where a network looks, and in keeping its filters."""

import numpy as np

from minitorchcnn import (
    SGD,
    ArgumentError,
    CallOrderError,
    Conv2D,
    DataError,
    RecordFilters,
    ReLU,
    Sequential,
    ShapeError,
    Trainer,
    grad_cam,
    saliency,
)
from tests.bad_input import Slip, image_model, images, labels, row_model
from tests.planted import spoiled

IMAGE = images()[0]
ROW = np.ones(3, np.float32)


def silent():
    layer = spoiled(ReLU, lambda grad_x, grads: (None, grads))
    return saliency(Sequential([layer()], (3,)), ROW, 0)


def recorded(layer):
    trainer = Trainer(image_model(), SGD(0.01))
    record = RecordFilters(layer)
    trainer.fit(images(), labels(), epochs=1, callbacks=[record], progress=False)


SLIPS = [
    Slip(
        "saliency of a batch",
        lambda: saliency(image_model(), images()),
        ShapeError,
        r"saliency got .*\(1, 4, 1, 6, 5\)",
    ),
    Slip(
        "saliency of infinity",
        lambda: saliency(row_model(), ROW * np.inf),
        DataError,
        "saliency",
    ),
    Slip(
        "saliency of maps",
        lambda: saliency(Sequential([Conv2D(2, 3)], (1, 6, 5)), IMAGE),
        ShapeError,
        r"outputs of shape \(2, 4, 3\): end it with Flatten and Dense",
    ),
    Slip(
        "saliency of an unknown class",
        lambda: saliency(image_model(), IMAGE, 3),
        ArgumentError,
        "label must be from 0 to 2, one of the model's 3 classes, got 3",
    ),
    Slip("saliency through a silent layer", silent, CallOrderError, "gave no grad_x"),
    Slip(
        "Grad-CAM without a convolution",
        lambda: grad_cam(row_model(), ROW),
        ArgumentError,
        "has no Conv2D, name a layer that gives maps",
    ),
    Slip(
        "Grad-CAM of rows",
        lambda: grad_cam(image_model(), IMAGE, layer=2),
        ArgumentError,
        r"one that gives maps, \[0\], got 2",
    ),
    Slip(
        "filters of a layer without weight",
        lambda: recorded(1),
        ArgumentError,
        r"RecordFilters: layer 1 has no parameters; layers with parameters: \[0, 2\]",
    ),
    Slip(
        "filters before training",
        lambda: RecordFilters().films,
        CallOrderError,
        "RecordFilters has nothing yet: give it to fit first",
    ),
]
