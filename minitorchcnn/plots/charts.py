"""Charts of measurements: loss over epochs, confusions, accuracy over anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.plots.canvas import COLOURS, contrast, new_axes, validate_array, validate_names
from minitorchcnn.plots.line_labels import name_ends
from minitorchcnn.report.statistics import half_width
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from minitorchcnn.training.history import History


MARKERS = "osD^vPX*<"


def plot_history(history: History, ax: Axes | None = None) -> Axes:
    """Draw loss (left axis) and accuracy (right axis) over the epochs.

    Parameters
    ----------
    history : History
        Of at least one epoch. Validation is drawn solid, training dashed.
    ax
        As for every plot: see `minitorchcnn.plots`.

    Returns
    -------
    matplotlib Axes
        The one with the loss.

    Raises
    ------
    DataError
        If no epoch was recorded.
    """
    from matplotlib.ticker import MaxNLocator

    if not history.records:
        raise DataError("plot_history got a History without epochs: train first.")
    ax = new_axes(6.4, 4.0) if ax is None else ax
    lines = _draw_columns(ax, history, "loss", COLOURS[0])
    ax.set(xlabel="epoch", ylim=(0, None))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("loss", color=COLOURS[0])
    if "accuracy" in history.records[0]:
        right = ax.twinx()
        lines += _draw_columns(right, history, "accuracy", COLOURS[1])
        right.set_ylabel("accuracy", color=COLOURS[1])
        right.set_ylim(None, 1.005)
    ax.legend(handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax


def _draw_columns(ax: Axes, history: History, name: str, colour: str) -> list[Any]:
    epochs, lines = history.column("epoch"), []
    for column, label, style in [(name, "training", "--"), (f"val_{name}", "validation", "-")]:
        if column in history.records[0]:
            marker = "o" if len(epochs) <= 20 else ""
            lines += ax.plot(
                epochs,
                history.column(column),
                style,
                color=colour,
                marker=marker,
                markersize=4,
                label=f"{name}, {label}",
            )
    return lines


def plot_confusion(
    matrix: Array, class_names: Sequence[str] | None = None, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Show how often each class was taken for each other one.

    Parameters
    ----------
    matrix : array, shape (K, K)
        Counts; rows are the true classes, columns the predicted ones. Colours show the share
        of the row.
    class_names : sequence of str or None
        None numbers them from 0.
    ax, title
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    ShapeError, DataError
        If matrix or names do not fit.
    """
    counts = validate_array(matrix, 2, "plot_confusion", "(classes, classes)")
    k = len(counts)
    if counts.shape != (k, k):
        raise ShapeError(f"plot_confusion got shape {counts.shape}, expected (classes, classes).")
    names = [str(i) for i in range(k)]
    if class_names is not None:
        names = validate_names(class_names, k, "plot_confusion", "class")
    ax = new_axes(0.42 * k + 1.6, 0.42 * k + 1.4) if ax is None else ax
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(k, k):
        colour = contrast(image, shares[row, column]) if counts[row, column] else "0.75"
        text = f"{counts[row, column]:g}"
        size = 9 if len(text) < 4 else 7
        ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    ax.set_xticks(range(k), names)
    ax.set_yticks(range(k), names)
    ax.tick_params(length=0)
    ax.set(xlabel="predicted", ylabel="true", title=title)
    return ax


def plot_curves(
    points: Sequence[float] | Array,
    series: Mapping[str, Array],
    ax: Axes | None = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    log_x: bool = False,
    named: bool = True,
    first: int = 0,
) -> Axes:
    """Draw the mean over runs as a line with its 95 % interval as a band, named at its end.

    Parameters
    ----------
    points : array, shape (P,)
        Where it was measured.
    series : mapping of str to array, shape (runs, P)
        The interval is Student's t over the runs; one run has none.
    ax
        As for every plot: see `minitorchcnn.plots`.
    xlabel, ylabel, title : str
    log_x : bool
        Logarithmic axis with the points themselves as ticks.
    named : bool
        False leaves the names to a legend of your own.
    first : int
        Which colour and marker the first series gets, so that charts side by side can agree.

    Raises
    ------
    ShapeError, DataError
        If points or a series do not fit.
    """
    x = validate_array(points, 1, "plot_curves", "(points,)")
    if not series:
        raise DataError("plot_curves got no series: give at least one.")
    ax = new_axes(7.6, 4.4) if ax is None else ax
    ends = []
    for index, (name, values) in enumerate(series.items(), start=first):
        runs = validate_array(values, 2, f"plot_curves: series {name!r}", f"(runs, {len(x)})")
        if runs.shape[1] != len(x):
            raise ShapeError(
                f"plot_curves: series {name!r} has shape {runs.shape}, expected (runs, {len(x)})."
            )
        mean, band = runs.mean(axis=0), half_width(runs)
        colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
        ax.plot(x, mean, color=colour, marker=marker if len(x) <= 20 else "", ms=5, label=name)
        if len(runs) > 1:
            ax.fill_between(x, mean - band, mean + band, color=colour, alpha=0.15, lw=0)
        ends.append((float(mean[-1]), name, colour))
    _scale_x(ax, x, log_x)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="0.9")
    if named:
        name_ends(ax, float(x[-1]), ends)
    return ax


def _scale_x(ax: Axes, x: Array, log_x: bool) -> None:
    if not log_x:
        return
    from matplotlib.ticker import NullFormatter, NullLocator

    ax.set_xscale("log")
    ax.set_xticks(x, _staggered(x))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def _staggered(x: Array) -> list[str]:
    """Return the labels of a logarithmic axis, one line lower where it would touch the last."""
    span = np.log(x.max() / x.min()) or 1.0
    labels: list[str] = []
    for index, value in enumerate(x):
        close = index > 0 and abs(np.log(value / x[index - 1])) < 0.14 * span
        lower = close and not labels[-1].startswith("\n")
        labels.append(f"\n{value:g}" if lower else f"{value:g}")
    return labels


def plot_histories(
    histories: Mapping[str, Sequence[History]],
    column: str = "val_accuracy",
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw learning curves: the mean over seeds as a line, its 95 % interval as a band.

    Parameters
    ----------
    histories : mapping of str to sequence of History
        One for each seed; all of the same number of epochs.
    column : str
        A name in the records, such as "loss" or "val_accuracy".
    ax, title
        As for every plot: see `minitorchcnn.plots`.

    Raises
    ------
    DataError
        If there is nothing to draw, a column is missing or the numbers of epochs differ.
    """
    lengths = set()
    for name, runs in histories.items():
        for history in runs:
            if not history.records or column not in history.records[0]:
                known = ", ".join(history.records[0]) if history.records else "nothing"
                raise DataError(
                    f"plot_histories: {name!r} has recorded {known}, expected {column!r}: train "
                    f"with validation data for val_ columns."
                )
            lengths.add(len(history.records))
    if len(lengths) != 1 or any(len(runs) == 0 for runs in histories.values()):
        raise DataError(
            f"plot_histories needs at least one History of each name, all of one number of "
            f"epochs, got {sorted(lengths) or 'none'}."
        )
    series: dict[str, Array] = {
        name: np.array([history.column(column) for history in runs])
        for name, runs in histories.items()
    }
    epochs = np.arange(1, lengths.pop() + 1)
    label = column.removeprefix("val_")
    label += ", validation" if column.startswith("val_") else ", training"
    return plot_curves(epochs, series, ax, "epoch", f"{label} (band: 95 % interval)", title)
