"""What became of a photograph before a network saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import ShapeError
from minitorchcnn.plots.canvas import COLOURS, checked, draw_pixels, inches
from minitorchcnn.plots.panels import arrange, sheet
from minitorchcnn.plots.titles import fit_text, text_height
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.
    title : str

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
    before = checked(before, before.ndim, "plot_prepared_digit", "(height, width, 3)")
    after = np.asarray(digit)
    after = checked(
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
    height, width = digit.shape
    mass = digit + 1
    if mass.sum() > 0:
        row = float((mass.sum(axis=1) @ np.arange(height)) / mass.sum())
        column = float((mass.sum(axis=0) @ np.arange(width)) / mass.sum())
        ax.plot(column, row, "+", color=COLOURS[1], markersize=10)
    ax.axhline((height - 1) / 2, color=COLOURS[1], linewidth=0.5)
    ax.axvline((width - 1) / 2, color=COLOURS[1], linewidth=0.5)
