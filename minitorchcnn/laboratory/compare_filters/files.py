"""The comparison's numbers for programs: one row for each run, epoch or disturbance."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from minitorchcnn.laboratory.compare_filters.plan import Result
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.storage.hashing import sha256_of

CURVE_COLUMNS = ("data", "arm", "seed", "epoch", "test_accuracy")
ROBUST_COLUMNS = ("data", "arm", "seed", "disturbance", "strength", "test_accuracy")


def result_rows(studies: Iterable[Study]) -> list[dict[str, Any]]:
    """Return a row for each run; the same seeds give the same rows but for "seconds"."""
    return [_row(result) for study in studies for result in study.results]


def fingerprints(studies: Iterable[Study]) -> dict[str, str]:
    """Return one SHA-256 for each data set, of the images and labels of all seeds."""
    found = {}
    for study in studies:
        by_seed = {result.plan.seed: result.fingerprint for result in study.results}
        found[study.data] = sha256_of(by_seed.values())
    return found


def write_curves(path: Path, studies: Iterable[Study]) -> None:
    """Write the test accuracy after every epoch of the runs on whole training parts."""
    rows = [
        (run.plan.data, run.plan.arm.name, run.plan.seed, epoch, f"{accuracy:.6f}")
        for study in studies
        for run in study.results
        for epoch, accuracy in enumerate(run.curve, start=1)
    ]
    _write(path, CURVE_COLUMNS, rows)


def write_robustness(path: Path, studies: Iterable[Study]) -> None:
    """Write the accuracy of every run on a whole training part under every disturbance."""
    rows = [
        (run.plan.data, run.plan.arm.name, run.plan.seed, kind, f"{strength:g}", f"{accuracy:.6f}")
        for study in studies
        for run in study.results
        for (kind, strength), accuracy in run.robust.items()
    ]
    _write(path, ROBUST_COLUMNS, rows)


def _row(run: Result) -> dict[str, Any]:
    return {
        "data": run.plan.data,
        "arm": run.plan.arm.name,
        "filters": run.plan.arm.filters,
        "filters_trained": run.plan.arm.trained,
        "thawed_after_share": run.plan.arm.thawed_after,
        "seed": run.plan.seed,
        "training_images": run.images,
        "test_images": run.test_images,
        "epochs": run.epochs,
        "learning_rate": run.plan.learning_rate,
        "parameters": run.parameters,
        "parameters_trained": run.parameters_trained,
        "training_accuracy": run.train_accuracy,
        "test_accuracy": run.test_accuracy,
        "first_filter_gradient": run.first_gradient,
        "last_filter_gradient": run.last_gradient,
        "filter_change": run.filter_change,
        "seconds": run.seconds,
    }


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
