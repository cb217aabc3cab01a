"""The plain words must follow the numbers: made-up ones here, so that every verdict occurs."""

import math

import pytest
from minitorchcnn.experiments.answers import (
    answers,
    compared,
    from_how_many,
    in_short,
    starts_answer,
    zeros_answer,
)
from minitorchcnn.experiments.arms import ARMS, HAND_SET, LEARNED
from minitorchcnn.experiments.intervals import Interval, interval, paired, points
from minitorchcnn.experiments.zeros import STARTS, ZeroResult


def made_up(learned, hand_set, sizes=(50, 200)):
    """Return accuracies of every arm by size; all arms but two are equal."""
    table = {arm.name: {n: [0.5, 0.6, 0.7] for n in sizes} for arm in ARMS}
    table[LEARNED.name] = dict(zip(sizes, learned, strict=True))
    table[HAND_SET.name] = dict(zip(sizes, hand_set, strict=True))
    return table


LOW, HIGH = [0.50, 0.51, 0.52], [0.80, 0.82, 0.81]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Interval(0.10, 0.05, 0.15), r"A: 10\.0 points better than B .*\+5\.0 to \+15\.0"),
        (Interval(-0.10, -0.15, -0.05), r"A: 10\.0 points worse than B .*-15\.0 to -5\.0"),
        (Interval(0.10, -0.01, 0.21), r"cannot be told: A minus B is \+10\.0"),
        (Interval(0.10, -math.inf, math.inf), "one seed proves nothing"),
    ],
)
def test_verdict_follows_the_interval(found, words):
    import re

    assert re.search(words, compared("A", "B", found))


def test_first_answer_turns_with_the_numbers():
    better = answers(made_up([HIGH, HIGH], [LOW, LOW]))[0]
    worse = answers(made_up([LOW, LOW], [HIGH, HIGH]))[0]
    equal = answers(made_up([LOW, LOW], [LOW, LOW]))[0]
    assert "Learned filters: 30.0 points better than hand-set ones" in better
    assert "Learned filters: 30.0 points worse than hand-set ones" in worse
    assert "Cannot be told" in equal


def test_numbers_of_images_are_sorted_by_who_is_ahead():
    text = from_how_many(made_up([LOW, LOW, HIGH], [HIGH, LOW, LOW], sizes=(50, 200, 1000)))
    assert text == (
        "Learned filters are ahead with 1,000; hand-set ones are ahead with 50; "
        "it cannot be told with 200 training images."
    )


def test_overlapping_single_intervals_can_still_differ_when_paired():
    learned, hand_set = [0.5, 0.7, 0.9], [0.4, 0.6, 0.8]
    assert interval(learned).low < interval(hand_set).high
    assert paired(learned, hand_set).low > 0


def test_zeros_that_stay_and_zeros_that_move():
    assert "No. In all 2 runs" in zeros_answer([0.0, 0.0], [0.0, 0.0], [0.1, 0.1])
    moved = zeros_answer([0.0, 0.3], [0.0, 0.2], [0.1, 0.5])
    assert "Here they moved: the filters' gradient reached 0.3" in moved
    assert "30.0 %" in moved


def test_starts_are_told_apart_by_what_they_did():
    text = starts_answer(
        [
            ZeroResult(STARTS[0], 0.0, 0.0, 0.0, 0.0, 0.1),
            ZeroResult(STARTS[2], 1.0, 0.5, 1e-8, 0.2, 0.8),
            ZeroResult(STARTS[3], 1.0, 0.5, 0.3, 2.0, 0.9),
        ]
    )
    assert f"Stuck at 0 for ever: {STARTS[0].name}." in text
    assert f"Learned: {STARTS[2].name}; {STARTS[3].name}." in text
    assert "differ by 1e-08 only" in text
    assert "by 0.3 or more" in text


def test_in_short_names_every_data_set():
    text = in_short({"ours": Interval(0.1, 0.05, 0.15), "theirs": Interval(0.0, -0.1, 0.1)})
    assert text.startswith("In short: on ours, learned filters: 10.0 points better")
    assert "on theirs, cannot be told" in text


def test_interval_is_students():
    found = interval([0.90, 0.92, 0.94, 0.91, 0.93])
    # s = 0.0158114, t(4) = 2.776: half-width 0.019630
    assert found.mean == pytest.approx(0.92)
    assert found.low == pytest.approx(0.92 - 0.01963, abs=1e-5)
    assert found.high == pytest.approx(0.92 + 0.01963, abs=1e-5)


def test_one_value_has_no_interval():
    assert not interval([0.5]).known


def test_points_are_signed():
    assert (points(0.071), points(-0.071)) == ("+7.1", "-7.1")
