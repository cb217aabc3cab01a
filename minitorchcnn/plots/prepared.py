"""What became of a photograph before a network saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.errors import ShapeError
from minitorchcnn.plots.canvas import COLOURS, checked, draw_pixels, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_prepared_digit(picture: Array, digit: Array, title: str = "") -> Figure:
    """Show a picture beside what `datasets.prepare_digit` made of it.

    Parameters
    ----------
    picture : array, shape (H, W) or (H, W, 3)
        As a file has it: uint8, 255 for white, or floating point in [0, 1].
    digit : array, shape (size, size) or (1, size, size)
        In [-1, 1], 1 is ink.
    title : str

    Returns
    -------
    matplotlib Figure

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
    before = checked(before, before.ndim, "plot_prepared_digit", "(height, width, 3)")
    after = np.asarray(digit)
    after = checked(
        after[0] if after.ndim == 3 and len(after) == 1 else after,
        2,
        "plot_prepared_digit",
        "(size, size)",
    )
    figure = new_figure(6.4, 3.4)
    left, right = figure.subplots(1, 2)
    # a picture of bytes goes to 255, one of floating point to 1
    top = 255.0 if np.asarray(picture).dtype == np.uint8 else 1.0
    left.imshow(np.clip(before / top, 0, 1), cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    left.set_title(f"before: {before.shape[0]} x {before.shape[1]} pixels")
    draw_pixels(right, after, "gray_r", -1.0, 1.0, None)
    _mark(right, after)
    right.set_title(f"after: {after.shape[0]} x {after.shape[1]} pixels")
    figure.suptitle(title)
    return figure


def _mark(ax: Axes, digit: Array) -> None:
    """Draw lines through the middle, and a cross where the mass of the ink is."""
    height, width = digit.shape
    mass = digit + 1
    if mass.sum() > 0:
        row = float((mass.sum(axis=1) @ np.arange(height)) / mass.sum())
        column = float((mass.sum(axis=0) @ np.arange(width)) / mass.sum())
        ax.plot(column, row, "+", color=COLOURS[1], markersize=10)
    ax.axhline((height - 1) / 2, color=COLOURS[1], linewidth=0.5)
    ax.axvline((width - 1) / 2, color=COLOURS[1], linewidth=0.5)
    ax.set_xlabel("cross: centre of the ink")
