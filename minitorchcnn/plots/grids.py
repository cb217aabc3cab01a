"""Grids of small pictures on one colour scale: filters and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minitorchcnn.errors import ShapeError
from minitorchcnn.plots.canvas import (
    DIVERGING,
    LINED,
    Format,
    draw_pixels,
    inches,
    largest,
    short,
    validate_array,
    validate_names,
)
from minitorchcnn.plots.panels import (
    GAP,
    Grid,
    Row,
    add_bar,
    add_panel,
    arrange,
    bar_width,
    fit_text,
    sheet,
    text_height,
    text_points,
    text_width,
)
from minitorchcnn.types import Array
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Filters or maps side by side, before the next row begins.
COLUMNS = 8


def plot_filters(
    weight: Array,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    limit: float | None = None,
    write: Format | None = None,
    columns: int = COLUMNS,
) -> Axes:
    """Show the filters of a convolution: red wants ink, blue wants paper, white does not care.

    Parameters
    ----------
    weight : array, shape (F, C, kh, kw)
        With one channel the filters follow each other in rows; with several, a column is
        a filter and a row a channel.
    names : sequence of str or None
        One for each filter.
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest weight.
    write : callable or None
        ``value -> str`` for numbers in the cells, such as ``"{:.1f}".format``.
    columns : int
        Filters of one channel in a row, at the most.

    Returns
    -------
    matplotlib Axes
        Empty itself; in ``child_axes`` are the pictures, in order, and last the colour bar.

    Raises
    ------
    ShapeError, DataError
        If weight or names do not fit.
    """
    filters = validate_array(weight, 4, "plot_filters", "(filters, channels, height, width)")
    labels = validate_names(names, len(filters), "plot_filters", "filter")
    end = largest(filters, limit=limit)
    channels = filters.shape[1]
    if channels == 1:
        return _gallery(filters[:, 0], labels, ax, title, end, write, "weight", columns)
    rows = {f"channel {channel}": filters[:, channel] for channel in range(channels)}
    return _table(rows, labels, ax, title, end, write)


def plot_filter_change(
    before: Array,
    after: Array,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """Show filters before and after training, and their difference, on one colour scale.

    Parameters
    ----------
    before, after : array, shape (F, C, kh, kw)
        With several channels, each channel of each filter gets a column.
    names : sequence of str or None
        One for each filter.
    ax, title
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        Empty itself; in ``child_axes`` are the pictures, in order, and last the colour bar.

    Raises
    ------
    ShapeError, DataError
        If the arrays or names do not fit.
    """
    shape = "(filters, channels, height, width)"
    old = validate_array(before, 4, "plot_filter_change", shape)
    new = validate_array(after, 4, "plot_filter_change", shape)
    if old.shape != new.shape:
        raise ShapeError(
            f"plot_filter_change got before of shape {old.shape} and after of shape {new.shape}: "
            f"they must be the same filters."
        )
    labels = validate_names(names, len(old), "plot_filter_change", "filter")
    channels = old.shape[1]
    if channels > 1:
        labels = [f"{label}\nchannel {c}" for label in labels for c in range(channels)]
    old, new = (filters.reshape(-1, *filters.shape[2:]) for filters in (old, new))
    rows = {"before": old, "after": new, "difference": new - old}
    return _table(rows, labels, ax, title, largest(*rows.values()), None)


def plot_feature_maps(
    maps: Array,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    numbers: bool = False,
    limit: float | None = None,
    write: Format = short,
) -> Axes:
    """Show what each filter answers at each place of one image: red is yes, blue is no.

    Parameters
    ----------
    maps : array, shape (F, H, W)
        The channels of one sample.
    names : sequence of str or None
        One for each map.
    ax, title
        As for every plot: see `minitorchcnn.plots`.
    numbers : bool
        Print the values where they are legible.
    limit : float or None
        The colour scale goes from -limit to limit; None takes the largest value.
    write : callable
        ``value -> str`` for the numbers.

    Returns
    -------
    matplotlib Axes
        Empty itself; in ``child_axes`` are the pictures, in order, and last the colour bar.

    Raises
    ------
    ShapeError, DataError
        If maps or names do not fit.
    """
    planes = validate_array(maps, 3, "plot_feature_maps", "(maps, height, width)")
    labels = validate_names(names, len(planes), "plot_feature_maps", "map")
    end = largest(planes, limit=limit)
    return _gallery(planes, labels, ax, title, end, write if numbers else None, "answer")


def _gallery(
    planes: Array,
    labels: list[str],
    ax: Axes | None,
    title: str,
    end: float,
    write: Format | None,
    unit: str,
    most: int = COLUMNS,
) -> Axes:
    """Draw planes one after the other, at most `most` in a row, with one colour bar."""
    most = min(integer(most, "columns", minimum=1), len(planes))
    width, height = _cell(planes, numbers=write is not None)
    above = text_height(*fit_text(labels, width, 10.0))
    rows = -(-len(planes) // most)
    counts = [most] if ax is None else range(1, most + 1)
    wide = max(3.2, most * (width + GAP) + bar_width(end, 10.0))
    ax = sheet(ax, wide, rows * (height + above + GAP), title)
    points = text_points(ax)
    right, aspect = bar_width(end, points), planes.shape[1] / planes.shape[2]
    plan = arrange(labels, aspect, inches(ax), counts, right=right)
    for panel, plane in zip(plan.draw_in(ax), planes, strict=True):
        image = draw_pixels(panel, plane, DIVERGING, -end, end, write)
    add_bar(ax, plan.grid, image, unit, end, points=points)
    return ax


def _table(
    rows: dict[str, Array],
    labels: list[str],
    ax: Axes | None,
    title: str,
    end: float,
    write: Format | None,
) -> Axes:
    """Draw one row of planes for each entry of `rows`, with one colour bar."""
    columns, planes = len(labels), next(iter(rows.values()))
    width, height = _cell(planes, numbers=write is not None)
    wide = columns * (width + GAP) + text_width(list(rows), 10.0) + bar_width(end, 10.0)
    above = text_height(*fit_text(labels, width, 10.0))
    ax = sheet(ax, max(3.6, wide + 0.2), len(rows) * (height + GAP) + above + 0.1, title)
    points, size = text_points(ax), inches(ax)
    names, letters = fit_text(list(rows), size[0] / 4, points)
    left, right = text_width(names, letters) + 0.08, bar_width(end, points)
    titles, small = fit_text(labels, (size[0] - left - right) / columns - GAP, 10.0)
    aspect, above = planes.shape[1] / planes.shape[2], text_height(titles, small)
    lines = (Row(columns, aspect, above=above), *(len(rows) - 1) * [Row(columns, aspect)])
    grid = Grid(lines, left, right, columns * (text_width(titles, small) + GAP))
    for i, filters in enumerate(rows.values()):
        for j, plane in enumerate(filters):
            panel = add_panel(ax, grid, i, j)
            image = draw_pixels(panel, plane, DIVERGING, -end, end, write)
            panel.set_title("" if i else titles[j], fontsize=small, pad=3)
            words = "" if j else names[i]
            panel.set_ylabel(words, fontsize=letters, rotation=0, ha="right", va="center")
    add_bar(ax, grid, image, "weight", end, points=points)
    return ax


def _cell(planes: Array, *, numbers: bool) -> tuple[float, float]:
    """Return inches for one plane, wider where numbers must fit."""
    height, width = planes.shape[-2:]
    small = max(height, width) <= LINED
    side = max(0.5 if numbers and small else 0.0, (1.15 if small else 1.6) / max(height, width))
    return max(0.9, side * width), side * height
