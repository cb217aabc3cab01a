"""Symptoms of what flows through a model: activations up, gradients down, updates into weights.

The limits leave room for healthy training; tests/doctor has the runs that hold them.
"""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.diagnostics.training.context import Case, guessing
from minitorchcnn.diagnostics.training.evidence import weighted_layers
from minitorchcnn.layers.activation import Sigmoid, Tanh
from minitorchcnn.layers.conv import Conv2D

#: Usual size of one update relative to the weight, and the limits of what is still usual.
USUAL_UPDATE, SMALLEST_UPDATE, LARGEST_UPDATE = 1e-3, 1e-4, 1e-1

#: A single update this large is told at once: little is left of the weights it changes.
WRECKING_UPDATE = 1.0

#: Gradients larger than this many times their weights explode at any usual learning rate.
LARGEST_GRADIENT = 30.0

#: Shares of a layer that must be silent before it is worth a word.
DEAD_FILTERS, DEAD_UNITS = 0.25, 0.5

#: The gradient of the first layer relative to the largest of the model.
VANISHING_SHARE = 1e-3


def exploding(case: Case) -> str:
    """Tell of gradients that dwarf the weights from the beginning, before updates can be why."""
    first = {layer: slopes[0] for layer, slopes in case.epochs[0].gradients.items()}
    if not first or max(first.values()) < LARGEST_GRADIENT:
        return ""
    sizes = case.epochs[0].first_weights
    largest = max(sizes, key=lambda index: sizes[index])
    return (
        f"Gradients explode: at the first step one is {max(first.values()):.0f} times its weights, "
        f"and those of {case.name(largest)} are {sizes[largest]:.0f} times the usual. Try "
        f"initializer='he_normal' there."
    )


def large_updates(case: Case) -> str:
    """Tell of weights that are overwritten rather than trained."""
    updates = case.now.updates
    return _too_large_update(
        case,
        {layer: float(np.median(seen)) for layer, seen in updates.items()},
        LARGEST_UPDATE,
    )


def wrecking_update(case: Case) -> str:
    """Tell of a single update that leaves little of the weights."""
    sizes = {layer: max(seen) for layer, seen in case.now.updates.items()}
    return _too_large_update(case, sizes, WRECKING_UPDATE)


def _too_large_update(case: Case, sizes: dict[int, float], limit: float) -> str:
    if not sizes or max(sizes.values()) < limit:
        return ""
    layer = max(sizes, key=lambda index: sizes[index])
    size = sizes[layer]
    factor = 10.0 ** -max(1, round(math.log10(min(size, 1e30) / (10 * USUAL_UPDATE))))
    return (
        f"Updates are too large: one changes {case.name(layer)} by {size:.3g} times its weights "
        f"(about {USUAL_UPDATE:g} is usual). {case.slower(factor)}"
    )


def dead(case: Case) -> str:
    """Tell of filters that gave the same number everywhere, for all images of all epochs seen."""
    recent = case.epochs[-3:]
    for index, layer in weighted_layers(case.trainer.model):
        silent = set.intersection(*(evidence.silent.get(index, set()) for evidence in recent))
        outputs = (layer.output_shape or (1,))[0]
        # a filter or two die in many good networks, and single units wait for rare images
        if len(silent) >= outputs * (DEAD_FILTERS if isinstance(layer, Conv2D) else DEAD_UNITS):
            units = "filters" if isinstance(layer, Conv2D) else "units"
            zero = not layer.parameters()[0].value.any()
            advice = (
                "random first weights: leave weight= and initializer= out"
                if zero
                else "LeakyReLU() after it, which keeps a slope"
            )
            return (
                f"{len(silent)} of {outputs} {units} of {case.name(index)} are dead: after the "
                f"activation they give the same number for every image. Try {advice}."
            )
    return ""


def vanishing(case: Case) -> str:
    """Tell of first layers that hardly get a gradient."""
    slopes = {layer: float(np.median(seen)) for layer, seen in case.now.gradients.items()}
    if len(slopes) < 3:
        return ""
    layer, most = min(slopes), max(slopes.values())
    if slopes[layer] == 0 or slopes[layer] > VANISHING_SHARE * most:
        return ""
    squeezed = any(isinstance(one, (Sigmoid, Tanh)) for one in case.trainer.model.layers)
    advice = "ReLU() in place of Sigmoid() or Tanh()" if squeezed else "a BatchNorm() in between"
    top = max(slopes, key=lambda index: slopes[index])
    return (
        f"Gradients vanish on the way down: relative to its weights {case.name(layer)} gets "
        f"{slopes[layer] / most:.0e} of what layer {top} gets. Try {advice}."
    )


def small_updates(case: Case) -> str:
    """Tell of weights that hardly move although there is much to learn."""
    sizes = [
        float(np.median([float(np.median(seen)) for seen in evidence.updates.values()] or [1.0]))
        for evidence in case.epochs
    ]
    first, last = (case.epochs[i].record.get("loss", 0.0) for i in (0, -1))
    chance = guessing(case)
    learned = last < (0.97 * first if len(case.epochs) > 1 else 0.0)
    if max(sizes) > SMALLEST_UPDATE or learned or (chance is not None and last < 0.5 * chance):
        return ""
    size = max(sizes)
    factor = 10.0 ** max(1, round(math.log10(USUAL_UPDATE / max(size, 1e-12))))
    return (
        f"The weights hardly move: one update changes them by {size:.0e} of their size (about "
        f"{USUAL_UPDATE:g} is usual), and the loss stays at {last:.3g}. {case.slower(factor)}"
    )
