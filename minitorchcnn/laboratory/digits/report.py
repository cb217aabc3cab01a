"""What the small digit networks reached: a table, a CSV file, models, confusions and mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn import plots, softmax
from minitorchcnn.laboratory.digits.network import DigitRun
from minitorchcnn.laboratory.image_sets import DIGITS
from minitorchcnn.plots.canvas import root_figure
from minitorchcnn.report.provenance import csv_text
from minitorchcnn.report.statistics import interval, percent, percent_range
from minitorchcnn.report.text_table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MISTAKES = 12


def group_by_data(runs: Sequence[DigitRun]) -> dict[str, list[DigitRun]]:
    """Return the runs on each data set, by its name."""
    names = dict.fromkeys(run.plan.data for run in runs)
    return {name: [run for run in runs if run.plan.data == name] for name in names}


def tabulate(runs: Sequence[DigitRun]) -> str:
    """Return the accuracies on each data set, and below each row those of every seed."""
    rows, below = [], []
    for name, of_name in group_by_data(runs).items():
        digits = of_name[0].plan.digits
        test = [run.test_accuracy for run in of_name]
        rows.append(
            [
                DIGITS[name],
                f"{sum(parameter.size for parameter in of_name[0].model().parameters()):,}",
                f"{len(digits.x_train):,}",
                percent(interval([run.train_accuracy for run in of_name]).mean),
                *(percent(interval(test).mean), percent_range(interval(test))),
            ]
        )
        each_seed = "  ".join(map(percent, test))
        below.append(f"  test % of each seed, {len(digits.x_test):,} images: {each_seed}")
    heads = ["digits", "numbers", "images", "training %", "test %", "95 % interval"]
    head, rule, *lines = str(Table([heads], rows)).splitlines()
    pairs = zip(lines, below, strict=True)
    return "\n".join([head, rule, *(line for pair in pairs for line in pair)])


def write(runs: Sequence[DigitRun], output: Path) -> list[Path]:
    """Write the accuracies, and of each data set the first seed's model and the figures.

    Parameters
    ----------
    output : Path
        An existing folder.
    """
    paths = [_write_csv(runs, output / "digits.csv")]
    for name, of_name in group_by_data(runs).items():
        paths.append(output / f"{name}.safetensors")
        of_name[0].model().save(paths[-1])
        title = f"{DIGITS[name]}\nsmall network, {len(of_name)} seeds together"
        confusion = np.sum([run.confusion for run in of_name], axis=0)
        figures = {
            "confusion": root_figure(plots.plot_confusion(confusion, title=title)),
            "mistakes": draw_mistakes(of_name[0]),
        }
        for kind, figure in figures.items():
            if figure is not None:
                paths.append(output / f"{name}_{kind}.png")
                figure.savefig(paths[-1], dpi=150, bbox_inches="tight")
    return paths


def _write_csv(runs: Sequence[DigitRun], path: Path) -> Path:
    """Write one line for each run; the same seeds give the same bytes."""
    rows = [
        {
            "data": run.plan.data,
            "seed": run.plan.seed,
            "epochs": run.plan.epochs,
            "training_accuracy": f"{run.train_accuracy:.6f}",
            "test_accuracy": f"{run.test_accuracy:.6f}",
        }
        for run in runs
    ]
    # newline="": a CSV file has the same bytes on every system
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(csv_text(list(rows[0]), rows))
    return path


def draw_mistakes(run: DigitRun) -> Figure | None:
    """Draw the test images that were read wrongly with most confidence; None if there are none."""
    digits = run.plan.digits
    probabilities = softmax(run.model().predict(digits.x_test))
    if (probabilities.argmax(axis=1) == digits.y_test).all():
        return None
    title = f"{DIGITS[run.plan.data]}: worst mistakes of seed {run.plan.seed}"
    return root_figure(
        plots.plot_mistakes(
            digits.x_test, digits.y_test, probabilities, most=_MISTAKES, title=title
        )
    )
