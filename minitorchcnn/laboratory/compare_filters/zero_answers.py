"""Plain words for what filters did that started at zero."""

from __future__ import annotations

from collections.abc import Sequence

from minitorchcnn.laboratory.compare_filters.zero_init import EARLY, ZeroResult
from minitorchcnn.report.statistics import percent

#: Filters closer than this after a few updates are equal but for rounding.
_EQUAL = 1e-4

_WHY = (
    "they answer 0 everywhere, ReLU'(0) = 0 lets no gradient through to them, and so they stay; "
    "only the Dense layer's biases learn"
)


def zeros_answer(
    gradients: Sequence[float],
    changes: Sequence[float],
    accuracies: Sequence[float],
    classes: int = 10,
) -> str:
    """Say what filters of zeros did.

    Parameters
    ----------
    gradients : sequence of float
        Norms of the filters' gradient, of all runs, before and after training.
    changes : sequence of float
        Norms of the change of the filters.
    accuracies : sequence of float
        Test accuracies in [0, 1].
    classes : int
        Equally frequent ones.
    """
    accuracy = percent(sum(accuracies) / len(accuracies))
    if max(gradients) == 0 and max(changes) == 0:
        return (
            f"Will zeros do? No. In all {len(changes)} runs the filters' gradient was exactly 0 "
            f"and the filters are still exactly 0; test accuracy {accuracy} %, where guessing "
            f"gives {100 / classes:.0f} %. Why: {_WHY}."
        )
    return (
        f"Will zeros do? Here they moved: the filters' gradient reached {max(gradients):.3g}, "
        f"the filters changed by up to {max(changes):.3g}; test accuracy {accuracy} %."
    )


def zeros_in_short(changes: Sequence[float]) -> str:
    """Say in one sentence what filters of zeros do, and why, over all data sets.

    Parameters
    ----------
    changes : sequence of float
        Norms of the change of the filters, of all runs.
    """
    stayed = sum(change == 0 for change in changes)
    why = f": {_WHY}" if stayed == len(changes) else ""
    return (
        f"What do zeros do? Filters of zeros were still exactly zero in {stayed} of "
        f"{len(changes)} runs{why}."
    )


def starts_answer(found: Sequence[ZeroResult]) -> str:
    """Say which starts got away from zero, and which left the filters equal for a while."""
    stuck = [r.start.name for r in found if r.largest_weight == 0]
    free = [r.start.name for r in found if r.largest_weight > 0]
    text = ""
    if stuck:
        text += f"Stuck at 0 for ever: {'; '.join(stuck)}. "
    if free:
        text += f"Learned: {'; '.join(free)}. "
    equal = [r for r in found if r.largest_weight > 0 and r.early_difference < _EQUAL]
    others = [r.early_difference for r in found if r.early_difference >= _EQUAL]
    for r in equal:
        text += (
            f"From {r.start.name}, all filters get the same gradient: after {EARLY} updates they "
            f"differ by {r.early_difference:.0e} only, which is rounding; it grew to "
            f"{r.difference:.2g} by the end. "
            if r.difference
            else f"From {r.start.name}, all filters get the same gradient and are exactly equal "
            f"to the end: one filter, so many times. "
        )
    if equal and others:
        text += f"From the other starts they differ by {min(others):.2g} or more by then."
    return text.strip()
