"""Misclassified images: those that a network is most wrong about, with what it took them for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.plots.canvas import (
    draw_colours,
    draw_pixels,
    grey_colours,
    inches,
    validate_array,
    validate_names,
)
from minitorchcnn.plots.panels import GAP, arrange, fit_text, sheet, text_height
from minitorchcnn.types import Array
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 4

#: Inches for an image and the gap beside it, and points of its title.
_WIDTH, _POINTS = 1.5, 9.0


def plot_mistakes(
    x: Array,
    labels: Array,
    probabilities: Array,
    class_names: Sequence[str] | None = None,
    most: int = 12,
    ax: Axes | None = None,
    title: str = "",
    photograph: bool = False,
) -> Axes:
    """Show the images that were classified wrongly, the most confident mistake first.

    Parameters
    ----------
    x : array, shape (N, C, H, W)
        In [-1, 1], 1 is ink. Three channels are red, green and blue, others are averaged.
    labels : array of int, shape (N,)
        The true classes.
    probabilities : array, shape (N, K)
        From ``softmax(model.predict(x))``.
    class_names : sequence of str or None
        None numbers them from 0.
    most : int
        How many to show.
    ax, title, photograph
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        Empty itself; ``child_axes`` are the images, the worst first.
        It says so where there is no mistake.

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If the arrays or names do not fit each other.
    """
    images = validate_array(x, 4, "plot_mistakes", "(images, channels, height, width)")
    found = validate_array(probabilities, 2, "plot_mistakes: probabilities", "(images, classes)")
    true = validate_array(labels, 1, "plot_mistakes: labels", "(images,)").astype(np.int64)
    if not len(images) == len(found) == len(true):
        raise ShapeError(
            f"plot_mistakes got {len(images)} images, {len(true)} labels and {len(found)} rows of "
            f"probabilities: give one of each."
        )
    k = found.shape[1]
    if true.min() < 0 or true.max() >= k:
        raise DataError(f"plot_mistakes: labels must be from 0 to {k - 1}, got {true.max()}.")
    names = [str(i) for i in range(k)]
    if class_names is not None:
        names = validate_names(class_names, k, "plot_mistakes", "class")
    chosen = _worst(true, found)[: integer(most, "plot_mistakes: most", minimum=1)]
    said = [
        f"{names[true[i]]}, read as {names[found[i].argmax()]}\n{100 * found[i].max():.0f} % sure"
        for i in chosen
    ]
    ax = _draw_all(images[chosen], said, ax, title, grey_colours(photograph))
    if not len(chosen):
        words = f"no mistake in {len(images):,} images"
        ax.text(0.5, 0.5, words, ha="center", va="center", transform=ax.transAxes)
    return ax


def _draw_all(images: Array, titles: list[str], ax: Axes | None, title: str, colours: str) -> Axes:
    """Draw images with their titles, a few in a row."""
    aspect, count = images.shape[2] / images.shape[3], len(images)
    columns = min(_COLUMNS, max(2, count))  # a title needs the room of two
    above = text_height(*fit_text(titles, _WIDTH - GAP, _POINTS)) if count else 0.0
    height = max(1, -(-count // columns)) * (aspect * (_WIDTH - GAP) + above + GAP)
    counts = [columns] if ax is None else range(1, max(count, 1) + 1)
    ax = sheet(ax, _WIDTH * columns, height, title)
    if count:
        plan = arrange(titles, aspect, inches(ax), counts, points=_POINTS)
        for panel, image in zip(plan.draw_in(ax), images, strict=True):
            _draw(panel, image, colours)
    return ax


def _worst(labels: Array, probabilities: Array) -> Array:
    """Return the rows of wrong answers, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    order = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return np.asarray(wrong[order])


def _draw(ax: Axes, image: Array, colours: str) -> None:
    if len(image) == 3:
        draw_colours(ax, image)
        ax.set_axis_off()
    else:
        draw_pixels(ax, image.mean(axis=0), colours, -1.0, 1.0, None)
