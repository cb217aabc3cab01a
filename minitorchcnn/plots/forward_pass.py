"""An image on its way through a network, and the sum behind a single number of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import ArgumentError, ShapeError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.model.trace import trace
from minitorchcnn.plots.animations import mark
from minitorchcnn.plots.canvas import (
    DIVERGING,
    Format,
    draw_pixels,
    grey_colours,
    inches,
    largest,
    short,
    validate_array,
)
from minitorchcnn.plots.panels import (
    GAP,
    Grid,
    Row,
    add_panel,
    fit_text,
    sheet,
    text_height,
    text_width,
)
from minitorchcnn.types import Array
from minitorchcnn.validation import check_batch, check_finite, integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Maps of a layer in a row; more are counted, not drawn.
MOST = 6

#: Room for so many even where there are fewer, or one map would fill a page.
_FEWEST = 4

#: Inches across a new figure.
_WIDTH = 6.0

#: Row and column of the image, the window, the filter and the products.
_PLACES = ((0, 0), (1, 0), (1, 1), (1, 2))


def plot_layers(
    model: Sequential,
    image: Array,
    ax: Axes | None = None,
    title: str = "",
    photograph: bool = False,
) -> Axes:
    """Show what every layer makes of one image: a row for each, each on its own colour scale.

    Parameters
    ----------
    model : Sequential
    image : ndarray, shape (C, H, W), dtype of the model
        One image, in [-1, 1], without batch axis. The first 6 maps of a layer are drawn, rows of
        numbers as a strip. Dropout and Flatten, which change no number, are left out.
    ax, title, photograph
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        Empty itself; ``child_axes`` are the pictures, row by row.

    Raises
    ------
    ShapeError, DataError
        If the image does not fit the model.
    """
    if len(model.input_shape) != 3:
        raise ShapeError(f"plot_layers needs a model of images, got {model.input_shape}.")
    x = np.asarray(image)[np.newaxis]
    check_batch(x, model.input_shape, model.dtype, "plot_layers")
    check_finite(x, "plot_layers")
    rows = [("the image", x[0])]
    for position, layer, _, y, _ in trace(model.layers, x, training=False):
        if layer.changes_values:
            rows.append((f"{position}: {layer}", y[0]))
    return _draw_layers(rows, ax, title, grey_colours(photograph))


def _draw_layers(rows: list[tuple[str, Array]], ax: Axes | None, title: str, colours: str) -> Axes:
    """Draw the image, first and in colours of its own, and under it what each layer makes of it."""
    slots = min(MOST, max(_FEWEST, *(len(values) for _, values in rows if values.ndim == 3)))
    map_height = (0.97 * _WIDTH - GAP * (slots - 1)) / slots
    heights = [map_height if values.ndim == 3 else 0.35 for _, values in rows]
    ax = sheet(ax, _WIDTH, sum(heights) + 0.32 * len(rows) + 0.1, title)
    heads = [_headline(name, values, slots, first=not i) for i, (name, values) in enumerate(rows)]
    heads, points = fit_text(heads, inches(ax)[0], 9.0)
    lines = []
    for (_, values), head, height in zip(rows, heads, heights, strict=True):
        above = text_height([head], points)
        if values.ndim == 3:
            lines.append(Row(slots, values.shape[1] / values.shape[2], height, above))
        else:
            lines.append(Row(1, None, height, above))
    grid = Grid(tuple(lines), narrowest=text_width(heads, points))
    for index, ((_, values), head) in enumerate(zip(rows, heads, strict=True)):
        maps = values if values.ndim == 3 else values.reshape(1, 1, -1)
        end = largest(values) if index else 1.0
        write = short if values.ndim == 1 and len(values) <= 12 else None
        for column, plane in enumerate(maps[:slots]):
            panel = add_panel(ax, grid, index, column)
            draw_pixels(panel, plane, DIVERGING if index else colours, -end, end, write)
            panel.set_anchor("NW")
            panel.set_aspect("auto" if values.ndim == 1 else "equal")
            panel.set_title("" if column else head, fontsize=points, loc="left", pad=3)
    return ax


def _headline(name: str, values: Array, slots: int, *, first: bool) -> str:
    """Return a layer's name with its sizes and how its colours are to be read."""
    sizes = "×".join(map(str, values.shape))
    more = f", {slots} drawn" if values.ndim == 3 and len(values) > slots else ""
    scale = "" if first else f", scale ±{short(largest(values))}"
    return f"{name}   {sizes}{more}{scale}"


def plot_window_arithmetic(
    image: Array,
    kernel: Array,
    row: int,
    column: int,
    bias: float = 0.0,
    ax: Axes | None = None,
    title: str = "",
    write: Format = short,
    photograph: bool = False,
) -> Axes:
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
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    write : callable
        ``value -> str`` for the numbers.
    photograph
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        Empty itself; ``child_axes`` are the pictures, row by row.

    Raises
    ------
    ShapeError, DataError
        If image or kernel do not fit.
    ArgumentError
        If there is no such output pixel.
    """
    pixels = validate_array(image, 2, "plot_window_arithmetic", "(height, width)")
    weights = validate_array(kernel, 2, "plot_window_arithmetic", "(kernel height, kernel width)")
    kh, kw = weights.shape
    window = _window(pixels, (kh, kw), row, column)
    products = window * weights
    ax = sheet(ax, _WIDTH, 5.1, title)
    colours = grey_colours(photograph)
    panels = [
        ("image and window", pixels, colours, 1.0),
        ("window", window, colours, 1.0),
        ("× filter", weights, DIVERGING, largest(weights)),
        ("= products", products, DIVERGING, largest(weights)),
    ]
    added = f" {'+' if bias >= 0 else '-'} bias {write(abs(bias))}" if bias else ""
    answer = write(float(products.sum() + bias))
    words = f"sum of the {kh * kw} products{added} = {answer}: pixel ({row}, {column})"
    lines, points = fit_text([words], inches(ax)[0], 11.0)
    above, aspect = text_height([""], 10.0), pixels.shape[0] / pixels.shape[1]
    rows = (Row(1, aspect, 1.25, above), Row(3, kh / kw, 1.0, above))
    grid = Grid(rows, narrowest=text_width(lines, points), below=text_height(lines, points))
    places = [add_panel(ax, grid, *place) for place in _PLACES]
    for panel, (name, values, scale, end) in zip(places, panels, strict=True):
        draw_pixels(panel, values, scale, -end, end, write)
        panel.set_title(name, fontsize=10, pad=3)
    mark(places[0], row, column, (kh, kw))
    places[2].set_xlabel(lines[0], fontsize=points)  # the middle of the lower row
    return ax


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
