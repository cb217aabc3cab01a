"""Plain words for how much data it takes until learned filters pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    LEARNED,
    LEARNED_16,
    Arm,
)
from minitorchcnn.report.statistics import Interval, paired, points

Accuracies = Mapping[str, Mapping[int, Sequence[float]]]

#: Hand-set filters, the learned ones they must stand up to, and how they are called.
RIVALS = (
    (HAND_SET, LEARNED, "three of them (beside 3 learned ones)"),
    (BANK, LEARNED_16, "the whole bank (beside 16 learned ones)"),
)

#: What is meant by sufficing: no proof that both are equal, which few seeds cannot give.
MEANING = (
    "Hand-set filters are said to suffice where learned ones are not measurably better. In "
    "brackets stand the points by which learned ones may be better all the same, the upper end "
    "of the 95 % interval."
)


def from_how_many(accuracies: Accuracies) -> str:
    """Say at which numbers of training images learned filters are ahead of hand-set ones."""
    found = _by_size(accuracies, LEARNED, HAND_SET)
    ahead, behind = _ahead(found), [n for n, difference in found.items() if difference.high < 0]
    open_ = [n for n in found if n not in ahead and n not in behind]
    parts = [
        f"{word} with {_listed([f'{n:,}' for n in numbers])}"
        for word, numbers in [
            ("learned filters are ahead", ahead),
            ("hand-set ones are ahead", behind),
            ("it cannot be told", open_),
        ]
        if numbers
    ]
    return f"{capital('; '.join(parts))} training images."


def when_hand_set_suffice(accuracies: Accuracies) -> str:
    """Say with how many training images learned filters are not measurably better.

    Parameters
    ----------
    accuracies : mapping
        Test accuracies in [0, 1] by arm's name and number of training images, by seed.
    """
    if _single(accuracies):
        return "One seed cannot tell."
    parts = [f"{name} {_enough(accuracies, arm, rival)}" for arm, rival, name in RIVALS]
    return f"{capital('; '.join(parts))}."


def across(accuracies: Mapping[str, Accuracies]) -> list[str]:
    """Say over all data sets when hand-set filters suffice, and from where learned ones win.

    Parameters
    ----------
    accuracies : mapping of str to Accuracies
        By data set.

    Returns
    -------
    list of str
        Empty where a single seed proves nothing.
    """
    if any(_single(found) for found in accuracies.values()):
        return []
    lines = []
    for arm, rival, name in RIVALS:
        enough = (f"on {data} {_enough(found, arm, rival)}" for data, found in accuracies.items())
        wins = (f"on {data} {_wins_from(found, arm, rival)}" for data, found in accuracies.items())
        lines.append(f"When do hand-set filters suffice, {name}? {capital('; '.join(enough))}.")
        lines.append(
            f'From how many training images on is "{rival.name}" ahead of "{arm.name}"? '
            f"{capital('; '.join(wins))}."
        )
    return lines


def capital(text: str) -> str:
    """Return the text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _enough(accuracies: Accuracies, arm: Arm, rival: Arm) -> str:
    found = _by_size(accuracies, rival, arm)
    better = [f"{n:,}" for n in _ahead(found)]
    enough = [f"{n:,} ({_room(d)})" for n, d in found.items() if d.low <= 0]
    if not better:
        return f"with every number of training images tried, {_listed(enough)}"
    if not enough:
        return f"with none of the numbers of training images tried, {_listed(better)}"
    return f"with {_listed(enough)} training images, but not with {_listed(better)}"


def _room(difference: Interval) -> str:
    """Say by how much learned filters may be better where they are not measurably so."""
    return "they are ahead" if difference.high < 0 else points(difference.high)


def _wins_from(accuracies: Accuracies, arm: Arm, rival: Arm) -> str:
    better = _ahead(_by_size(accuracies, rival, arm))
    sizes = sorted(accuracies[arm.name])
    steady = [n for n in sizes if all(larger in better for larger in sizes if larger >= n)]
    if not steady:
        return f"not even with {sizes[-1]:,}"
    return f"from {steady[0]:,}{', the fewest tried' * (steady[0] == sizes[0])}"


def _by_size(accuracies: Accuracies, arm: Arm, other: Arm) -> dict[int, Interval]:
    """Return an arm's accuracy minus another's, by number of images, fewest first."""
    values, others = accuracies[arm.name], accuracies[other.name]
    return {n: paired(values[n], others[n]) for n in sorted(values)}


def _ahead(found: Mapping[int, Interval]) -> list[int]:
    return [n for n, difference in found.items() if difference.low > 0]


def _single(accuracies: Accuracies) -> bool:
    return any(len(values) < 2 for values in accuracies[LEARNED.name].values())


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
