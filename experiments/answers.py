"""Plain words for measured numbers: every sentence depends on them, none is known before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minitorchcnn.experiments.arms import (
    BANK,
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    LEARNED_8,
    LEARNED_16,
    RANDOM,
    RANDOM_MANY,
    THAWED,
    Arm,
)
from minitorchcnn.experiments.intervals import Interval, paired, percent, points

Accuracies = Mapping[str, Mapping[int, Sequence[float]]]

_QUESTIONS = (
    ("Hand-set or learned?", LEARNED, "learned filters", HAND_SET, "hand-set ones"),
    ("Train hand-set ones further?", HAND_SET_TRAINED, "trained", HAND_SET, "frozen"),
    (
        "Leave them frozen for a third of the training?",
        THAWED,
        "thawed then",
        HAND_SET_TRAINED,
        "trained from the start",
    ),
    ("Start learning from hand-set ones?", HAND_SET_TRAINED, "hand-set", LEARNED, "random"),
    ("A person's choice or chance, both frozen?", HAND_SET, "hand-set", RANDOM, "random"),
    ("More learned filters?", LEARNED_8, "8", LEARNED, "3"),
    ("Still more?", LEARNED_16, "16", LEARNED_8, "8"),
    ("The whole bank instead of three?", BANK, "the bank", HAND_SET, "three hand-set ones"),
    ("The bank or many learned filters?", LEARNED_16, "16 learned ones", BANK, "the frozen bank"),
    ("The bank or as many random ones, frozen?", BANK, "the bank", RANDOM_MANY, "random ones"),
)

#: Hand-set filters, the learned ones they must stand up to, and how they are called.
_RIVALS = (
    (HAND_SET, LEARNED, "three of them (beside 3 learned ones)"),
    (BANK, LEARNED_16, "the whole bank (beside 16 learned ones)"),
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
    lines.append(f"When do hand-set filters suffice? {when_hand_set_suffice(accuracies)}")
    return lines


def from_how_many(accuracies: Accuracies) -> str:
    """Say at which numbers of training images learned filters are ahead of hand-set ones."""
    ahead, behind, open_ = _sorted_sizes(accuracies, LEARNED, HAND_SET)
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


def when_hand_set_suffice(accuracies: Accuracies) -> str:
    """Say with how many training images learned filters are not measurably better."""
    if any(len(values) < 2 for values in accuracies[LEARNED.name].values()):
        return "One seed cannot tell."
    parts = [f"{name} {_enough(accuracies, arm, rival)}" for arm, rival, name in _RIVALS]
    return (
        f"Where learned filters are not measurably better, they do: {'; '.join(parts)}. Beside "
        f"more filters than that, see the rows above."
    )


def _enough(accuracies: Accuracies, arm: Arm, rival: Arm) -> str:
    better, *others = _sorted_sizes(accuracies, rival, arm)
    enough = sorted(n for sizes in others for n in sizes)
    if not better:
        return f"with every number of training images tried ({_listed(enough)})"
    if not enough:
        return f"with none of the numbers of training images tried ({_listed(better)})"
    return f"with {_listed(enough)} training images, but not with {_listed(better)}"


def _sorted_sizes(
    accuracies: Accuracies, arm: Arm, other: Arm
) -> tuple[list[int], list[int], list[int]]:
    """Return the numbers of images with which an arm is ahead, behind, or neither."""
    values, others = accuracies[arm.name], accuracies[other.name]
    found = {n: paired(values[n], others[n]) for n in sorted(values)}
    ahead = [n for n, difference in found.items() if difference.low > 0]
    behind = [n for n, difference in found.items() if difference.high < 0]
    return ahead, behind, [n for n in found if n not in ahead and n not in behind]


def in_short(
    differences: Mapping[str, Interval],
    name: str = "learned filters",
    other: str = "hand-set ones",
) -> str:
    """Say in one sentence whether learned filters beat hand-set ones, over all data sets.

    Parameters
    ----------
    differences : mapping of str to Interval
        By data set: accuracy of learned minus hand-set filters, paired, as shares.
    name, other : str
        How the two are called.
    """
    parts = [f"on {data}, {compared(name, other, found)}" for data, found in differences.items()]
    return f"In short: {'; '.join(parts)}."


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
    if any(len(v) < 2 for found in accuracies.values() for v in found[LEARNED.name].values()):
        return []
    lines = []
    for arm, rival, name in _RIVALS:
        enough = (f"on {data} {_enough(found, arm, rival)}" for data, found in accuracies.items())
        wins = (f"on {data} {_wins_from(found, arm, rival)}" for data, found in accuracies.items())
        lines.append(f"When do hand-set filters suffice, {name}? {_capital('; '.join(enough))}.")
        lines.append(
            f"From how many images on do learned ones win there? {_capital('; '.join(wins))}."
        )
    return lines


def _wins_from(accuracies: Accuracies, arm: Arm, rival: Arm) -> str:
    better, *_ = _sorted_sizes(accuracies, rival, arm)
    sizes = sorted(accuracies[arm.name])
    steady = [n for n in sizes if all(larger in better for larger in sizes if larger >= n)]
    if not steady:
        return f"not even with {sizes[-1]:,}"
    return f"from {steady[0]:,}{', the fewest tried' * (steady[0] == sizes[0])}"


def robust_answer(
    robust: Mapping[str, Mapping[tuple[str, float], Sequence[float]]],
) -> list[str]:
    """Say which of two rivals bears disturbances better, at the middle strength of each kind.

    Parameters
    ----------
    robust : mapping
        Test accuracies in [0, 1] by arm's name and (kind, strength), by seed.

    Returns
    -------
    list of str
        One for each pair of rivals.
    """
    kinds: dict[str, list[float]] = {}
    for kind, strength in robust[HAND_SET.name]:
        kinds.setdefault(kind, []).append(strength)
    lines = []
    for arm, rival, name in (
        (HAND_SET, LEARNED, "3 learned filters or 3 hand-set ones"),
        (BANK, LEARNED_16, "16 learned filters or the frozen bank"),
    ):
        parts = []
        for kind, strengths in kinds.items():
            key = kind, strengths[(len(strengths) - 1) // 2]
            found = paired(robust[rival.name][key], robust[arm.name][key])
            parts.append(f"under {kind} {key[1]:g}, {compared('learned', 'hand-set', found)}")
        lines.append(f"Which bear disturbances better, {name}? {_capital('; '.join(parts))}.")
    return lines


def _listed(numbers: Sequence[int]) -> str:
    words = [f"{number:,}" for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
