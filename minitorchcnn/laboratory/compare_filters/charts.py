"""The comparison's measurements as charts: accuracy, differences and robustness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn import plots
from minitorchcnn.laboratory.compare_filters.runs import RunResult
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    LEARNED,
    LEARNED_16,
    ZEROS,
    Variant,
)
from minitorchcnn.laboratory.image_sets import TITLES
from minitorchcnn.report.statistics import Interval, paired

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROBUST = (HAND_SET, LEARNED, LEARNED_16, BANK)

_UNITS = {
    "noise": "noise (std. dev.)",
    "shift": "shift in pixels",
    "rotation": "rotation in degrees",
    "thickness": "thicker by pixels",
}

_INK, _RED = "#0072B2", "#D55E00"

#: Inches across a chart: its words of 10 points are 11 pixels high where a phone is 360 wide.
WIDTH = 4.2


def draw_images(study: Study) -> Figure:
    """Draw test accuracy over the number of training images."""

    def accuracies(variant: Variant) -> np.ndarray:
        by_size = study.accuracies()[variant.name]
        return np.transpose([by_size[n] for n in study.sizes])

    return _draw_two(study, study.sizes, accuracies, "training images", log_x=True)


def draw_epochs(study: Study) -> Figure:
    """Draw test accuracy over the epochs, on the whole training part."""

    def curves(variant: Variant) -> list[Sequence[float]]:
        return [run.curve for run in study.of(variant)]

    epochs = range(1, study.of(HAND_SET)[0].epochs + 1)
    return _draw_two(study, epochs, curves, "epoch", log_x=False)


def draw_differences(study: Study) -> Figure:
    """Draw each variant minus hand-set frozen filters, and learned minus hand-set by images."""
    figure = _figure(5.6)
    above, below = figure.subplots(2, 1, height_ratios=[1.5, 1])
    variants = [variant for variant in study.variants if variant not in (HAND_SET, ZEROS)]
    first = study.tests(HAND_SET)
    found = {variant.name: paired(study.tests(variant), first) for variant in variants}
    _dots(above, found, "minus hand-set, frozen, in points")
    figure.suptitle(f"{study.title}\n{study.sizes[-1]:,} training images", fontsize=11)
    by_size = {
        f"{n:,} images": paired(study.tests(LEARNED, n), study.tests(HAND_SET, n))
        for n in study.sizes
    }
    _dots(below, by_size, f"{LEARNED.name}\nminus {HAND_SET.name}, in points")
    return figure


def draw_robustness(study: Study) -> Figure:
    """Draw accuracy over the strength of every disturbance; 0 is the undisturbed image."""
    from matplotlib.ticker import MaxNLocator

    kinds = list(dict.fromkeys(kind for kind, _ in study.of(HAND_SET)[0].robust))
    rows = -(-len(kinds) // 2)
    figure = _figure(2.1 * rows + 0.9)
    axes = figure.subplots(rows, 2, squeeze=False, sharey=True)
    for ax in axes.flat[len(kinds) :]:
        ax.set_visible(False)
    for ax, kind in zip(axes.flat, kinds, strict=False):
        known = [strength for name, strength in study.of(HAND_SET)[0].robust if name == kind]
        strengths = sorted([0.0, *known])
        series = {
            variant.name: _percent([_along(run, kind, strengths) for run in study.of(variant)])
            for variant in _ROBUST
        }
        plots.plot_curves(strengths, series, ax, _UNITS[kind], named=False)
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(max(low, -2.0), min(high, 102.0))  # few seeds have wild intervals
    for row in axes:
        row[0].set_ylabel("test accuracy in %")
    lines = axes[0, 0].lines
    figure.legend(handles=list(lines), loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"{study.title}, disturbed", fontsize=11)
    return figure


def _draw_two(
    study: Study,
    points: Sequence[int],
    values: Callable[[Variant], Any],
    xlabel: str,
    *,
    log_x: bool,
) -> Figure:
    """Draw variants with three filters above, those with more below: ten lines are too many."""
    from matplotlib.ticker import MaxNLocator

    figure = _figure(6.2)
    axes = figure.subplots(2, 1, sharey=True)
    few = [v for v in study.variants if v.filters <= HAND_SET.filters and v != ZEROS]
    many = [LEARNED, *(v for v in study.variants if v.filters > HAND_SET.filters)]
    groups = {f"{HAND_SET.filters} filters": few, "learned, and more of them": many}
    found = [
        {variant.name: _percent(values(variant)) for variant in variants}
        for variants in groups.values()
    ]
    # first, because names stand where the scale puts the ends of the lines
    axes[0].set_ylim(*_limits([runs for series in found for runs in series.values()]))
    for ax, title, series in zip(axes, groups, found, strict=True):
        ylabel = "test accuracy in %"
        first = few.index(LEARNED) if LEARNED.name == next(iter(series)) else 0  # one colour
        plots.plot_curves(list(points), series, ax, xlabel, ylabel, title, log_x=log_x, first=first)
        if not log_x:
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    zeros = 100 * np.mean(study.tests(ZEROS))
    figure.suptitle(
        f"{TITLES[study.data]}\n(band: 95 % interval;\nnot drawn: {ZEROS.name}, {zeros:.1f} %)",
        fontsize=11,
    )
    return figure


def _limits(many: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return a scale that holds all means with their intervals, and some room."""
    bands = [np.nan_to_num(plots.half_width(runs)) for runs in many]
    means = [runs.mean(axis=0) for runs in many]
    low = min((mean - band).min() for mean, band in zip(means, bands, strict=True))
    high = max((mean + band).max() for mean, band in zip(means, bands, strict=True))
    low, high = max(low, 0.0), min(high, 100.0)  # one wild interval must not flatten the rest
    return low - 0.04 * (high - low) - 0.1, high + 0.04 * (high - low) + 0.1


def _dots(ax: Axes, found: Mapping[str, Interval], xlabel: str) -> None:
    """Draw a mean with its interval in each row; red ones do not touch 0."""
    for row, one in enumerate(found.values()):
        sure = one.known and (one.low > 0 or one.high < 0)
        colour = _RED if sure else _INK
        if one.known:
            ax.plot([100 * one.low, 100 * one.high], [row, row], color=colour, lw=2)
        ax.plot(100 * one.mean, row, "o", color=colour, markersize=6)
    ax.axvline(0, color="0.4", lw=1)
    ax.set_yticks(range(len(found)), list(found))
    ax.set_ylim(len(found) - 0.5, -0.5)
    ax.set_xlabel(xlabel)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)


def _along(run: RunResult, kind: str, strengths: Sequence[float]) -> list[float]:
    return [run.robust[kind, s] if s else run.test_accuracy for s in strengths]


def _percent(shares: Any) -> np.ndarray:
    return 100 * np.asarray(shares, dtype=np.float64)


def _figure(height: float) -> Figure:
    """Return an empty figure, as wide as all charts."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained")
