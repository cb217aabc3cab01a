"""The comparison in pictures: what the filters became, what they see, and how well they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from minitorchcnn.experiments.arms import (
    ARMS,
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    ZEROS,
    Arm,
    network,
)
from minitorchcnn.experiments.digit_sets import TITLES, DigitSet, digit_set
from minitorchcnn.experiments.runs import Result
from minitorchcnn.experiments.study import Study

from minitorchcnn import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES = ("box", "vertical", "diagonal")


def write_figures(study: Study, folder: Path) -> list[Path]:
    """Draw all figures of one data set as PNG files.

    Parameters
    ----------
    study : Study
    folder : Path
        Must exist.

    Returns
    -------
    list of Path
    """
    figures = {
        "filters_hand-set": _filter_change(study, HAND_SET_TRAINED, _NAMES),
        "filters_learned": _filter_change(study, LEARNED, None),
        "maps_hand-set": _feature_maps(study.of(HAND_SET)[0], _NAMES),
        "maps_learned": _feature_maps(study.of(LEARNED)[0], None),
        "confusion": _confusion(study),
        "epochs": _epochs(study),
    }
    if len(study.sizes) > 1:
        figures["images"] = _images(study)
    paths = []
    for name, figure in figures.items():
        paths.append(folder / f"{study.data}_{name}.png")
        figure.savefig(paths[-1], dpi=150, bbox_inches="tight")
    return paths


def _filter_change(study: Study, arm: Arm, names: tuple[str, ...] | None) -> Figure:
    run = study.of(arm)[0]
    before = network(arm, _digits(run).x_train.shape[1:], run.plan.seed).state_dict()["0.weight"]
    title = f"{_short(study.data)}\n{arm.filters} filters, {arm.name}"
    return plots.plot_filter_change(before, run.state["0.weight"], names, title)


def _feature_maps(run: Result, names: tuple[str, ...] | None) -> Figure:
    """Show what the filters answer to the first eight of the test part, after ReLU."""
    digits = _digits(run)
    image = digits.x_test[np.flatnonzero(digits.y_test == 8)[0]]
    model = network(run.plan.arm, image.shape, run.plan.seed)
    model.load_state_dict(run.state)
    maps = image[np.newaxis]
    for layer in model.layers[:2]:
        maps = layer.forward(maps, training=False)
    title = f"{_short(run.plan.data)}\nan eight after filters and ReLU\n{run.plan.arm.name}"
    return plots.plot_feature_maps(maps[0], names, title)


def _confusion(study: Study) -> Figure:
    matrix = sum(run.confusion for run in study.of(LEARNED))
    title = f"{TITLES[study.data]}\n{LEARNED.name}, {len(study.of(LEARNED))} seeds together"
    return plots.plot_confusion(matrix, title=title).figure


def _epochs(study: Study) -> Figure:
    series = {arm.name: [run.curve for run in study.of(arm)] for arm in ARMS}
    epochs = np.arange(1, study.of(HAND_SET)[0].epochs + 1)
    title = f"{_short(study.data)}, {study.sizes[-1]:,} training images"
    return _accuracy_curves(epochs, series, "epoch", title, log_x=False)


def _images(study: Study) -> Figure:
    series = {
        name: np.transpose([by_size[n] for n in study.sizes])
        for name, by_size in study.accuracies().items()
    }
    title = TITLES[study.data]
    return _accuracy_curves(study.sizes, series, "training images", title, log_x=True)


def _accuracy_curves(
    points: Sequence[int],
    series: Mapping[str, Any],
    xlabel: str,
    title: str,
    *,
    log_x: bool,
) -> Figure:
    """Draw test accuracy in percent with its 95 % bands; zeros would flatten all others."""
    percent = {name: 100 * np.asarray(values) for name, values in series.items()}
    zeros = percent.pop(ZEROS.name)
    title += f"\n(not drawn: {ZEROS.name}, {zeros[:, -1].mean():.1f} % at the end)"
    ax = plots.plot_curves(
        points,
        percent,
        xlabel=xlabel,
        ylabel="test accuracy in % (band: 95 % interval)",
        title=title,
        log_x=log_x,
    )
    return ax.figure


def _short(data: str) -> str:
    return TITLES[data].split(",")[0]


def _digits(run: Result) -> DigitSet:
    return digit_set(run.plan.data, run.plan.seed, run.plan.train, run.plan.test)
