"""One picture at a time: an image, a feature map, a photographed digit before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.plots.canvas import (
    COLOURS,
    DIVERGING,
    LINED,
    Format,
    draw_pixels,
    grey_colours,
    inches,
    largest,
    new_axes,
    short,
    validate_array,
)
from minitorchcnn.plots.panels import arrange, fit_text, sheet, text_height
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_image(
    image: Array,
    ax: Axes | None = None,
    title: str = "",
    numbers: bool = True,
    photograph: bool = False,
) -> Axes:
    """Show one image: ink dark on light paper.

    Parameters
    ----------
    image : array, shape (H, W)
        In [-1, 1], 1 is ink.
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    numbers : bool
        Print the values in the pixels of images up to 12 x 12.
    photograph
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    ShapeError, DataError
        If it is not a plane of finite numbers.
    """
    pixels = validate_array(image, 2, "plot_image", "(height, width)")
    height, width = pixels.shape
    small = max(height, width) <= LINED
    ax = _room_for(height, width) if ax is None else ax
    write = short if numbers and small else None
    draw_pixels(ax, pixels, grey_colours(photograph), -1.0, 1.0, write)
    ax.set_title(title)
    return ax


def plot_map(
    plane: Array,
    ax: Axes | None = None,
    title: str = "",
    limit: float | None = None,
    write: Format | None = None,
) -> Axes:
    """Show one feature map or filter: red above 0, blue below, white at 0.

    Parameters
    ----------
    plane : array, shape (H, W)
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest value.
    write : callable or None
        ``value -> str`` for numbers in the pixels.

    Raises
    ------
    ShapeError, DataError
        If it is not a plane of finite numbers.
    """
    values = validate_array(plane, 2, "plot_map", "(height, width)")
    ax = _room_for(*values.shape) if ax is None else ax
    end = largest(values, limit=limit)
    draw_pixels(ax, values, DIVERGING, -end, end, write)
    ax.set_title(title)
    return ax


def _room_for(height: int, width: int) -> Axes:
    """Return axes of a new figure, large enough to write into few pixels."""
    side = 0.5 if max(height, width) <= LINED else 4.5 / max(height, width)
    return new_axes(max(2.2, side * width + 0.3), max(1.5, side * height + 0.6))


def plot_prepared_digit(
    picture: Array, digit: Array, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Show a picture beside what `datasets.prepare_digit` made of it.

    Parameters
    ----------
    picture : array, shape (H, W) or (H, W, 3)
        As a file has it: uint8, 255 for white, or floating point in [0, 1].
    digit : array, shape (size, size) or (1, size, size)
        In [-1, 1], 1 is ink.
    ax, title
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        Empty itself; ``child_axes`` are the picture and the digit.

    Raises
    ------
    ShapeError, DataError
        If one of them is no picture.
    """
    before = np.asarray(picture)
    if before.ndim not in (2, 3) or (before.ndim == 3 and before.shape[2] != 3):
        raise ShapeError(
            f"plot_prepared_digit: the picture has shape {before.shape}, expected (height, width) "
            f"or (height, width, 3)."
        )
    before = validate_array(before, before.ndim, "plot_prepared_digit", "(height, width, 3)")
    after = np.asarray(digit)
    after = validate_array(
        after[0] if after.ndim == 3 and len(after) == 1 else after,
        2,
        "plot_prepared_digit",
        "(size, size)",
    )
    ax = sheet(ax, 6.4, 3.4, title)
    titles = [
        f"{word}: {pixels.shape[0]} x {pixels.shape[1]} pixels"
        for word, pixels in (("before", before), ("after", after))
    ]
    words, points = fit_text(["cross: centre of the ink"], inches(ax)[0] / 2, 10.0)
    below = text_height(words, points)
    plan = arrange(titles, 1.0, inches(ax), (1, 2), points=12.0, below=below)
    left, right = plan.draw_in(ax)
    # a picture of bytes goes to 255, one of floating point to 1
    top = 255.0 if np.asarray(picture).dtype == np.uint8 else 1.0
    left.imshow(np.clip(before / top, 0, 1), cmap="gray", vmin=0, vmax=1)
    left.set(xticks=[], yticks=[], frame_on=False)
    draw_pixels(right, after, "gray_r", -1.0, 1.0, None)
    _mark(right, after)
    right.set_xlabel(words[0], fontsize=points)
    return ax


def _mark(ax: Axes, digit: Array) -> None:
    """Draw lines through the middle, and a cross where the mass of the ink is."""
    from scipy.ndimage import center_of_mass

    height, width = digit.shape
    ink = digit + 1
    if ink.sum() > 0:
        row, column = center_of_mass(ink)
        ax.plot(column, row, "+", color=COLOURS[1], markersize=10)
    ax.axhline((height - 1) / 2, color=COLOURS[1], linewidth=0.5)
    ax.axvline((width - 1) / 2, color=COLOURS[1], linewidth=0.5)
