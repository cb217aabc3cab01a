"""What learned filters become: the bank's nearest names, beside what chance would score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from minitorchcnn import filters
from minitorchcnn.report.statistics import Interval, interval, paired

#: How many names are told.
_MOST = 5


@dataclass(frozen=True)
class BankSimilarity:
    """How filters resemble the bank before and after training.

    Attributes
    ----------
    start, learned : Interval
        Mean of the absolute cosine with the nearest filter of the bank, over seeds; random
        filters at the start, so `start` is what chance scores.
    gain : Interval
        learned - start, seed by seed.
    names : list of (str, float, float)
        The most frequent nearest names after training, with their shares of all filters at the
        start and after.
    kept : float
        Mean absolute cosine between a filter and what it was at the start.
    """

    start: Interval
    learned: Interval
    gain: Interval
    names: list[tuple[str, float, float]]
    kept: float


def measure_similarity(histories: Sequence[np.ndarray]) -> BankSimilarity:
    """Compare filters with the bank before and after training.

    Parameters
    ----------
    histories : sequence of ndarray, shape (epochs + 1, filters, channels, height, width)
        One for each seed; the first and the last frame count.
    """
    before = [[_named(weight) for weight in history[0]] for history in histories]
    after = [[_named(weight) for weight in history[-1]] for history in histories]
    start, learned = ([_mean(found) for found in frames] for frames in (before, after))
    counts = [Counter(name for found in frames for name, _ in found) for frames in (before, after)]
    total = counts[1].total()
    return BankSimilarity(
        start=interval(start),
        learned=interval(learned),
        gain=paired(learned, start),
        names=[
            (name, counts[0][name] / total, count / total)
            for name, count in counts[1].most_common(_MOST)
        ],
        kept=float(np.mean([_kept(history) for history in histories])),
    )


def answer_similarity(found: BankSimilarity, what: str) -> str:
    """Say what learned filters became.

    Parameters
    ----------
    what : str
        The filters, such as "16 learned filters of each seed".
    """
    names = ", ".join(
        f"{_plain(name)} {100 * after:.0f} % ({100 * before:.0f} % at the start)"
        for name, before, after in found.names[:3]
    )
    return (
        f"What do learned filters become? The {what} have a mean cosine of "
        f"{found.learned.mean:.2f}, sign left aside, with the nearest filter of the bank; the "
        f"random ones they grew from had {found.start.mean:.2f} ({_verdict(found.gain)}). Their "
        f"cosine with what they were at the start is {found.kept:.2f}. Nearest names: {names}."
    )


def summarize_similarity(found: Mapping[str, BankSimilarity]) -> str:
    """Say in a few sentences what learned filters became, over all data sets.

    Parameters
    ----------
    found : mapping of str to BankSimilarity
        By data set.
    """
    verdicts: dict[str, list[str]] = {}
    for data, one in found.items():
        cosines = f"{data} ({one.start.mean:.2f}, {one.learned.mean:.2f})"
        verdicts.setdefault(_side(one.gain), []).append(cosines)
    moved = "; ".join(f"{verdict} on {', '.join(data)}" for verdict, data in verdicts.items())
    names = ", ".join(
        f"{_plain(one.names[0][0])} on {data} ({100 * one.names[0][2]:.0f} %)"
        for data, one in found.items()
    )
    kept = ", ".join(f"{one.kept:.2f} on {data}" for data, one in found.items())
    return (
        f"What do learned filters become? By the mean cosine with the nearest filter of the bank, "
        f"before and after training, {moved}. The most frequent nearest names are {names}. The "
        f"cosine with what they were at the start is {kept}: near 1 means that they hardly turned."
    )


def _side(gain: Interval) -> str:
    if gain.low > 0:
        return "they came nearer to it"
    return "they went away from it" if gain.high < 0 else "it cannot be told from chance"


def _verdict(gain: Interval) -> str:
    """Say whether filters came nearer to the bank, no more than that."""
    if not gain.known:
        return f"{gain.mean:+.2f}, but one seed proves nothing"
    limits = f"{gain.mean:+.2f}, 95 % interval {gain.low:+.2f} to {gain.high:+.2f}"
    if gain.low > 0:
        return f"{limits}: a little nearer to what a person would draw than chance is"
    if gain.high < 0:
        return f"{limits}: they went away from what a person would draw"
    return f"{limits}: it cannot be told from chance"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _named(weight: np.ndarray) -> tuple[str, float]:
    name, cosine = filters.nearest(weight)
    return name, abs(cosine)


def _mean(found: Sequence[tuple[str, float]]) -> float:
    return sum(cosine for _, cosine in found) / len(found)


def _kept(history: np.ndarray) -> float:
    flat = history[[0, -1]].reshape(2, history.shape[1], -1).astype(np.float64)
    lengths = np.linalg.norm(flat, axis=2).prod(axis=0)
    return float(np.abs((flat[0] * flat[1]).sum(axis=1) / lengths).mean())
