"""Scales worked out by hand, and the rule for channels proved on grey images in colour."""

import numpy as np
import pytest

from minitorchcnn import ArgumentError, Conv2D, Sequential, ShapeError, filters

RNG = np.random.default_rng(3)


def test_tutorials_scale_is_the_sum_of_absolute_values():
    np.testing.assert_array_equal(filters.normalize([[2, -6]]), [[0.25, -0.75]])


def test_unit_scale_is_the_euclidean_length():
    np.testing.assert_allclose(filters.normalize([[3, 0, -4]], "unit"), [[0.6, 0, -0.8]])


def test_every_filter_of_a_weight_is_scaled_by_itself_over_all_its_channels():
    weight = np.zeros((2, 2, 1, 2))
    weight[0] = [[[1, 1]], [[1, 1]]]
    weight[1] = [[[10, 0]], [[0, -30]]]
    expected = [[[[0.25, 0.25]], [[0.25, 0.25]]], [[[0.25, 0]], [[0, -0.75]]]]
    np.testing.assert_array_equal(filters.normalize(weight), expected)


def test_normalizing_leaves_its_input_alone():
    weight = np.array([[1.0, 3.0]])
    filters.normalize(weight)
    np.testing.assert_array_equal(weight, [[1, 3]])


@pytest.mark.parametrize("channels", [1, 3, 16])
def test_a_grey_image_in_equal_channels_gets_the_grey_answer(channels):
    grey = RNG.uniform(-1, 1, (2, 1, 8, 9))
    weight = np.stack(list(filters.bank().values()))
    colour = np.repeat(grey, channels, axis=1)
    for_grey = Conv2D(len(weight), 3, weight=weight[:, np.newaxis])
    for_colour = Conv2D(len(weight), 3, weight=filters.for_channels(weight, channels))
    expected = Sequential([for_grey], (1, 8, 9), dtype="float64").predict(grey)
    got = Sequential([for_colour], (channels, 8, 9), dtype="float64").predict(colour)
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_a_filter_sees_the_mean_of_the_channels():
    colour = RNG.uniform(-1, 1, (1, 3, 6, 6))
    weight = filters.for_channels(filters.box, 3)
    assert weight.shape == (1, 3, 3, 3)
    got = Sequential([Conv2D(1, 3, weight=weight)], (3, 6, 6), dtype="float64").predict(colour)
    window = colour.mean(axis=1)[0, :3, :3]
    assert got[0, 0, 0, 0] == pytest.approx(float((window * filters.box).sum()), abs=1e-12)


def test_shapes_of_grey_filters_that_are_taken():
    for shape in [(3, 3), (1, 3, 3), (1, 1, 3, 3)]:
        got = filters.for_channels(np.ones(shape), 2)
        np.testing.assert_array_equal(got, np.full((1, 2, 3, 3), 0.5))


def test_perfect_match_in_colour_answers_one():
    for kernel in filters.bank().values():
        weight = filters.for_channels(kernel, 3)
        assert float((weight[0] * np.sign(kernel)).sum()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("do", "error", "words"),
    [
        (
            lambda: filters.normalize(np.zeros((3, 3))),
            ArgumentError,
            "filter of zeros has no scale",
        ),
        (lambda: filters.normalize([1, 2]), ArgumentError, "2 or 3 or 4 axes, got int64 of shape"),
        (lambda: filters.normalize([[1], [1, 2]]), ArgumentError, "rows of unequal lengths"),
        (lambda: filters.normalize([[np.nan]]), ArgumentError, "NaN or infinity"),
        (lambda: filters.normalize([["a"]]), ArgumentError, "weight must be numbers"),
        (lambda: filters.normalize([[1]], None), ArgumentError, '"tutorial" or "unit", got None'),
        (
            lambda: filters.for_channels(np.ones((2, 3, 3, 3)), 3),
            ShapeError,
            "for 3 channels already",
        ),
        (
            lambda: filters.for_channels(filters.box, 0),
            ArgumentError,
            "channels must be >= 1, got 0",
        ),
    ],
)
def test_what_cannot_be_shaped_is_refused(do, error, words):
    with pytest.raises(error, match=words):
        do()
