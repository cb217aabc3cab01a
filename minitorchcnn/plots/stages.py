"""An image on its way through a network, and the sum behind a single number of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.checks import check_batch, check_finite, integer
from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.layers import Dropout, Flatten
from minitorchcnn.plots.animations import mark
from minitorchcnn.plots.canvas import (
    DIVERGING,
    Format,
    checked,
    draw_pixels,
    greys,
    largest,
    new_figure,
    short,
)
from minitorchcnn.sequential import Sequential

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Maps of a layer in a row; more are counted, not drawn.
MOST = 6

#: Room for so many even where there are fewer, or one map would fill a page.
_FEWEST = 4


def plot_layers(
    model: Sequential, image: Array, title: str = "", photograph: bool = False
) -> Figure:
    """Show what every layer makes of one image: a row for each, each on its own colour scale.

    Parameters
    ----------
    model : Sequential
    image : ndarray, shape (C, H, W), dtype of the model
        One image, in [-1, 1], without batch axis. The first 6 maps of a layer are drawn, rows of
        numbers as a strip. Dropout and Flatten, which change no number, are left out.
    title : str
    photograph : bool
        1 is light, as in photographs, and not ink.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ShapeError, DataError
        If the image does not fit the model.
    """
    if len(model.input_shape) != 3:
        raise ShapeError(f"plot_layers needs a model of images, got {model.input_shape}.")
    y = np.asarray(image)[np.newaxis]
    check_batch(y, model.input_shape, model.dtype, "plot_layers")
    check_finite(y, "plot_layers")
    rows = [("the image", y[0])]
    for index, layer in enumerate(model.layers):
        y, _ = layer.compute(y, training=False)
        if not isinstance(layer, (Dropout, Flatten)):
            rows.append((f"{index}: {layer}", y[0]))
    slots = min(MOST, max(_FEWEST, *(len(values) for _, values in rows if values.ndim == 3)))
    heights = [0.95 * 6.0 / slots if values.ndim == 3 else 0.35 for _, values in rows]
    figure = new_figure(6.0, sum(heights) * 1.05 + 0.42 * len(rows) + 0.3)
    ratios = [height + 0.4 for height in heights]
    image_colours = greys(photograph)  # of the first row
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=ratios)
    for part, (name, values) in zip(parts.flat, rows, strict=True):
        _draw_row(part, name, values.astype(np.float64), slots, image_colours)
        image_colours = ""
    figure.suptitle(title)
    return figure


def _draw_row(part: SubFigure, name: str, values: Array, slots: int, image_colours: str) -> None:
    """Draw the output of one layer: as many maps as there are slots, or all numbers as a strip.

    The image itself, and nothing else, comes with colours of its own.
    """
    maps = values if values.ndim == 3 else values.reshape(1, 1, -1)
    end = 1.0 if image_colours else largest(values)
    sizes = "×".join(map(str, values.shape))
    more = f", {slots} drawn" if len(maps) > slots else ""
    scale = "" if image_colours else f", scale ±{short(end)}"
    part.suptitle(f"{name}   {sizes}{more}{scale}", fontsize=9, x=0.02, ha="left")
    axes = np.atleast_1d(part.subplots(1, slots if values.ndim == 3 else 1))
    for ax in axes[len(maps) :]:
        ax.set_visible(False)
    write = short if values.ndim == 1 and len(values) <= 12 else None
    for ax, plane in zip(axes, maps, strict=False):
        draw_pixels(ax, plane, image_colours or DIVERGING, -end, end, write)
        if values.ndim == 1:
            ax.set_aspect("auto")


def plot_window_arithmetic(
    image: Array,
    kernel: Array,
    row: int,
    column: int,
    bias: float = 0.0,
    title: str = "",
    write: Format = short,
    photograph: bool = False,
) -> Figure:
    """Show how one pixel of a feature map is computed: window times filter, and the sum.

    Parameters
    ----------
    image : array, shape (H, W)
        In [-1, 1], 1 is ink.
    kernel : array, shape (kh, kw)
    row, column : int
        Of the output pixel, counted from 0; also the window's upper left corner, for the window
        moves by one pixel and nothing is padded.
    bias : float
        Added to the sum.
    title : str
    write : callable
        ``value -> str`` for the numbers.
    photograph : bool
        1 is light, as in photographs, and not ink.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ShapeError, DataError
        If image or kernel do not fit.
    ArgumentError
        If there is no such output pixel.
    """
    pixels = checked(image, 2, "plot_window_arithmetic", "(height, width)")
    weights = checked(kernel, 2, "plot_window_arithmetic", "(kernel height, kernel width)")
    kh, kw = weights.shape
    window = _window(pixels, (kh, kw), row, column)
    products = window * weights
    figure = new_figure(6.0, 5.6)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=[1.25, 1]).flat
    whole = top.subplots()
    colours = greys(photograph)
    draw_pixels(whole, pixels, colours, -1.0, 1.0, write)
    whole.set_title("image and window", fontsize=10)
    mark(whole, row, column, (kh, kw))
    panels = [
        ("window", window, colours, 1.0),
        ("× filter", weights, DIVERGING, largest(weights)),
        ("= products", products, DIVERGING, largest(weights)),
    ]
    for ax, (name, values, scale, end) in zip(bottom.subplots(1, 3), panels, strict=True):
        draw_pixels(ax, values, scale, -end, end, write)
        ax.set_title(name, fontsize=10)
    added = f" {'+' if bias >= 0 else '-'} bias {write(abs(bias))}" if bias else ""
    answer = write(float(products.sum() + bias))
    figure.supxlabel(
        f"sum of the {kh * kw} products{added} = {answer}: pixel ({row}, {column})", fontsize=11
    )
    figure.suptitle(title)
    return figure


def _window(pixels: Array, size: tuple[int, int], row: int, column: int) -> Array:
    owner = "plot_window_arithmetic"
    (height, width), (kh, kw) = pixels.shape, size
    if kh > height or kw > width:
        raise ShapeError(f"{owner} got a {kh}x{kw} filter for {height}x{width} pixels: too large.")
    top, left = (
        integer(row, f"{owner}: row", minimum=0),
        integer(column, f"{owner}: column", minimum=0),
    )
    if top > height - kh or left > width - kw:
        raise ArgumentError(
            f"{owner}: the feature map has {height - kh + 1} rows and {width - kw + 1} columns, "
            f"got row {top} and column {left}, counted from 0."
        )
    return pixels[top : top + kh, left : left + kw]
