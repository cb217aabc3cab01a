"""How well drawn digits taught reading, and which digits fail, as tables and figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn import plots
from minitorchcnn.laboratory.transfer.runs import TITLES, Found, Reading, test_sets
from minitorchcnn.report.statistics import interval, percent, percent_range

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = """\
Trained on drawn digits only. The first interval is that of the mean over the seeds;
the second one says how sure so few images can be of a score. Ways of writing were
mended by the mistakes in the first half of the handwriting, so the second half is the
one to believe. It is not quite unseen: the first ways of writing were drawn, and the
normalisation to 8 x 8 pixels was chosen, with the whole set in view."""

_MISTAKES = 24
_CONFUSIONS = 3
_NORMAL = 1.959964  # 97.5 % quantile


def accuracies(found: Sequence[Found]) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the table of accuracies: one row for each set read."""
    heads = ["pixels", "digits", "images", "read %", "of seeds", "of images", "each seed"]
    rows = []
    for size in dict.fromkeys(one.plan.size for one in found):
        runs = [one for one in found if one.plan.size == size]
        for name in runs[0].readings:
            readings = [one.readings[name] for one in runs]
            shares = [reading.accuracy for reading in readings]
            mean, images = interval(shares), len(readings[0].labels)
            low, high = wilson(mean.mean, images)
            rows.append(
                [
                    f"{size} x {size}",
                    TITLES[name],
                    f"{images:,}",
                    percent(mean.mean),
                    percent_range(mean),
                    f"{percent(low)} .. {percent(high)}",
                    " ".join(percent(share) for share in shares),
                ]
            )
    return heads, rows


def wilson(share: float, images: int) -> tuple[float, float]:
    """Return the 95 % interval of a share that was found with so many images.

    Wilson's score interval, which stays inside [0, 1] near its ends.

    Examples
    --------
    >>> low, high = wilson(0.5, 100)
    >>> round(low, 3), round(high, 3)
    (0.404, 0.596)
    """
    squared = _NORMAL**2 / images
    middle = (share + squared / 2) / (1 + squared)
    spread = share * (1 - share) / images + squared / (4 * images)
    half = _NORMAL * math.sqrt(spread) / (1 + squared)
    return middle - half, middle + half


def judged(found: Sequence[Found]) -> list[str]:
    """Name the sets of people's digits whose mistakes are shown: those that nobody tuned on."""
    names = dict.fromkeys(name for one in found for name in one.readings)
    return [name for name in names if name in ("unseen", "judge")]


def title(name: str, seeds: int) -> str:
    """Say what was read, and by how many networks."""
    return TITLES[name] + (f", {seeds} seeds together" if seeds > 1 else "")


def digits(readings: Sequence[Reading]) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the table of digits: how often each is read, and as what else."""
    counts = confusion(readings)
    rows = []
    for digit, row in enumerate(counts):
        wrong = row.copy()
        wrong[digit] = 0
        order = np.argsort(-wrong, kind="stable")[:_CONFUSIONS]
        others = ", ".join(f"{other} ({wrong[other]})" for other in order if wrong[other])
        shown = percent(row[digit] / row.sum()) if row.sum() else "-"
        rows.append([str(digit), f"{row.sum():,}", shown, others or "-"])
    return ["digit", "read", "right %", "taken for (times)"], rows


def confusion(readings: Sequence[Reading]) -> np.ndarray:
    """Return counts (10, 10): row the digit, column the answer."""
    counts = np.zeros((10, 10), dtype=np.int64)
    for reading in readings:
        np.add.at(counts, (reading.labels, reading.answers), 1)
    return counts


def text_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as text: words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    # A column of numbers has a digit in front in every row.
    numbers = [all(cell[:1].isdigit() for cell in column) for column in zip(*rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        fields = zip(cells, widths, numbers, strict=True)
        return "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in fields).rstrip()

    return "\n".join([line(heads), "-" * len(line(["-" * w for w in widths])), *map(line, rows)])


def rows(found: Sequence[Found]) -> list[dict[str, Any]]:
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
        for one in found
        for name, reading in one.readings.items()
    ]


def figures(found: Sequence[Found], name: str) -> Iterator[tuple[str, Figure, str]]:
    """Yield figures of a set of people's digits, each with a name and a caption."""
    runs = [one for one in found if name in one.readings]
    counts = confusion([one.readings[name] for one in runs])
    words = title(name, len(runs))
    yield "confusion", plots.plot_confusion(counts, title=words).figure, f"Confusion: {words}."
    figure = mistakes(runs[0], name)
    if figure is not None:
        yield "mistakes", figure, "Mistakes that the first seed's network is surest of."


def mistakes(one: Found, name: str) -> Figure | None:
    """Draw the images that were read wrongly with most confidence; None if there are none."""
    from matplotlib.figure import Figure

    reading, (x, _) = one.readings[name], test_sets(one.plan)[name]
    wrong = np.flatnonzero(reading.answers != reading.labels)
    wrong = wrong[np.argsort(-reading.confidence[wrong], kind="stable")][:_MISTAKES]
    if not len(wrong):
        return None
    lines = -(-len(wrong) // 6)
    figure = Figure(figsize=(7.2, 1.5 * lines), layout="constrained")
    for ax in figure.subplots(lines, 6, squeeze=False).flat:
        ax.set_visible(False)
    for ax, i in zip(figure.axes, wrong, strict=False):
        ax.set_visible(True)
        plots.plot_image(x[i, 0], ax=ax, numbers=False)
        ax.set_title(f"{reading.labels[i]}, read as {reading.answers[i]}", fontsize=9)
    return figure
