"""Learning curves of several ways of training, each over several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import DataError
from minitorchcnn.plots.charts import plot_curves
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from minitorchcnn.training.history import History


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
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.
    title : str

    Returns
    -------
    matplotlib Axes

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
