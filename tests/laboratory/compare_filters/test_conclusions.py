"""The plain words must follow the numbers: made-up ones here, so that every verdict occurs."""

import math

import numpy as np
import pytest

from minitorchcnn import filters
from minitorchcnn.laboratory.compare_filters.conclusions import (
    answer_how_many,
    answer_questions,
    answer_robustness,
    answer_when_hand_set_suffice,
    describe_difference,
    summarize_differences,
    summarize_sizes,
)
from minitorchcnn.laboratory.compare_filters.similarity import (
    BankSimilarity,
    answer_similarity,
    measure_similarity,
    summarize_similarity,
)
from minitorchcnn.laboratory.compare_filters.variants import BANK, HAND_SET, LEARNED, VARIANTS
from minitorchcnn.laboratory.compare_filters.zero_init import (
    STARTS,
    ZeroResult,
    answer_starts,
    answer_zeros,
    summarize_zeros,
)
from minitorchcnn.report.statistics import Interval, interval, paired, points


def made_up(learned, hand_set, sizes=(50, 200)):
    """Return accuracies of every variant by size; all variants but two are equal."""
    table = {variant.name: {n: [0.5, 0.6, 0.7] for n in sizes} for variant in VARIANTS}
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
        (paired([0.3, 0.4], [0.2, 0.3]), r"10\.0 points better .*the same with every seed"),
    ],
)
def test_verdict_follows_the_interval(found, words):
    import re

    assert re.search(words, describe_difference("A", "B", found))


def test_first_answer_turns_with_the_numbers():
    better = answer_questions(made_up([HIGH, HIGH], [LOW, LOW]))[0]
    worse = answer_questions(made_up([LOW, LOW], [HIGH, HIGH]))[0]
    equal = answer_questions(made_up([LOW, LOW], [LOW, LOW]))[0]
    assert "Learned filters: 30.0 points better than hand-set ones" in better
    assert "Learned filters: 30.0 points worse than hand-set ones" in worse
    assert "Cannot be told" in equal


def test_numbers_of_images_are_sorted_by_who_is_ahead():
    text = answer_how_many(made_up([LOW, LOW, HIGH], [HIGH, LOW, LOW], sizes=(50, 200, 1000)))
    assert text == (
        "Learned filters are ahead with 1,000; hand-set ones are ahead with 50; "
        "it cannot be told with 200 training images."
    )


def test_hand_set_filters_suffice_where_learned_ones_are_not_ahead():
    few = made_up([LOW, LOW, HIGH], [HIGH, LOW, LOW], sizes=(50, 200, 1000))
    assert (
        "Three of them (beside 3 learned ones) with 50 (they are ahead) and 200 (+0.0) training "
        "images, but not with 1,000"
    ) in answer_when_hand_set_suffice(few)
    never = answer_when_hand_set_suffice(made_up([HIGH, HIGH], [LOW, LOW]))
    assert "ones) with none of the numbers of training images tried, 50 and 200" in never
    always = answer_when_hand_set_suffice(made_up([LOW, LOW], [LOW, HIGH]))
    assert "with every number of training images tried, 50 (+0.0) and 200 (they" in always


def test_what_suffices_is_told_with_what_few_seeds_leave_open():
    learned, hand_set = [0.9, 0.5, 0.7], [0.5, 0.6, 0.55]
    text = answer_when_hand_set_suffice(made_up([learned, learned], [hand_set, hand_set]))
    most = paired(learned, hand_set).high
    assert most > 0.5
    assert f"50 ({points(most)})" in text


def test_one_seed_cannot_tell_whether_they_suffice():
    table = {variant.name: {50: [0.5]} for variant in VARIANTS}
    assert answer_when_hand_set_suffice(table) == "One seed cannot tell."
    assert summarize_sizes({"ours": table}) == []


def test_data_sets_are_told_apart_in_the_summary():
    late = made_up([LOW, HIGH, HIGH], [LOW, LOW, LOW], sizes=(50, 200, 1000))
    never = made_up([HIGH, HIGH, LOW], [LOW, LOW, LOW], sizes=(50, 200, 1000))
    always = made_up([HIGH, HIGH, HIGH], [LOW, LOW, LOW], sizes=(50, 200, 1000))
    text = summarize_sizes({"a": late, "b": never, "c": always})
    assert text[0].startswith("When do hand-set filters suffice, three of them")
    assert "On a with 50 (+0.0) training images, but not with 200 and 1,000" in text[0]
    assert "on b with 1,000 (+0.0) training images" in text[0]
    assert '"random, trained" ahead of "hand-set, frozen"' in text[1]
    assert "On a from 200; on b not even with 1,000; on c from 50, the fewest tried." in text[1]
    assert len(text) == 4


