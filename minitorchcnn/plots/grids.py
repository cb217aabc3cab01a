"""Grids of small pictures on one colour scale: filters and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minitorchcnn.arrays import Array
from minitorchcnn.checks import integer
from minitorchcnn.errors import ShapeError
from minitorchcnn.plots.canvas import (
    DIVERGING,
    LINED,
    Format,
    checked,
    checked_names,
    draw_pixels,
    largest,
    new_figure,
    short,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Filters or maps side by side, before the next row begins.
COLUMNS = 8


def plot_filters(
    weight: Array,
    names: Sequence[str] | None = None,
    title: str = "",
    limit: float | None = None,
    write: Format | None = None,
    columns: int = COLUMNS,
) -> Figure:
    """Show the filters of a convolution: red wants ink, blue wants paper, white does not care.

    Parameters
    ----------
    weight : array, shape (F, C, kh, kw)
        With one channel the filters follow each other in rows; with several, a column is
        a filter and a row a channel.
    names : sequence of str or None
        One for each filter.
    title : str
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest weight.
    write : callable or None
        ``value -> str`` for numbers in the cells, such as ``"{:.1f}".format``.
    columns : int
        Filters of one channel in a row.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ShapeError, DataError
        If weight or names do not fit.
    """
    filters = checked(weight, 4, "plot_filters", "(filters, channels, height, width)")
    labels = checked_names(names, len(filters), "plot_filters", "filter")
    end = largest(filters, limit=limit)
    channels = filters.shape[1]
    if channels == 1:
        return _gallery(filters[:, 0], labels, title, end, write, "weight", columns)
    rows = {f"channel {channel}": filters[:, channel] for channel in range(channels)}
    return _table(rows, labels, title, end, write)


def plot_filter_change(
    before: Array, after: Array, names: Sequence[str] | None = None, title: str = ""
) -> Figure:
    """Show filters before and after training, and their difference, on one colour scale.

    Parameters
    ----------
    before, after : array, shape (F, C, kh, kw)
        With several channels, each channel of each filter gets a column.
    names : sequence of str or None
        One for each filter.
    title : str

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ShapeError, DataError
        If the arrays or names do not fit.
    """
    shape = "(filters, channels, height, width)"
    old = checked(before, 4, "plot_filter_change", shape)
    new = checked(after, 4, "plot_filter_change", shape)
    if old.shape != new.shape:
        raise ShapeError(
            f"plot_filter_change got before of shape {old.shape} and after of shape {new.shape}: "
            f"they must be the same filters."
        )
    labels = checked_names(names, len(old), "plot_filter_change", "filter")
    channels = old.shape[1]
    if channels > 1:
        labels = [f"{label}\nchannel {c}" for label in labels for c in range(channels)]
    old, new = (filters.reshape(-1, *filters.shape[2:]) for filters in (old, new))
    rows = {"before": old, "after": new, "difference": new - old}
    return _table(rows, labels, title, largest(*rows.values()), None)


def plot_feature_maps(
    maps: Array,
    names: Sequence[str] | None = None,
    title: str = "",
    numbers: bool = False,
    limit: float | None = None,
    write: Format = short,
) -> Figure:
    """Show what each filter answers at each place of one image: red is yes, blue is no.

    Parameters
    ----------
    maps : array, shape (F, H, W)
        The channels of one sample.
    names : sequence of str or None
        One for each map.
    title : str
    numbers : bool
        Print the values where they are legible.
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest value.
    write : callable
        ``value -> str`` for the numbers.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ShapeError, DataError
        If maps or names do not fit.
    """
    planes = checked(maps, 3, "plot_feature_maps", "(maps, height, width)")
    labels = checked_names(names, len(planes), "plot_feature_maps", "map")
    end = largest(planes, limit=limit)
    return _gallery(planes, labels, title, end, write if numbers else None, "answer")


def _gallery(
    planes: Array,
    labels: list[str],
    title: str,
    end: float,
    write: Format | None,
    unit: str,
    most: int = COLUMNS,
) -> Figure:
    """Draw planes one after the other, `most` in a row, with one colour bar."""
    columns = min(integer(most, "columns", minimum=1), len(planes))
    rows = -(-len(planes) // columns)
    width, height = _cell(planes, numbers=write is not None)
    above = 0.15 + 0.15 * max(label.count("\n") + 1 for label in labels)
    figure = new_figure(max(3.2, columns * width + 0.9), rows * (height + above) + 0.4)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat[len(planes) :]:
        ax.set_visible(False)
    for ax, plane, label in zip(axes.flat, planes, labels, strict=False):
        image = draw_pixels(ax, plane, DIVERGING, -end, end, write)
        ax.set_title(label, fontsize=10)
    figure.suptitle(title)
    figure.colorbar(image, ax=axes, label=unit, aspect=15 * rows)
    return figure


def _table(
    rows: dict[str, Array], labels: list[str], title: str, end: float, write: Format | None
) -> Figure:
    """Draw one row of planes for each entry of `rows`, with one colour bar."""
    columns = len(labels)
    width, height = _cell(next(iter(rows.values())), numbers=write is not None)
    figure = new_figure(max(3.6, columns * width + 1.6), len(rows) * height + 0.9)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, planes) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for ax, plane in zip(line, planes, strict=True):
            image = draw_pixels(ax, plane, DIVERGING, -end, end, write)
    for ax, label in zip(axes[0], labels, strict=True):
        ax.set_title(label, fontsize=10)
    figure.suptitle(title)
    figure.colorbar(image, ax=axes, label="weight", aspect=10 * len(rows))
    return figure


def _cell(planes: Array, *, numbers: bool) -> tuple[float, float]:
    """Return inches for one plane, wider where numbers must fit."""
    height, width = planes.shape[-2:]
    small = max(height, width) <= LINED
    side = max(0.5 if numbers and small else 0.0, (1.15 if small else 1.6) / max(height, width))
    return max(0.9, side * width), side * height
