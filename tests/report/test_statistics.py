"""Intervals and confusion matrices against published values and plain loops."""

import numpy as np
import pytest

from minitorchcnn.report.statistics import confusion_matrix, wilson


@pytest.mark.parametrize(
    ("share", "count", "expected"),
    [
        # Brown, Cai and DasGupta 2001: 0 of 10 gives 0 to 0.2775
        (0.0, 10, (0.0, 0.2775)),
        (1.0, 10, (0.7225, 1.0)),
        # Newcombe 1998, method 3: 81 of 263 and 15 of 148
        (81 / 263, 263, (0.2553, 0.3662)),
        (15 / 148, 148, (0.0624, 0.1605)),
    ],
)
def test_interval_of_a_share_is_wilsons(share, count, expected):
    assert wilson(share, count) == pytest.approx(expected, abs=1e-4)


def test_a_mean_of_shares_lies_between_whole_numbers_of_images():
    between = wilson(969.25 / 1000, 1000)
    for limit, below, above in zip(between, wilson(0.969, 1000), wilson(0.970, 1000), strict=True):
        assert below < limit < above
        assert limit == pytest.approx(0.75 * below + 0.25 * above, abs=1e-6)


def test_confusion_matrix_counts_rows_of_true_classes():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 4, (2, 50))
    expected = [
        [sum(t == i and p == j for t, p in zip(labels, predicted, strict=True)) for j in range(5)]
        for i in range(5)
    ]
    assert confusion_matrix(labels, predicted, 5).tolist() == expected
