"""Mistakes of Dense, Flatten and GlobalAvgPool."""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import (
    ONE_SAMPLE_ONLY,
    Mistake,
    Results,
    scaled,
)


def _by_columns(data: CaseData) -> Results:
    x, n = data.x, len(data.x)
    back = [row.reshape(x.shape[1:], order="F") for row in data.grad_y.reshape(n, -1)]
    return {"y": np.stack([sample.ravel(order="F") for sample in x]), "grad_x": np.stack(back)}


def _channels_last(data: CaseData) -> Results:
    x, n = data.x, len(data.x)
    if x.ndim != 4:
        return {}
    c, h, w = x.shape[1:]
    back = data.grad_y.reshape(n, h, w, c).transpose(0, 3, 1, 2)
    return {"y": x.transpose(0, 2, 3, 1).reshape(n, -1), "grad_x": back}


FLATTEN: tuple[Mistake, ...] = (
    *(
        Mistake(
            "one row for all",
            "The whole batch becomes one row; every sample is a row of its own: "
            "x.reshape(len(x), -1).",
            results,
        )
        for results in (lambda t: {"y": t.x.reshape(-1)}, lambda t: {"y": t.x.reshape(1, -1)})
    ),
    Mistake(
        "not unflattened",
        "backward gives rows; it must give grad_y in the shape of x. Keep x.shape in forward.",
        lambda t: {"grad_x": t.grad_y.reshape(len(t.x), -1)},
    ),
    Mistake(
        "column by column",
        "The order is wrong: pixels go row by row (order='C'), channel by channel.",
        _by_columns,
    ),
    Mistake(
        "channels last",
        "The order is wrong: channel by channel, each row by row. Yours goes pixel by pixel with "
        "the channels inside.",
        _channels_last,
    ),
)


def _dense_turned(data: CaseData) -> Results:
    weight = data.inputs["weight"]
    bias = data.inputs.get("bias", 0.0)
    return {"y": data.x @ weight + bias, "grad_x": data.grad_y @ weight.T}


DENSE: tuple[Mistake, ...] = (
    Mistake(
        "weight transposed",
        "weight is used the wrong way round: its shape is (units, features), so y is "
        "x @ weight.T + bias and grad_x is grad_y @ weight.",
        _dense_turned,
    ),
    Mistake(
        "grad_weight transposed",
        "grad_weight is transposed: it has the shape of weight, (units, features), so it is "
        "grad_y.T @ x.",
        lambda t: {"grad_weight": t.expected["grad_weight"].T},
    ),
    Mistake("bias missing", "The bias is not added.", lambda t: {"y": t.x @ t.inputs["weight"].T}),
    Mistake(
        "bias not summed over the batch",
        "The bias gradient is not summed over the batch: it has one number per unit, "
        "grad_y.sum(axis=0).",
        lambda t: {"grad_bias": t.grad_y},
    ),
    Mistake(
        "bias summed over units",
        "The bias gradient is summed over the wrong axis: over the batch, grad_y.sum(axis=0).",
        lambda t: {"grad_bias": t.grad_y.sum(axis=1)},
    ),
    Mistake(
        "bias summed over units",
        "The bias gradient is summed over everything: it has one number per unit, "
        "grad_y.sum(axis=0).",
        lambda t: {"grad_bias": t.grad_y.sum()},
    ),
    *ONE_SAMPLE_ONLY,
)


def _area(data: CaseData) -> float:
    return float(math.prod(data.x.shape[2:]))


GLOBAL_AVERAGE: tuple[Mistake, ...] = (
    Mistake("sum", "You add the pixels up and do not divide by their number.",
            lambda t: {"y": t.expected["y"] * _area(t)}),
    Mistake("gradient not divided", "Every pixel gets the whole gradient; its share is "
            "grad_y / (height * width).", scaled(("grad_x",), _area)),
    Mistake("axes kept", "The result must be (N, C), without the axes of height and width.",
            lambda t: {"y": t.expected["y"][:, :, None, None]}),
    Mistake("channels averaged", "You average over the channels as well; each has a mean of its "
            "own.", lambda t: {"y": t.x.mean(axis=(1, 2, 3))}),
    Mistake("batch averaged", "You average over the batch as well; each sample has means of its "
            "own.", lambda t: {"y": t.x.mean(axis=(0, 2, 3))}),
    Mistake("largest", "You take the largest pixel, not the mean.",
            lambda t: {"y": t.x.max(axis=(2, 3))}),
)  # fmt: skip
