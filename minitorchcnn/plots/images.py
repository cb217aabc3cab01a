"""One picture at a time: an image, or a plane of answers of one filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorchcnn.plots.canvas import (
    DIVERGING,
    LINED,
    Format,
    checked,
    draw_pixels,
    greys,
    largest,
    new_axes,
    short,
)
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
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.
    title : str
    numbers : bool
        Print the values in the pixels of images up to 12 x 12.
    photograph : bool
        1 is light, as in photographs, and not ink.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ShapeError, DataError
        If it is not a plane of finite numbers.
    """
    pixels = checked(image, 2, "plot_image", "(height, width)")
    height, width = pixels.shape
    small = max(height, width) <= LINED
    ax = _room_for(height, width) if ax is None else ax
    write = short if numbers and small else None
    draw_pixels(ax, pixels, greys(photograph), -1.0, 1.0, write)
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
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.
    title : str
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest value.
    write : callable or None
        ``value -> str`` for numbers in the pixels.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ShapeError, DataError
        If it is not a plane of finite numbers.
    """
    values = checked(plane, 2, "plot_map", "(height, width)")
    ax = _room_for(*values.shape) if ax is None else ax
    end = largest(values, limit=limit)
    draw_pixels(ax, values, DIVERGING, -end, end, write)
    ax.set_title(title)
    return ax


def _room_for(height: int, width: int) -> Axes:
    """Return axes of a new figure, large enough to write into few pixels."""
    side = 0.5 if max(height, width) <= LINED else 4.5 / max(height, width)
    return new_axes(max(2.2, side * width + 0.3), max(1.5, side * height + 0.6))
