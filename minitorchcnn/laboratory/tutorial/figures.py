"""The tutorial's pictures: every stage on one sheet, the features, the learned filters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn import plots
from minitorchcnn.laboratory.tutorial.classifier import TrainedClassifier
from minitorchcnn.laboratory.tutorial.stages import NAMES, Planes, Stages, ninths
from minitorchcnn.plots.canvas import root_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: A perfect match answers 1, so the colours go from -1 to 1 in every stage.
LIMIT = 1.0


def write_figures(stages: Stages, learned: TrainedClassifier, folder: Path) -> list[Path]:
    """Write all figures as PNG files and return their paths.

    Parameters
    ----------
    learned : TrainedClassifier
        Of the classifier that learned its filters.
    folder : Path
        Made if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    change = plots.plot_filter_change(
        learned.before, learned.after, NAMES, title="Filters, before and after learning nines"
    )
    figures = {
        "stages.png": draw_stages(stages),
        "features.png": draw_features(stages),
        "filters_learned.png": root_figure(change),
    }
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=120)
    return [folder / name for name in figures]


def write_animations(stages: Stages, folder: Path) -> list[Path]:
    """Write a GIF of each filter sliding over the nine, and of max-pooling its first map.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [
        plots.animate_filter(stages.image, kernel, folder / f"{name}_filter.gif", format_ninths)
        for name, kernel in zip(NAMES, stages.filters, strict=True)
    ]
    paths.append(
        plots.animate_max_pool(stages.rectified[0], 2, 1, folder / "max_pool.gif", format_ninths)
    )
    return paths


def format_ninths(value: float) -> str:
    """Write a number as ninths: "-5/9"."""
    return "0" if ninths(value) == "0" else f"{ninths(value)}/9"


def draw_stages(stages: Stages) -> Figure:
    """Draw the image, and for each filter a row of what the layers make of it."""
    from matplotlib.figure import Figure

    columns: dict[str, Planes] = {
        "filter": stages.filters,
        "feature map": stages.maps,
        "after ReLU": stages.rectified,
        "max-pool 2×2": stages.max_pooled,
        "(or average-pool)": stages.average_pooled,
    }
    figure = Figure(figsize=(13.5, 8.6), layout="constrained")
    grid = figure.add_gridspec(3, 6, width_ratios=[2.2, 1.3, 1.3, 1.3, 0.95, 0.95])
    image = figure.add_subplot(grid[:, 0])
    plots.plot_image(stages.image, image, title="the image: 1 is ink, -1 is paper")
    for column, (title, planes) in enumerate(columns.items(), start=1):
        for row, plane in enumerate(planes):
            ax = figure.add_subplot(grid[row, column])
            limit = LIMIT / 9 if title == "filter" else LIMIT
            plots.plot_map(plane, ax, title if row == 0 else "", limit, ninths)
            if column == 1:
                ax.set_ylabel(NAMES[row], fontsize=12)
    figure.suptitle("A nine, step by step. Coloured numbers are ninths: 9 is a perfect match.")
    return figure


def draw_features(stages: Stages) -> Figure:
    """Draw the 24 features as the tutorial means them, and as its own code stacks them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 2.9), layout="constrained")
    above, below = figure.subplots(2, 1)
    _draw_strip(above, stages.features, "the 24 features, in ninths", NAMES)
    _draw_strip(
        below,
        stages.tutorial_features,
        "what the tutorial's own code stacks: diagonal twice, vertical lost",
        ("box", "diagonal", "diagonal again"),
    )
    return figure


def _draw_strip(ax: Axes, features: Planes, title: str, names: tuple[str, ...]) -> None:
    plots.plot_map(features[np.newaxis], ax, title, LIMIT, ninths)
    ax.set_xticks([3.5, 11.5, 19.5], names)
    ax.tick_params(axis="x", length=0)
    for edge in (7.5, 15.5):
        ax.axvline(edge, color="black", linewidth=2)
