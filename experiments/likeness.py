"""What learned filters become: the bank's nearest names, beside what chance would score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from minitorchcnn.experiments.intervals import Interval, interval, paired

from minitorchcnn import filters

#: How many names are told.
_MOST = 5


@dataclass(frozen=True)
class Likeness:
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


def likeness(films: Sequence[np.ndarray]) -> Likeness:
    """Compare filters with the bank before and after training.

    Parameters
    ----------
    films : sequence of ndarray, shape (epochs + 1, filters, channels, height, width)
        One for each seed; the first and the last frame count.

    Returns
    -------
    Likeness
    """
    before = [[_named(weight) for weight in film[0]] for film in films]
    after = [[_named(weight) for weight in film[-1]] for film in films]
    start, learned = ([_mean(found) for found in frames] for frames in (before, after))
    counts = [Counter(name for found in frames for name, _ in found) for frames in (before, after)]
    total = counts[1].total()
    return Likeness(
        start=interval(start),
        learned=interval(learned),
        gain=paired(learned, start),
        names=[
            (name, counts[0][name] / total, count / total)
            for name, count in counts[1].most_common(_MOST)
        ],
        kept=float(np.mean([_kept(film) for film in films])),
    )


def likeness_answer(found: Likeness, what: str) -> str:
    """Say what learned filters became.

    Parameters
    ----------
    found : Likeness
    what : str
        The filters, such as "16 learned filters of each seed".
    """
    gain = f"{found.gain.mean:+.2f}"
    if not found.gain.known:
        verdict = f"{gain}, but one seed proves nothing"
    else:
        limits = f"95 % interval {found.gain.low:+.2f} to {found.gain.high:+.2f}"
        if found.gain.low > 0:
            verdict = f"{gain}, {limits}: a little of what a person would draw is in them"
        elif found.gain.high < 0:
            verdict = f"{gain}, {limits}: they went away from what a person would draw"
        else:
            verdict = f"{gain}, {limits}: it cannot be told from chance"
    names = ", ".join(
        f"{name.replace('_', ' ')} {100 * after:.0f} % ({100 * before:.0f} % at the start)"
        for name, before, after in found.names[:3]
    )
    return (
        f"What do learned filters become? The {what} have a mean cosine of "
        f"{found.learned.mean:.2f}, sign left aside, with the nearest filter of the bank; the "
        f"random ones they grew from had {found.start.mean:.2f} ({verdict}). Their cosine with "
        f"what they were at the start is {found.kept:.2f}. Nearest names: {names}."
    )


def _named(weight: np.ndarray) -> tuple[str, float]:
    name, cosine = filters.nearest(weight)
    return name, abs(cosine)


def _mean(found: Sequence[tuple[str, float]]) -> float:
    return sum(cosine for _, cosine in found) / len(found)


def _kept(film: np.ndarray) -> float:
    flat = film[[0, -1]].reshape(2, film.shape[1], -1).astype(np.float64)
    lengths = np.linalg.norm(flat, axis=2).prod(axis=0)
    return float(np.abs((flat[0] * flat[1]).sum(axis=1) / lengths).mean())
