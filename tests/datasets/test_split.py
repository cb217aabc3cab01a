"""A stratified split: every sample once, every class in both parts, in proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorchcnn.datasets import stratified_split
from minitorchcnn.errors import DataError

COUNTS = st.lists(st.integers(2, 30), min_size=1, max_size=6)
FRACTIONS = st.floats(0.01, 0.99)


@given(counts=COUNTS, fraction=FRACTIONS, seed=st.integers(0, 2**32))
def test_parts_are_disjoint_complete_and_in_proportion(counts, fraction, seed):
    y = np.repeat(np.arange(len(counts)) * 3 - 1, counts)
    x = np.arange(len(y))
    x_train, y_train, x_test, y_test = stratified_split(x, y, fraction, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([x_train, x_test])), x)
    np.testing.assert_array_equal(y[x_train], y_train)
    np.testing.assert_array_equal(y[x_test], y_test)
    for label, count in zip(np.unique(y), counts, strict=True):
        in_test = (y_test == label).sum()
        assert 1 <= in_test <= count - 1
        assert abs(in_test - fraction * count) <= 1


def test_samples_keep_their_shape_and_dtype_and_the_input_is_unchanged():
    x = np.random.default_rng(0).normal(size=(40, 1, 3, 5)).astype(np.float32)
    y = np.tile(np.arange(4), 10)
    x_before, y_before = x.copy(), y.copy()
    x_train, y_train, x_test, y_test = stratified_split(x, y, fraction=0.25)
    assert x_train.shape == (28, 1, 3, 5)
    assert x_test.shape == (12, 1, 3, 5)
    assert x_train.dtype == x_test.dtype == np.float32
    assert np.bincount(y_test).tolist() == [3, 3, 3, 3]
    assert np.bincount(y_train).tolist() == [7, 7, 7, 7]
    x_train[:], x_test[:], y_train[:], y_test[:] = 0, 0, 0, 0
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(y, y_before)


def test_the_seed_decides():
    x, y = np.arange(100), np.arange(100) % 5
    first = stratified_split(x, y, seed=1)
    again = stratified_split(x, y, seed=np.random.default_rng(1))
    other = stratified_split(x, y, seed=2)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(first[2].tolist()) != set(other[2].tolist())


def test_both_parts_are_shuffled():
    y = np.repeat([0, 1], 50)
    _, y_train, _, y_test = stratified_split(np.arange(100), y, fraction=0.4)
    assert (np.diff(y_train) != 0).sum() > 10
    assert (np.diff(y_test) != 0).sum() > 5


def test_every_sample_may_be_tested():
    """Over many seeds each sample lands in the test part about as often as the fraction says."""
    x, y = np.arange(30), np.arange(30) % 3
    hits = np.zeros(30)
    for seed in range(300):
        hits[stratified_split(x, y, fraction=0.3, seed=seed)[2]] += 1
    # Standard deviation of a share of 300 draws: 0.026.
    np.testing.assert_allclose(hits / 300, 0.3, atol=0.12)


@pytest.mark.parametrize("fraction", [0, 1, 1.0, -0.2, 20, float("nan")])
def test_fraction_out_of_range(fraction):
    with pytest.raises(DataError, match=rf"fraction is {fraction!r}, expected a number above 0"):
        stratified_split(np.arange(4), np.array([0, 0, 1, 1]), fraction)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((0, 1, 8, 8)), np.zeros(0), r"x of shape \(0, 1, 8, 8\) has 0 samples"),
        (np.zeros(5), np.zeros(4), "x has 5 samples and y 4 labels, expected one label per"),
        (np.float32(1), np.zeros(4), "x has no axis of samples and y 4 labels"),
        (np.zeros(4), np.eye(4), r"y has shape \(4, 4\), expected \(N,\).*argmax"),
        (np.zeros(4), np.array([0, 0, 7, 0]), "class 7 has 1 sample, expected 2 or more"),
    ],
)
def test_unusable_data_is_refused(x, y, message):
    with pytest.raises(DataError, match=message):
        stratified_split(x, y)
