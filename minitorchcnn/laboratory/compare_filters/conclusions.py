"""Plain words for measured numbers: every sentence depends on them, none is known before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    Variant,
)
from minitorchcnn.report.statistics import Interval, paired, percent, points

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


def describe_difference(name: str, other: str, found: Interval) -> str:
    """Say which of two is better, or that it cannot be told.

    Parameters
    ----------
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


def answer_questions(accuracies: Accuracies) -> list[str]:
    """Answer the experiment's questions for one data set.

    Parameters
    ----------
    accuracies : mapping
        Test accuracies in [0, 1] by variant's name and number of training images, by seed.

    Returns
    -------
    list of str
        One for each question.
    """
    whole = max(next(iter(accuracies.values())))
    lines = []
    for question, variant, name, other, other_name in _QUESTIONS:
        found = paired(accuracies[variant.name][whole], accuracies[other.name][whole])
        lines.append(f"{question} {capital(describe_difference(name, other_name, found))}.")
    lines.insert(1, f"From how many images on? {answer_how_many(accuracies)}")
    lines.append(f"When do hand-set filters suffice? {answer_when_hand_set_suffice(accuracies)}")
    return lines


def summarize_differences(
    differences: Mapping[str, Interval], name: str = "learned filters", other: str = "hand-set ones"
) -> str:
    """Say in one sentence whether learned filters beat hand-set ones, over all data sets.

    Parameters
    ----------
    differences : mapping of str to Interval
        By data set: accuracy of learned minus hand-set filters, paired, as shares.
    name, other : str
        How the two are called.
    """
    parts = [
        f"on {data}, {describe_difference(name, other, found)}"
        for data, found in differences.items()
    ]
    return f"In short: {'; '.join(parts)}."


def answer_robustness(
    robust: Mapping[str, Mapping[tuple[str, float], Sequence[float]]],
) -> list[str]:
    """Say which of two rivals bears disturbances better, at the middle strength of each kind.

    Parameters
    ----------
    robust : mapping
        Test accuracies in [0, 1] by variant's name and (kind, strength), by seed.

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
    for (variant, rival, _), name in zip(RIVALS, asked, strict=True):
        parts = []
        for kind, strengths in kinds.items():
            key = kind, strengths[(len(strengths) - 1) // 2]
            found = paired(robust[rival.name][key], robust[variant.name][key])
            parts.append(
                f"under {kind} {key[1]:g}, {describe_difference('learned', 'hand-set', found)}"
            )
        lines.append(f"Which bear disturbances better, {name}? {capital('; '.join(parts))}.")
    return lines


def answer_how_many(accuracies: Accuracies) -> str:
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


def answer_when_hand_set_suffice(accuracies: Accuracies) -> str:
    """Say with how many training images learned filters are not measurably better.

    Parameters
    ----------
    accuracies : mapping
        Test accuracies in [0, 1] by variant's name and number of training images, by seed.
    """
    if _single(accuracies):
        return "One seed cannot tell."
    parts = [f"{name} {_enough(accuracies, variant, rival)}" for variant, rival, name in RIVALS]
    return f"{capital('; '.join(parts))}."


def summarize_sizes(accuracies: Mapping[str, Accuracies]) -> list[str]:
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
    for variant, rival, name in RIVALS:
        enough = (
            f"on {data} {_enough(found, variant, rival)}" for data, found in accuracies.items()
        )
        wins = (
            f"on {data} {_wins_from(found, variant, rival)}" for data, found in accuracies.items()
        )
        lines.append(f"When do hand-set filters suffice, {name}? {capital('; '.join(enough))}.")
        lines.append(
            f'From how many training images on is "{rival.name}" ahead of "{variant.name}"? '
            f"{capital('; '.join(wins))}."
        )
    return lines


def capital(text: str) -> str:
    """Return the text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _enough(accuracies: Accuracies, variant: Variant, rival: Variant) -> str:
    found = _by_size(accuracies, rival, variant)
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


def _wins_from(accuracies: Accuracies, variant: Variant, rival: Variant) -> str:
    better = _ahead(_by_size(accuracies, rival, variant))
    sizes = sorted(accuracies[variant.name])
    steady = [n for n in sizes if all(larger in better for larger in sizes if larger >= n)]
    if not steady:
        return f"not even with {sizes[-1]:,}"
    return f"from {steady[0]:,}{', the fewest tried' * (steady[0] == sizes[0])}"


def _by_size(accuracies: Accuracies, variant: Variant, other: Variant) -> dict[int, Interval]:
    """Return a variant's accuracy minus another's, by number of images, fewest first."""
    values, others = accuracies[variant.name], accuracies[other.name]
    return {n: paired(values[n], others[n]) for n in sorted(values)}


def _ahead(found: Mapping[int, Interval]) -> list[int]:
    return [n for n, difference in found.items() if difference.low > 0]


def _single(accuracies: Accuracies) -> bool:
    return any(len(values) < 2 for values in accuracies[LEARNED.name].values())


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
