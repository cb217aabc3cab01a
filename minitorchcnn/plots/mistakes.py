"""The images a network is most wrong about: they tell more than an accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.checks import integer
from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.plots.canvas import (
    checked,
    checked_names,
    draw_pixels,
    greys,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4


def plot_mistakes(
    x: Array,
    labels: Array,
    probabilities: Array,
    class_names: Sequence[str] | None = None,
    most: int = 12,
    title: str = "",
    photograph: bool = False,
) -> Figure:
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
    title : str
    photograph : bool
        1 is light, as in photographs, and not ink.

    Returns
    -------
    matplotlib Figure
        It says so where there is no mistake.

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If the arrays or names do not fit each other.
    """
    images = checked(x, 4, "plot_mistakes", "(images, channels, height, width)")
    found = checked(probabilities, 2, "plot_mistakes: probabilities", "(images, classes)")
    true = checked(labels, 1, "plot_mistakes: labels", "(images,)").astype(np.int64)
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
        names = checked_names(class_names, k, "plot_mistakes", "class")
    chosen = _worst(true, found)[: integer(most, "plot_mistakes: most", minimum=1)]
    columns = min(_COLUMNS, max(2, len(chosen)))  # a title needs the room of two
    rows = max(1, -(-len(chosen) // columns))
    height = 1.4 * images.shape[2] / images.shape[3] + 0.5
    figure = new_figure(1.5 * columns, rows * height + (0.5 if title else 0.1))
    figure.suptitle(title)
    if not len(chosen):
        figure.text(0.5, 0.5, f"no mistake in {len(images):,} images", ha="center", va="center")
        return figure
    for ax, i in zip(_grid(figure, rows, columns)[: len(chosen)], chosen, strict=True):
        _draw(ax, images[i], greys(photograph))
        answer = found[i].argmax()
        said = f"{names[true[i]]}, read as {names[answer]}\n{100 * found[i, answer]:.0f} % sure"
        ax.set_title(said, fontsize=9)
    return figure


def _worst(labels: Array, probabilities: Array) -> Array:
    """Return the rows of wrong answers, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    order = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return np.asarray(wrong[order])


def _grid(figure: Figure, rows: int, columns: int) -> list[Axes]:
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax in axes:
        ax.set_axis_off()
    return axes


def _draw(ax: Axes, image: Array, colours: str) -> None:
    if len(image) == 3:
        ax.imshow((np.clip(image, -1, 1).transpose(1, 2, 0) + 1) / 2)
    else:
        ax.set_axis_on()
        draw_pixels(ax, image.mean(axis=0), colours, -1.0, 1.0, None)
