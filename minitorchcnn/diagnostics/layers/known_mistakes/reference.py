"""Naive convolution and pooling over a `WindowRule`: right ones, and wrong ones for comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minitorchcnn.diagnostics.layers.known_mistakes.sliding import WindowRule
from minitorchcnn.diagnostics.layers.trial import Trial
from minitorchcnn.types import Array

#: The pixels of a window to its output; NaN where a pixel is padding.
Value = Callable[[Array, WindowRule], float]

#: The pixels of a window to what share of the output's gradient each pixel gets.
Shares = Callable[[Array, WindowRule], Array]


def convolution(trial: Trial, rule: WindowRule) -> dict[str, Array]:
    """Return y and all gradients of a convolution that slides like this."""
    x, weight, grad_y = trial.x, trial.inputs["weight"], trial.grad_y
    groups = trial.case.groups
    filters, channels = len(weight) // groups, weight.shape[1]
    parts = []
    for group in range(groups):
        mine = slice(group * filters, (group + 1) * filters)
        seen = slice(group * channels, (group + 1) * channels)
        parts.append(_one_group(x[:, seen], weight[mine], grad_y[:, mine], rule))
    axes = {"y": 1, "grad_x": 1, "grad_weight": 0}
    found = {k: np.concatenate([p[k] for p in parts], axis=axis) for k, axis in axes.items()}
    if "bias" in trial.inputs:
        found["y"] = found["y"] + trial.inputs["bias"][:, None, None]
        found["grad_bias"] = grad_y.sum(axis=(0, 2, 3))
    return found


def _one_group(x: Array, weight: Array, grad_y: Array, rule: WindowRule) -> dict[str, Array]:
    kernel = _disguised(weight, rule)
    padded = rule.padded(x, 0.0)
    grad_padded, grad_kernel = np.zeros_like(padded), np.zeros_like(kernel)
    output, shape = rule.output, (padded.shape[2], padded.shape[3])
    y = np.zeros((len(x), len(kernel), *output))
    for place in rule.places(output, shape):
        patch, elements = padded[:, :, *place.pixels], kernel[:, :, *place.elements]
        y[:, :, *place.output] = np.einsum("ncuv,ocuv->no", patch, elements)
    for place in rule.places((grad_y.shape[2], grad_y.shape[3]), shape):
        patch, elements = padded[:, :, *place.pixels], kernel[:, :, *place.elements]
        grad = grad_y[:, :, *place.output]
        share = np.einsum("no,ocuv->ncuv", grad, elements)
        if rule.assign:
            grad_padded[:, :, *place.pixels] = share
        else:
            grad_padded[:, :, *place.pixels] += share
        grad_kernel[:, :, *place.elements] += np.einsum("no,ncuv->ocuv", grad, patch)
    return {
        "y": y,
        "grad_x": rule.cropped(grad_padded),
        "grad_weight": _disguised(grad_kernel, rule),
    }


def _disguised(weight: Array, rule: WindowRule) -> Array:
    """Return the kernel as the mistaken layer sees it; applied twice it is itself again."""
    if rule.flip:
        weight = weight[:, :, ::-1, ::-1]
    return weight.swapaxes(2, 3) if rule.turn else weight


def pooling(trial: Trial, rule: WindowRule, value: Value, shares: Shares) -> dict[str, Array]:
    """Return y and grad_x of a pooling that slides like this, with the given rules."""
    x, grad_y = trial.x, trial.grad_y
    padded = rule.padded(x, np.nan)
    grad_padded = np.zeros_like(padded)
    output, shape = rule.output, (padded.shape[2], padded.shape[3])
    y = np.zeros((*x.shape[:2], *output))
    planes = list(np.ndindex(*x.shape[:2]))
    for place in rule.places(output, shape):
        for n, c in planes:
            y[n, c, *place.output] = value(padded[n, c, *place.pixels], rule)
    for place in rule.places((grad_y.shape[2], grad_y.shape[3]), shape):
        for n, c in planes:
            share = grad_y[n, c, *place.output] * shares(padded[n, c, *place.pixels], rule)
            before = grad_padded[n, c, *place.pixels]
            if rule.assign == "window":
                after = share
            elif rule.assign == "winner":
                after = np.where(share == 0, before, share)
            else:
                after = before + share
            grad_padded[n, c, *place.pixels] = after
    return {"y": y, "grad_x": rule.cropped(grad_padded)}


def largest(pixels: Array, rule: WindowRule) -> float:
    """Return the largest pixel; padding never wins."""
    return float(np.nanmax(pixels, initial=-np.inf))


def first_winner(pixels: Array, rule: WindowRule) -> Array:
    """Give everything to the first of the largest pixels."""
    shares = np.zeros_like(pixels)
    if not np.isnan(pixels).all():
        shares.flat[np.nanargmax(pixels)] = 1
    return shares


def mean(pixels: Array, rule: WindowRule) -> float:
    """Return the mean, padding being zeros that count unless they shall not."""
    return float(np.nansum(pixels)) / _count(pixels, rule)


def equal_shares(pixels: Array, rule: WindowRule) -> Array:
    """Give every pixel the same."""
    return np.full(pixels.shape, 1 / _count(pixels, rule))


def _count(pixels: Array, rule: WindowRule) -> int:
    if not rule.counts_padding:
        return max(int((~np.isnan(pixels)).sum()), 1)
    # what hangs over the padded image because of rounding up never counts
    return pixels.size if rule.up else rule.kernel[0] * rule.kernel[1]
