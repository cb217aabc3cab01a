"""The 5 x 7 digits: the tutorial's nine to the pixel, and nine others around it."""

import numpy as np
import pytest

from minitorchcnn.datasets import tutorial_digits, tutorial_nine
from minitorchcnn.errors import ArgumentError

NINE = [
    [-1, 1, 1, 1, -1],
    [-1, 1, -1, 1, -1],
    [-1, 1, 1, 1, -1],
    [-1, -1, -1, 1, -1],
    [-1, -1, -1, 1, -1],
    [-1, -1, 1, -1, -1],
    [-1, 1, -1, -1, -1],
]


def test_the_nine_is_the_tutorials():
    nine = tutorial_nine()
    assert nine.shape == (1, 1, 7, 5)
    assert nine.dtype == np.float32
    assert nine[0, 0].tolist() == NINE


def test_the_nine_is_a_fresh_array_each_time():
    tutorial_nine()[:] = 0
    assert tutorial_nine()[0, 0].tolist() == NINE


def test_without_noise_there_are_ten_pictures_far_apart():
    x, y = tutorial_digits(30, noise=0.0)
    pictures = np.stack([x[y == label][0].ravel() for label in range(10)])
    for label in range(10):
        np.testing.assert_array_equal(x[y == label].reshape(3, 35), pictures[[label] * 3])
    pixels_apart = (pictures[:, None] != pictures).sum(axis=2)
    assert pixels_apart[~np.eye(10, dtype=bool)].min() >= 2


def test_form_and_balance():
    x, y = tutorial_digits(104, seed=2, shift=True)
    assert x.shape == (104, 1, 7, 5)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    assert set(np.unique(x)) == {-1, 1}
    assert np.ptp(np.bincount(y)) == 1


def test_share_of_flipped_pixels_is_the_noise():
    clean, y = tutorial_digits(2000, noise=0.0, seed=1)
    noisy, y_noisy = tutorial_digits(2000, noise=0.1, seed=1)
    np.testing.assert_array_equal(y, y_noisy)
    # 70,000 pixels: the standard deviation of the share is 0.0011.
    assert (clean != noisy).mean() == pytest.approx(0.1, abs=0.006)


def test_shifts_go_both_ways_and_lose_no_ink():
    clean, _ = tutorial_digits(300, noise=0.0, seed=1)
    shifted, _ = tutorial_digits(300, noise=0.0, seed=1, shift=True)
    steps = []
    for before, after in zip(clean[:, 0], shifted[:, 0], strict=True):
        assert (before > 0).sum() == (after > 0).sum()
        moved = np.flatnonzero((after > 0).any(axis=0))[0]
        steps.append(int(moved - np.flatnonzero((before > 0).any(axis=0))[0]))
    assert set(steps) == {-1, 0, 1}


def test_same_seed_same_images_and_fewer_are_the_first_of_more():
    x, y = tutorial_digits(33, seed=7)
    x_more, y_more = tutorial_digits(50, seed=7)
    np.testing.assert_array_equal(x, x_more[:33])
    np.testing.assert_array_equal(y, y_more[:33])
    assert (tutorial_digits(33, seed=8)[0] != x).any()
    rng = np.random.default_rng(1)
    assert (tutorial_digits(33, seed=rng)[0] != tutorial_digits(33, seed=rng)[0]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be >= 1, got 0"),
        ({"n": "ten"}, "n must be an integer >= 1, got 'ten'"),
        ({"noise": 0.5}, "noise must be at least 0.0 and below 0.5, got 0.5"),
        ({"noise": -0.1}, "noise must be at least 0.0 and below 0.5, got -0.1"),
        ({"seed": -1}, "seed must be >= 0, got -1"),
        ({"shift": 1}, "shift must be True or False, got 1"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        tutorial_digits(**{"n": 10, **options})
