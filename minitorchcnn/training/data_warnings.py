"""Data warnings: what can be trained on, but hardly ever is what was meant."""

from __future__ import annotations

import warnings

import numpy as np

from minitorchcnn.errors import DataWarning
from minitorchcnn.training.objectives import NAMED, Objective
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import PIXEL_MAXIMA

#: Samples whose pixels are looked at; all labels and all NaN are.
SAMPLE = 256

#: Values beyond this are no pixels, and no features that anybody scaled.
LARGEST = 50.0

#: Largest values of the ranges that unscaled pixels may have come in; a reader does not guess 100.
SCALES = sorted((100, *PIXEL_MAXIMA))


def warn_of_data(
    x: Samples,
    targets: Array,
    held_out: tuple[Samples, Array] | None,
    objective: Objective,
    outputs: int,
) -> None:
    """Issue a `DataWarning` for each thing that will hardly train as it is; for `fit`.

    Parameters
    ----------
    x, targets : ndarray
        Training data, already found usable.
    held_out : (x, targets) or None
        Validation data.
    outputs : int
        Length of the model's first output axis.
    """
    told = data_warnings(x, targets, objective, outputs)
    if held_out is not None:
        told += unlike_ranges(x, held_out[0])
    for message in told:
        # 1 is this line, 2 the loop, 3 Trainer.fit, 4 the line of the user that called it
        warnings.warn(message, DataWarning, stacklevel=4)


def data_warnings(x: Samples, targets: Array, objective: Objective, outputs: int) -> list[str]:
    """Return what is probably wrong with data that could be trained on.

    Parameters
    ----------
    x : ndarray, shape (N, *input_shape)
    targets : ndarray, first axis N
    outputs : int
        Length of the model's first output axis.
    """
    pixels = sample_rows(x)
    of_pixels = too_large(pixels) or inverted_ink(pixels)
    return [*([of_pixels] if of_pixels else []), *label_warnings(targets, objective, outputs)]


def too_large(x: Array) -> str:
    """Tell of images or features that nobody scaled; "" if there are none."""
    low, high = float(x.min()), float(x.max())
    if x.ndim == 4 and low >= 0 and high > 4:
        top = next((scale for scale in SCALES if high <= scale), high)
        return (
            f"pixels lie in {low:g} .. {high:g}, expected [-1, 1]: use x / {top / 2:g} - 1, or "
            f"1 - x / {top / 2:g} where paper is bright and ink dark."
        )
    if max(-low, high) > LARGEST:
        return (
            f"x lies in {low:g} .. {high:g}, expected values near [-1, 1]: large inputs make "
            f"training diverge, use (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)."
        )
    return ""


def inverted_ink(x: Array) -> str:
    """Tell of grey images that are mostly ink by our convention, 1; "" if they are not."""
    low, high = float(x.min()), float(x.max())
    if x.ndim != 4 or x.shape[1] != 1 or low == high or low < -1.5 or high > 1.5:
        return ""
    ink = float((x > low + 0.75 * (high - low)).mean())
    paper = float((x < low + 0.25 * (high - low)).mean())
    if ink < 0.5 or ink < 2 * paper:
        return ""
    turned = "-x" if low < 0 else "1 - 2 * x"
    return (
        f"{ink:.0%} of the pixels are near {high:g}, which means ink; paper should be -1. Dark "
        f"strokes on a bright ground? Then use {turned}."
    )


def label_warnings(targets: Array, objective: Objective, outputs: int) -> list[str]:
    """Return what is odd about the labels of a classifier; nothing for other losses."""
    if objective.correct is None or len(targets) < 2:
        return []
    low, high = targets.min(), targets.max()
    if low == high:
        return [
            f"all {len(targets):,} labels are {low:g}: the model can only learn to say so. Give it "
            f"samples of at least two classes."
        ]
    counted_from_1 = low == 1 and high == outputs - 1 and len(targets) >= 5 * outputs
    if objective is NAMED["softmax_cross_entropy"] and counted_from_1:
        return [
            f"labels lie in 1 .. {high}, so class 0 has no sample: if your classes count from 1, "
            f"subtract 1 and end the model with Dense({high})."
        ]
    return []


def unlike_ranges(x: Samples, held_out: Samples) -> list[str]:
    """Tell of validation images on another scale than those for training."""
    if x.ndim != 4 or min(len(x), len(held_out)) < 16:
        return []
    parts = sample_rows(x), sample_rows(held_out)
    wide, narrow = sorted((float(np.ptp(part)) for part in parts), reverse=True)
    if narrow == 0 or wide < 1.8 * narrow:
        return []
    return [
        f"pixels lie in {format_range(parts[0])} for training and in {format_range(parts[1])} for "
        f"validation: scale both alike."
    ]


def sample_rows(x: Samples) -> Array:
    """Return some samples from all over x: data may be sorted."""
    return x[:: -(-len(x) // SAMPLE)]


def format_range(x: Array) -> str:
    """Return the least and the largest value as a text."""
    return f"{x.min():g} .. {x.max():g}"
