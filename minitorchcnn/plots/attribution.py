"""Saliency and Grad-CAM drawn: an image with what the network looked at laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.model.attribution import grad_cam, saliency
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.plots.canvas import COLOURS, draw_colours, grey_colours, new_axes, validate_array
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: At its strongest the colour still lets ink and paper be told apart.
_DENSEST = 0.8

#: Ink is shown as if this were black, so that colour can be seen on it.
_BLACK = 2.6


def plot_overlay(
    image: Array,
    heat: Array,
    ax: Axes | None = None,
    title: str = "",
    smooth: bool = False,
    photograph: bool = False,
) -> Axes:
    """Show an image, its ink grey, with orange over it: the more, the larger the heat.

    Parameters
    ----------
    image : array, shape (C, H, W) or (H, W)
        In [-1, 1], 1 is ink. Three channels are red, green and blue, others are averaged.
    heat : array, shape (h, w)
        Not negative; stretched over the whole image. The largest is the densest colour.
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    smooth : bool
        Blend between the places of a coarse `heat`.
    photograph
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    ShapeError, DataError
        If image or heat do not fit.
    """
    from matplotlib.colors import to_rgb

    pixels = np.asarray(image)
    pixels = validate_array(
        pixels[np.newaxis] if pixels.ndim == 2 else pixels, 3, "plot_overlay", "(C, H, W)"
    )
    strength = validate_array(heat, 2, "plot_overlay: heat", "(height, width)")
    if strength.min() < 0:
        raise ShapeError(f"plot_overlay: heat must not be negative, got {strength.min():g}.")
    height, width = pixels.shape[1:]
    ax = new_axes(3.2, 3.2 * height / width + 0.4) if ax is None else ax
    if len(pixels) == 3:
        draw_colours(ax, pixels)
    else:
        # the dark end of the scale is moved away, so that nothing is drawn black
        low, high = (-_BLACK, 1.0) if photograph else (-1.0, _BLACK)
        colours = grey_colours(photograph)
        ax.imshow(pixels.mean(axis=0), cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    colour = np.empty((*strength.shape, 4))
    colour[..., :3] = to_rgb(COLOURS[1])
    colour[..., 3] = _DENSEST * strength / (strength.max() or 1.0)
    edges = (-0.5, width - 0.5, height - 0.5, -0.5)
    ax.imshow(colour, extent=edges, interpolation="bilinear" if smooth else "nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_color("0.6")
    ax.set_title(title, fontsize=10)
    return ax


def plot_saliency(
    model: Sequential,
    image: Array,
    label: int | None = None,
    ax: Axes | None = None,
    title: str = "",
    photograph: bool = False,
) -> Axes:
    """Show which pixels move the logit of a class most; see `minitorchcnn.saliency`.

    Parameters
    ----------
    model : Sequential
        Of images.
    image : ndarray, shape (C, H, W), dtype of the model
    label : int or None
        A class, counted from 0; None takes the one that the model answers.
    ax, title, photograph
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If image, model or label do not fit.
    """
    return plot_overlay(image, saliency(model, image, label), ax, title, photograph=photograph)


def plot_grad_cam(
    model: Sequential,
    image: Array,
    label: int | None = None,
    layer: int | None = None,
    ax: Axes | None = None,
    title: str = "",
    photograph: bool = False,
) -> Axes:
    """Show where the maps of a layer speak for a class; see `minitorchcnn.grad_cam`.

    Parameters
    ----------
    model : Sequential
        Of images.
    image : ndarray, shape (C, H, W), dtype of the model
    label : int or None
        A class, counted from 0; None takes the one that the model answers.
    layer : int or None
        Index in ``model.layers``; None is the last Conv2D.
    ax, title, photograph
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If image, model, label or layer do not fit.
    """
    heat = grad_cam(model, image, label, layer)
    return plot_overlay(image, heat, ax, title, smooth=True, photograph=photograph)
