"""Plain words for measured numbers: every sentence depends on them, none is known before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minitorchcnn.experiments.arms import (
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    LEARNED_8,
    LEARNED_16,
    RANDOM,
)
from minitorchcnn.experiments.intervals import Interval, paired, percent, points
from minitorchcnn.experiments.zeros import EARLY, ZeroResult

Accuracies = Mapping[str, Mapping[int, Sequence[float]]]

#: Filters closer than this after a few updates are equal but for rounding.
_EQUAL = 1e-4

_QUESTIONS = (
    ("Hand-set or learned?", LEARNED, "learned filters", HAND_SET, "hand-set ones"),
    ("Train hand-set ones further?", HAND_SET_TRAINED, "trained", HAND_SET, "frozen"),
    ("Start learning from hand-set ones?", HAND_SET_TRAINED, "hand-set", LEARNED, "random"),
    ("A person's choice or chance, both frozen?", HAND_SET, "hand-set", RANDOM, "random"),
    ("More learned filters?", LEARNED_8, "8", LEARNED, "3"),
    ("Still more?", LEARNED_16, "16", LEARNED_8, "8"),
)


def compared(name: str, other: str, found: Interval) -> str:
    """Say which of two is better, or that it cannot be told.

    Parameters
    ----------
    name, other : str
    found : Interval
        Of accuracy of `name` minus accuracy of `other`, paired, as shares.

    Returns
    -------
    str
        Ends without a full stop.
    """
    if not found.known:
        return f"{name} minus {other}: {points(found.mean)} points, but one seed proves nothing"
    limits = f"95 % interval {points(found.low)} to {points(found.high)}"
    if found.low > 0:
        return f"{name}: {percent(found.mean)} points better than {other} ({limits})"
    if found.high < 0:
        return f"{name}: {percent(-found.mean)} points worse than {other} ({limits})"
    return f"cannot be told: {name} minus {other} is {points(found.mean)} points ({limits})"


def answers(accuracies: Accuracies) -> list[str]:
    """Answer the experiment's questions for one data set.

    Parameters
    ----------
    accuracies : mapping
        Test accuracies in [0, 1] by arm's name and number of training images, by seed.

    Returns
    -------
    list of str
        One for each question.
    """
    whole = max(next(iter(accuracies.values())))
    lines = []
    for question, arm, name, other, other_name in _QUESTIONS:
        found = paired(accuracies[arm.name][whole], accuracies[other.name][whole])
        lines.append(f"{question} {_capital(compared(name, other_name, found))}.")
    lines.insert(1, f"From how many images on? {from_how_many(accuracies)}")
    return lines


def from_how_many(accuracies: Accuracies) -> str:
    """Say at which numbers of training images learned filters are ahead of hand-set ones."""
    learned, hand_set = accuracies[LEARNED.name], accuracies[HAND_SET.name]
    found = {n: paired(learned[n], hand_set[n]) for n in sorted(learned)}
    ahead = [n for n, difference in found.items() if difference.low > 0]
    behind = [n for n, difference in found.items() if difference.high < 0]
    open_ = [n for n in found if n not in ahead and n not in behind]
    parts = [
        f"{word} with {_listed(numbers)}"
        for word, numbers in [
            ("learned filters are ahead", ahead),
            ("hand-set ones are ahead", behind),
            ("it cannot be told", open_),
        ]
        if numbers
    ]
    return f"{_capital('; '.join(parts))} training images."


def zeros_answer(
    gradients: Sequence[float], changes: Sequence[float], accuracies: Sequence[float]
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
    """
    accuracy = percent(sum(accuracies) / len(accuracies))
    if max(gradients) == 0 and max(changes) == 0:
        return (
            f"Will zeros do? No. In all {len(changes)} runs the filters' gradient was exactly 0 "
            f"and the filters are still exactly 0; test accuracy {accuracy} %, where guessing "
            f"gives 10 %. Filters of zeros answer 0 everywhere, ReLU'(0) = 0 lets no gradient "
            f"through to them, and so they stay: only the Dense layer's biases learn."
        )
    return (
        f"Will zeros do? Here they moved: the filters' gradient reached {max(gradients):.3g}, "
        f"the filters changed by up to {max(changes):.3g}; test accuracy {accuracy} %."
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
        )
    if equal and others:
        text += f"From the other starts they differ by {min(others):.2g} or more by then."
    return text.strip()


def in_short(differences: Mapping[str, Interval]) -> str:
    """Say in one sentence whether learned filters beat hand-set ones, over all data sets.

    Parameters
    ----------
    differences : mapping of str to Interval
        By data set: accuracy of learned minus hand-set filters, paired, as shares.
    """
    parts = [
        f"on {name}, {compared('learned filters', 'hand-set ones', found)}"
        for name, found in differences.items()
    ]
    return f"In short: {'; '.join(parts)}."


def _listed(numbers: Sequence[int]) -> str:
    words = [f"{number:,}" for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
