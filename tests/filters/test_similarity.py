"""Cosines worked out by hand; every filter of the bank is most like itself."""

import numpy as np
import pytest

from minitorchcnn import ArgumentError, filters

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("size", [3, 5])
def test_every_filter_and_its_negative_is_named_as_itself(size):
    for name, kernel in filters.bank(size).items():
        for scale in (1.0, 7.5, -0.01):
            found, cosine = filters.nearest(scale * kernel)
            assert found == name
            assert cosine == pytest.approx(np.sign(scale), abs=1e-12)


def test_cosine_is_the_one_of_schoolbooks():
    bank = {"right": np.array([[1.0, 0.0]]), "down": np.array([[0.0, 1.0]])}
    assert filters.nearest([[4.0, 3.0]], bank) == ("right", pytest.approx(0.8))
    assert filters.nearest([[3.0, -4.0]], bank) == ("down", pytest.approx(-0.8))


def test_noise_leaves_the_name():
    for name in ("box", "laplacian", "corner_top_left"):
        kernel = filters.bank(normalization="unit")[name]
        assert filters.nearest(kernel + RNG.normal(0, 0.02, (3, 3)))[0] == name


def test_channels_are_compared_with_the_grey_filter_in_each():
    weight = np.stack([filters.vertical, filters.vertical, 0 * filters.vertical])
    name, cosine = filters.nearest(weight)
    assert name == "vertical"
    assert cosine == pytest.approx(2 / np.sqrt(2 * 3))  # two of three channels agree
    assert filters.nearest(filters.for_channels(filters.box, 16)[0]) == ("box", pytest.approx(1.0))


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 5), (4, 3), (2, 7, 7), (3, 1, 3)])
def test_any_shape_has_a_name(shape):
    name, cosine = filters.nearest(RNG.normal(size=shape))
    assert name in filters.bank()
    assert 0 < abs(cosine) <= 1


def test_rectangles_are_compared_with_the_middle():
    column = np.full((5, 3), -1.0)
    column[:, 1] = 1
    assert filters.nearest(column) == ("vertical", pytest.approx(1.0))


def test_random_filters_are_less_alike_than_the_bank():
    cosines = [abs(filters.nearest(RNG.normal(size=(3, 3)))[1]) for _ in range(200)]
    assert 0.4 < np.mean(cosines) < 0.8


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: filters.nearest(np.zeros((3, 3))), "all zeros, which is like no filter"),
        (lambda: filters.nearest(np.ones(3)), "2 or 3 axes, got float64 of shape"),
        (lambda: filters.nearest(filters.box, {}), "bank must be named filters"),
        (lambda: filters.nearest(filters.box, [filters.box]), "bank must be named filters"),
        (lambda: filters.nearest(filters.box, filters.bank(5)), r"'box' has shape \(5, 5\)"),
        (lambda: filters.nearest([[1, 2]], {"none": [[0, 0]]}), "0 numbers other than 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(do, words):
    with pytest.raises(ArgumentError, match=words):
        do()
