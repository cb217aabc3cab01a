"""The comparison's numbers as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from minitorchcnn.laboratory.compare_filters.similarity import Likeness
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import (
    ARMS,
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

_DISTURBED = (HAND_SET, HAND_SET_TRAINED, LEARNED, LEARNED_16, BANK, RANDOM_MANY)


def arms_table(study: Study) -> Table:
    """Return the table of all arms, trained on the whole training part."""
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
    for arm in ARMS:
        runs = study.of(arm)
        test = [run.test_accuracy for run in runs]
        difference = paired(test, [run.test_accuracy for run in first])
        rows.append(
            (
                arm.name,
                f"{runs[0].parameters_trained:,}",
                f"{runs[0].plan.learning_rate:g}",
                percent(interval([run.train_accuracy for run in runs]).mean),
                percent(interval(test).mean),
                percent_range(interval(test)),
                "-" if arm == HAND_SET else points(difference.mean),
                "-" if arm == HAND_SET else points_range(difference),
                f"{interval([run.seconds for run in runs]).mean:.1f}",
            )
        )
    return Table(heads, rows, title)


def sizes_table(study: Study) -> Table:
    """Return the mean test accuracy in percent by arm and number of training images."""
    rows = [
        (name, *(percent(interval(values).mean) for values in by_size.values()))
        for name, by_size in study.accuracies().items()
    ]
    return Table([("test % after training on", *(f"{n:,}" for n in study.sizes))], rows)


def robust_table(study: Study) -> Table:
    """Return the mean test accuracy in percent of the main arms under every disturbance."""
    heads = [
        ("test % under", *(arm.name.partition(", ")[0] for arm in _DISTURBED)),
        ("", *(arm.name.partition(", ")[2] for arm in _DISTURBED)),
    ]
    clean = [study.of(arm) for arm in _DISTURBED]
    rows = [("nothing", *(_mean(run.test_accuracy for run in runs) for runs in clean))]
    for kind, strength in clean[0][0].robust:
        means = (_mean(run.robust[kind, strength] for run in runs) for runs in clean)
        rows.append((f"{kind} {strength:g}", *means))
    return Table(heads, rows)


def _mean(shares: Iterable[float]) -> str:
    return percent(interval(list(shares)).mean)


def likeness_table(found: Likeness) -> Table:
    """Return the bank's names that are nearest to learned filters most often."""
    rows = [
        (name, f"{100 * before:.0f}", f"{100 * after:.0f}") for name, before, after in found.names
    ]
    heads = [("nearest filter of the bank, % of", "random", "learned")]
    cosines = (f"{found.start.mean:.2f}", f"{found.learned.mean:.2f}")
    return Table(heads, [*rows, ("mean cosine with the nearest", *cosines)])


def zeros_table(found: Sequence[ZeroResult], updates: int) -> Table:
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
