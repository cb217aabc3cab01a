"""Plain words for measured numbers: every sentence depends on them, none is known before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minitorchcnn.laboratory.compare_filters.size_answers import (
    RIVALS,
    Accuracies,
    capital,
    from_how_many,
    when_hand_set_suffice,
)
from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    LEARNED_8,
    LEARNED_16,
    RANDOM,
    RANDOM_MANY,
    THAWED,
)
from minitorchcnn.report.statistics import Interval, paired, percent, points

#: An interval narrower than this is nothing but rounding.
_NONE = 1e-9

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
    if found.high - found.low < _NONE:
        limits = "the same with every seed, so chance cannot be judged"
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
        lines.append(f"{question} {capital(compared(name, other_name, found))}.")
    lines.insert(1, f"From how many images on? {from_how_many(accuracies)}")
    lines.append(f"When do hand-set filters suffice? {when_hand_set_suffice(accuracies)}")
    return lines


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
    asked = ("3 learned filters or 3 hand-set ones", "16 learned filters or the frozen bank")
    for (arm, rival, _), name in zip(RIVALS, asked, strict=True):
        parts = []
        for kind, strengths in kinds.items():
            key = kind, strengths[(len(strengths) - 1) // 2]
            found = paired(robust[rival.name][key], robust[arm.name][key])
            parts.append(f"under {kind} {key[1]:g}, {compared('learned', 'hand-set', found)}")
        lines.append(f"Which bear disturbances better, {name}? {capital('; '.join(parts))}.")
    return lines