def test_the_middle_strength_decides_who_bears_disturbances():
    strengths = {("noise", 0.1): LOW, ("noise", 0.5): LOW, ("noise", 2.0): HIGH}
    found = {variant.name: dict.fromkeys(strengths, LOW) for variant in VARIANTS}
    found[LEARNED.name] = {**strengths, ("noise", 0.5): HIGH}
    found[BANK.name] = {**strengths, ("noise", 0.5): HIGH}
    few, many = answer_robustness(found)
    assert "Under noise 0.5, learned: 30.0 points better than hand-set" in few
    assert "Under noise 0.5, learned: 30.0 points worse than hand-set" in many


def histories(before, after, seeds=3):
    """Return histories of two frames and two filters for each seed."""
    return [np.stack([before, after])[:, :, np.newaxis] for _ in range(seeds)]


def test_similarity_counts_names_before_and_after():
    bank = filters.bank()
    blurred = bank["box"] + 0.02 * np.arange(9).reshape(3, 3)
    before = np.stack([blurred, bank["vertical"]])
    after = np.stack([-3 * bank["laplacian"], bank["vertical"]])
    found = measure_similarity(histories(before, after))
    assert {name: shares for name, *shares in found.names} == {
        "laplacian": [0.0, 0.5],
        "vertical": [0.5, 0.5],
    }
    cosine = np.vdot(blurred, bank["box"]) / np.linalg.norm(blurred) / np.linalg.norm(bank["box"])
    assert found.start.mean == pytest.approx((cosine + 1) / 2)
    assert found.learned.mean == pytest.approx(1.0)
    kept = abs(np.vdot(blurred, bank["laplacian"]))
    kept /= np.linalg.norm(blurred) * np.linalg.norm(bank["laplacian"])
    assert found.kept == pytest.approx((1 + kept) / 2)


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (Interval(0.1, 0.05, 0.15), "nearer to what a person would draw than chance"),
        (Interval(-0.1, -0.15, -0.05), "they went away from"),
        (Interval(0.1, -0.05, 0.25), "cannot be told from chance"),
        (Interval(0.1, -math.inf, math.inf), "one seed proves nothing"),
    ],
)
def test_what_learned_filters_become_follows_the_numbers(gain, words):
    level = Interval(0.6, 0.5, 0.7)
    found = BankSimilarity(level, level, gain, [("sobel_vertical", 0.1, 0.25)], 0.9)
    text = answer_similarity(found, "filters")
    assert words in text
    assert "sobel vertical 25 % (10 % at the start)" in text


def test_what_learned_filters_become_is_told_by_data_set():
    level, names = Interval(0.65, 0.6, 0.7), [("gabor_135", 0.1, 0.25)]
    nearer = BankSimilarity(level, Interval(0.7, 0.6, 0.8), Interval(0.05, 0.02, 0.08), names, 0.81)
    open_ = BankSimilarity(level, level, Interval(0.0, -0.1, 0.1), names, 0.99)
    text = summarize_similarity({"a": nearer, "b": open_})
    assert "they came nearer to it on a (0.65, 0.70); it cannot be told from chance on b" in text
    assert "gabor 135 on a (25 %)" in text
    assert "0.81 on a, 0.99 on b" in text


def test_zeros_are_explained_where_all_of_them_stayed():
    assert "2 of 2 runs: they answer 0 everywhere" in summarize_zeros([0.0, 0.0])
    moved = summarize_zeros([0.0, 0.5])
    assert "in 1 of 2 runs." in moved


def test_overlapping_single_intervals_can_still_differ_when_paired():
    learned, hand_set = [0.5, 0.7, 0.9], [0.4, 0.6, 0.8]
    assert interval(learned).low < interval(hand_set).high
    assert paired(learned, hand_set).low > 0


def test_zeros_that_stay_and_zeros_that_move():
    assert "No. In all 2 runs" in answer_zeros([0.0, 0.0], [0.0, 0.0], [0.1, 0.1])
    moved = answer_zeros([0.0, 0.3], [0.0, 0.2], [0.1, 0.5])
    assert "Here they moved: the filters' gradient reached 0.3" in moved
    assert "30.0 %" in moved
    assert "guessing gives 33 %" in answer_zeros([0.0], [0.0], [0.3], classes=3)


def test_starts_are_told_apart_by_what_they_did():
    text = answer_starts(
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


def test_filters_that_stay_exactly_equal_are_told():
    text = answer_starts([ZeroResult(STARTS[2], 1.0, 0.5, 0.0, 0.0, 0.8)])
    assert "exactly equal to the end" in text


def test_in_short_names_every_data_set():
    text = summarize_differences(
        {"ours": Interval(0.1, 0.05, 0.15), "theirs": Interval(0.0, -0.1, 0.1)}
    )
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
