"""The comparison's numbers as tables for people and CSV files for programs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from minitorchcnn.experiments.arms import ARMS, HAND_SET, network
from minitorchcnn.experiments.digit_sets import TITLES
from minitorchcnn.experiments.intervals import (
    interval,
    paired,
    percent,
    percent_range,
    points,
    points_range,
)
from minitorchcnn.experiments.runs import Result
from minitorchcnn.experiments.study import Study
from minitorchcnn.experiments.zeros import EARLY, ZeroResult

RUN_COLUMNS = (
    "data",
    "arm",
    "filters",
    "filters_trained",
    "seed",
    "training_images",
    "test_images",
    "epochs",
    "learning_rate",
    "training_accuracy",
    "test_accuracy",
    "first_filter_gradient",
    "last_filter_gradient",
    "filter_change",
)
CURVE_COLUMNS = ("data", "arm", "seed", "epoch", "test_accuracy")


def arms_table(study: Study) -> str:
    """Return the table of all arms, trained on the whole training part."""
    first = study.of(HAND_SET)
    title = (
        f"{TITLES[study.data]}: {study.sizes[-1]:,} training and {first[0].test_images:,} test "
        f"images, {len(first)} seed{'s' * (len(first) > 1)}"
    )
    rows = [
        ("", "trained", "", "training", "test", "95 %", "minus", "95 %"),
        ("filters", "numbers", "rate", "%", "%", "interval", "1st row", "interval"),
    ]
    for arm in ARMS:
        runs = study.of(arm)
        test = [run.test_accuracy for run in runs]
        difference = paired(test, [run.test_accuracy for run in first])
        rows.append(
            (
                arm.name,
                f"{_trained_numbers(runs[0]):,}",
                f"{runs[0].plan.learning_rate:g}",
                percent(interval([run.train_accuracy for run in runs]).mean),
                percent(interval(test).mean),
                percent_range(interval(test)),
                "-" if arm == HAND_SET else points(difference.mean),
                "-" if arm == HAND_SET else points_range(difference),
            )
        )
    return f"{title}\n\n{_aligned(rows, heads=2)}"


def sizes_table(study: Study) -> str:
    """Return the mean test accuracy in percent by arm and number of training images."""
    rows = [("test % after training on", *(f"{n:,}" for n in study.sizes))]
    for name, by_size in study.accuracies().items():
        means = (percent(interval(values).mean) for values in by_size.values())
        rows.append((name, *means))
    return _aligned(rows, heads=1)


def zeros_table(found: Sequence[ZeroResult], updates: int) -> str:
    """Return what became of the filters of every start at or near zero."""
    rows = [
        (f"one seed, {updates:,} updates;", "largest", "largest", "differ", "differ", "test"),
        ("start", "gradient", "weight", f"after {EARLY}", "at the end", "%"),
    ]
    for result in found:
        values = (
            result.largest_gradient,
            result.largest_weight,
            result.early_difference,
            result.difference,
        )
        numbers = (f"{value:.2g}" for value in values)
        rows.append((result.start.name, *numbers, percent(result.test_accuracy)))
    return _aligned(rows, heads=2)


def write_runs(path: Path, studies: Iterable[Study]) -> None:
    """Write one line for each run; the same seeds give the same bytes."""
    rows = [_run_row(result) for study in studies for result in study.results]
    _write(path, RUN_COLUMNS, rows)


def write_curves(path: Path, studies: Iterable[Study]) -> None:
    """Write the test accuracy after every epoch of the runs on whole training parts."""
    rows = [
        (run.plan.data, run.plan.arm.name, run.plan.seed, epoch, f"{accuracy:.6f}")
        for study in studies
        for run in study.results
        for epoch, accuracy in enumerate(run.curve, start=1)
    ]
    _write(path, CURVE_COLUMNS, rows)


def _run_row(run: Result) -> tuple[Any, ...]:
    gradients = [
        "" if value is None else f"{value:.6g}" for value in (run.first_gradient, run.last_gradient)
    ]
    return (
        run.plan.data,
        run.plan.arm.name,
        run.plan.arm.filters,
        run.plan.arm.trained,
        run.plan.seed,
        run.images,
        run.test_images,
        run.epochs,
        run.plan.learning_rate,
        f"{run.train_accuracy:.6f}",
        f"{run.test_accuracy:.6f}",
        *gradients,
        f"{run.filter_change:.6g}",
    )


def _trained_numbers(run: Result) -> int:
    shape = (1, 28, 28) if run.plan.data == "synthetic" else (1, 8, 8)
    parameters = network(run.plan.arm, shape, run.plan.seed).parameters()
    return sum(parameter.trainable_size for parameter in parameters)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _aligned(rows: Sequence[Sequence[str]], heads: int) -> str:
    """Return rows as text, first column to the left, others to the right; heads underlined."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        lines.append("  ".join(cells).rstrip())
    lines.insert(heads, "-" * max(map(len, lines)))
    return "\n".join(lines)
