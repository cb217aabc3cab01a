"""What drawn digits taught: accuracies, which digits fail, and the report's figures."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn import datasets, plots
from minitorchcnn.laboratory.processes import parallel_map
from minitorchcnn.laboratory.transfer.runs import (
    TITLES,
    Reading,
    TransferPlan,
    TransferRun,
    load_scans,
    load_test_sets,
    run,
)
from minitorchcnn.plots.canvas import root_figure
from minitorchcnn.report.experiment_report import ExperimentReport
from minitorchcnn.report.provenance import fingerprint
from minitorchcnn.report.statistics import (
    confusion_matrix,
    interval,
    percent,
    percent_range,
    wilson,
)
from minitorchcnn.report.text_table import Table
from minitorchcnn.storage.hashing import sha256_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = """\
Trained on drawn digits only. The first interval is that of the mean over the seeds;
the second one says how sure so few images can be of a score. Ways of writing were
mended by the mistakes in the first half of the handwriting, so the second half is the
one to believe. It is not quite unseen: the first ways of writing were drawn, and the
normalisation to 8 x 8 pixels was chosen, with the whole set in view."""

_SPEED_IMAGES = 10_000
_MISTAKES = 24
_CONFUSIONS = 3


def run_and_report(
    plans: Sequence[TransferPlan], output: Path, jobs: int, command: str
) -> list[TransferRun]:
    """Train as planned, print the tables, and write the report and the first seed's networks.

    Parameters
    ----------
    plans : sequence of TransferPlan
        Those of one size together, each with the same seeds.
    output : Path
        Folder, made if missing.
    jobs : int
        Processes; the results do not depend on it.
    command : str
        What to type to run it again.
    """
    if plans[0].judge is not None:
        load_scans(plans[0].judge)  # a file that cannot be judged is refused before the work begins
    generator = describe_generator(_SPEED_IMAGES)
    print(f"\n{generator}\n")
    runs = parallel_map(run, plans, jobs, "training")
    seeds = sorted({plan.seed for plan in plans})
    x, y = datasets.handwriting()
    data = fingerprint({"handwriting, images": x, "handwriting, labels": y})
    title = "Drawn digits teach reading handwriting"
    report = ExperimentReport(output, title, command, seeds, data)
    # Times differ from run to run: the report keeps the hash only.
    report.add_text(generator.splitlines()[1])
    print(_fill(report, runs))
    for one in runs:
        if one.plan.seed == seeds[0]:
            one.model().save(output / f"drawn_{one.plan.size}.safetensors")
    digest = report.write(_rows(runs))
    print(f"Written into {output}: report.html, results.csv, figures, the first seed's networks")
    print(f"SHA-256 of the results: {digest}")
    return runs


def describe_generator(images: int) -> str:
    """Draw digits with the default arguments; return how long it took and the hash, as text."""
    datasets.synthetic_digits(10, seed=1)  # what is loaded once is not counted
    start, work = time.perf_counter(), time.process_time()
    x, y = datasets.synthetic_digits(images)
    seconds, work = time.perf_counter() - start, time.process_time() - work
    ink = (x + 1) / 2
    return (
        f"{images:,} digits of 28 x 28 pixels drawn in {seconds:.1f} seconds, "
        f"{work:.1f} of them work of a core.\n"
        f"SHA-256 {sha256_of([x, y])}; mean ink {ink.mean():.3f}, "
        f"standard deviation {ink.std():.3f}."
    )


def _fill(report: ExperimentReport, runs: Sequence[TransferRun]) -> str:
    """Put tables and figures into the report; return the tables as text."""
    table = tabulate_accuracies(runs)
    report.add_table(table.columns, table.rows, CAPTION)
    parts = [str(table), CAPTION]
    # those of people's digits that nobody tuned on
    for name in ("unseen", "judge"):
        read = [one for one in runs if name in one.readings]
        if not read:
            continue
        words = TITLES[name] + (f", {len(read)} seeds together" if len(read) > 1 else "")
        table = tabulate_digits([one.readings[name] for one in read])
        report.add_heading(f"Which digits fail: {words}")
        report.add_table(table.columns, table.rows)
        for kind, figure, caption in _figures(read, name, words):
            report.add_figure(figure, caption, name=f"{name}_{kind}")
        parts.append(f"Which digits fail: {words}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def tabulate_accuracies(runs: Sequence[TransferRun]) -> Table:
    """Return the table of accuracies: one row for each set read."""
    heads = ["pixels", "digits", "images", "read %", "of seeds", "of images", "each seed"]
    rows = []
    for size in dict.fromkeys(one.plan.size for one in runs):
        of_size = [one for one in runs if one.plan.size == size]
        for name in of_size[0].readings:
            readings = [one.readings[name] for one in of_size]
            shares = [reading.accuracy for reading in readings]
            mean, images = interval(shares), len(readings[0].labels)
            low, high = wilson(mean.mean, images)
            rows.append(
                [
                    *(f"{size} x {size}", TITLES[name], f"{images:,}"),
                    *(percent(mean.mean), percent_range(mean)),
                    f"{percent(low)} .. {percent(high)}",
                    " ".join(map(percent, shares)),
                ]
            )
    return Table([heads], rows, sides="><>>>>>")


def tabulate_digits(readings: Sequence[Reading]) -> Table:
    """Return the table of digits: how often each is read, and as what else."""
    rows = []
    for digit, row in enumerate(_confusion(readings)):
        wrong = row.copy()
        wrong[digit] = 0
        order = np.argsort(-wrong, kind="stable")[:_CONFUSIONS]
        others = ", ".join(f"{other} ({wrong[other]})" for other in order if wrong[other])
        shown = percent(row[digit] / row.sum()) if row.sum() else "-"
        rows.append([str(digit), f"{row.sum():,}", shown, others or "-"])
    return Table([["digit", "read", "right %", "taken for (times)"]], rows, sides=">>><")


def _confusion(readings: Sequence[Reading]) -> np.ndarray:
    labels, answers = (
        np.concatenate([getattr(reading, name) for reading in readings])
        for name in ("labels", "answers")
    )
    return confusion_matrix(labels, answers, 10)


def _rows(runs: Sequence[TransferRun]) -> list[dict[str, Any]]:
    """Return the rows of results.csv: one for each network and set."""
    return [
        {
            "pixels": one.plan.size,
            "seed": one.plan.seed,
            "training_images": one.plan.images,
            "epochs": one.plan.epochs,
            "digits": name,
            "images": len(reading.labels),
            "accuracy": reading.accuracy,
            "seconds": one.seconds,
        }
        for one in runs
        for name, reading in one.readings.items()
    ]


def _figures(
    runs: Sequence[TransferRun], name: str, words: str
) -> Iterator[tuple[str, Figure, str]]:
    """Yield figures of a set of people's digits, each with a name and a caption."""
    counts = _confusion([one.readings[name] for one in runs])
    axes = plots.plot_confusion(counts, title=words)
    yield "confusion", root_figure(axes), f"Confusion: {words}."
    first = runs[0].readings[name]
    if first.accuracy < 1:
        x, _ = load_test_sets(runs[0].plan)[name]
        axes = plots.plot_mistakes(x, first.labels, first.probabilities, most=_MISTAKES)
        yield "mistakes", root_figure(axes), "Mistakes that the first seed's network is surest of."
