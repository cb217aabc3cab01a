"""The comparison's numbers as tables for people, and as rows of CSV files for programs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from minitorchcnn.laboratory.compare_filters.runs import RunResult
from minitorchcnn.laboratory.compare_filters.similarity import BankSimilarity
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    LEARNED_16,
    RANDOM_MANY,
)
from minitorchcnn.laboratory.compare_filters.zero_init import EARLY, ZeroResult
from minitorchcnn.laboratory.image_sets import TITLES
from minitorchcnn.report.statistics import (
    interval,
    paired,
    percent,
    percent_range,
    points,
    points_range,
)
from minitorchcnn.report.text_table import Table
from minitorchcnn.storage.hashing import sha256_of

CURVE_COLUMNS = ("data", "arm", "seed", "epoch", "test_accuracy")
ROBUST_COLUMNS = ("data", "arm", "seed", "disturbance", "strength", "test_accuracy")
_DISTURBED = (HAND_SET, HAND_SET_TRAINED, LEARNED, LEARNED_16, BANK, RANDOM_MANY)


def tabulate_variants(study: Study) -> Table:
    """Return the table of all variants, trained on the whole training part."""
    first = study.of(HAND_SET)
    title = (
        f"{TITLES[study.data]}: {study.sizes[-1]:,} training and {first[0].test_images:,} test "
        f"images, {len(first)} seed{'s' * (len(first) > 1)}"
    )
    heads = [
        ("", "numbers", "", "train", "test", "95 %", "minus", "95 %", "time"),
        ("filters", "trained", "rate", "%", "%", "interval", "first", "interval", "s"),
    ]
    rows = []
    for variant in study.variants:
        runs, test = study.of(variant), study.tests(variant)
        difference = paired(test, study.tests(HAND_SET))
        rows.append(
            (
                variant.name,
                f"{runs[0].parameters_trained:,}",
                f"{runs[0].plan.learning_rate:g}",
                percent(interval([run.train_accuracy for run in runs]).mean),
                percent(interval(test).mean),
                percent_range(interval(test)),
                "-" if variant == HAND_SET else points(difference.mean),
                "-" if variant == HAND_SET else points_range(difference),
                f"{interval([run.seconds for run in runs]).mean:.1f}",
            )
        )
    return Table(heads, rows, title)


def tabulate_sizes(study: Study) -> Table:
    """Return the mean test accuracy in percent by variant and number of training images."""
    rows = [
        (name, *(percent(interval(values).mean) for values in by_size.values()))
        for name, by_size in study.accuracies().items()
    ]
    return Table([("test % after training on", *(f"{n:,}" for n in study.sizes))], rows)


def tabulate_robustness(study: Study) -> Table:
    """Return the mean test accuracy in percent of the main variants under every disturbance."""
    heads = [
        ("test % under", *(variant.name.partition(", ")[0] for variant in _DISTURBED)),
        ("", *(variant.name.partition(", ")[2] for variant in _DISTURBED)),
    ]
    clean = [study.of(variant) for variant in _DISTURBED]
    rows = [("nothing", *(_mean(run.test_accuracy for run in runs) for runs in clean))]
    for kind, strength in clean[0][0].robust:
        means = (_mean(run.robust[kind, strength] for run in runs) for runs in clean)
        rows.append((f"{kind} {strength:g}", *means))
    return Table(heads, rows)


def _mean(shares: Iterable[float]) -> str:
    return percent(interval(list(shares)).mean)


def tabulate_similarity(found: BankSimilarity) -> Table:
    """Return the bank's names that are nearest to learned filters most often."""
    rows = [
        (name, f"{100 * before:.0f}", f"{100 * after:.0f}") for name, before, after in found.names
    ]
    heads = [("nearest filter of the bank, % of", "random", "learned")]
    cosines = (f"{found.start.mean:.2f}", f"{found.learned.mean:.2f}")
    return Table(heads, [*rows, ("mean cosine with the nearest", *cosines)])


def tabulate_zeros(found: Sequence[ZeroResult], updates: int) -> Table:
    """Return what became of the filters of every start at or near zero."""
    heads = [
        (f"one seed, {updates:,} updates;", "largest", "largest", "differ", "differ", "test"),
        ("start", "gradient", "weight", f"after {EARLY}", "at the end", "%"),
    ]
    rows = []
    for result in found:
        values = (
            result.largest_gradient,
            result.largest_weight,
            result.early_difference,
            result.difference,
        )
        numbers = (f"{value:.2g}" for value in values)
        rows.append((result.start.name, *numbers, percent(result.test_accuracy)))
    return Table(heads, rows)


def list_results(studies: Iterable[Study]) -> list[dict[str, Any]]:
    """Return a row for each run; the same seeds give the same rows but for "seconds"."""
    return [_row(result) for study in studies for result in study.results]


def fingerprint_data(studies: Iterable[Study]) -> dict[str, str]:
    """Return one SHA-256 for each data set, of the images and labels of all seeds."""
    found = {}
    for study in studies:
        by_seed = {result.plan.seed: result.fingerprint for result in study.results}
        found[study.data] = sha256_of(by_seed.values())
    return found


def write_curves(path: Path, studies: Iterable[Study]) -> None:
    """Write the test accuracy after every epoch of the runs on whole training parts."""
    rows = [
        (run.plan.data, run.plan.variant.name, run.plan.seed, epoch, f"{accuracy:.6f}")
        for study in studies
        for run in study.results
        for epoch, accuracy in enumerate(run.curve, start=1)
    ]
    _write(path, CURVE_COLUMNS, rows)


def write_robustness(path: Path, studies: Iterable[Study]) -> None:
    """Write the accuracy of every run on a whole training part under every disturbance."""
    rows = [
        (
            run.plan.data,
            run.plan.variant.name,
            run.plan.seed,
            kind,
            f"{strength:g}",
            f"{accuracy:.6f}",
        )
        for study in studies
        for run in study.results
        for (kind, strength), accuracy in run.robust.items()
    ]
    _write(path, ROBUST_COLUMNS, rows)


def _row(run: RunResult) -> dict[str, Any]:
    return {
        "data": run.plan.data,
        "arm": run.plan.variant.name,
        "filters": run.plan.variant.filters,
        "filters_trained": run.plan.variant.trained,
        "thawed_after_share": run.plan.variant.thawed_after,
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
