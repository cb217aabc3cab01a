"""The hand-set filters are the tutorial's numbers, and nobody can change them by accident."""

import numpy as np
import pytest

from minitorchcnn import Conv2D, filters

NINTHS = {
    "box": [[1, 1, 1], [1, -1, 1], [1, 1, 1]],
    "vertical": [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]],
    "diagonal": [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
    "horizontal": [[-1, -1, -1], [1, 1, 1], [-1, -1, -1]],
    "antidiagonal": [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
}


@pytest.mark.parametrize("name", NINTHS)
def test_filter_holds_the_drawn_numbers_over_nine(name):
    drawn = np.array(NINTHS[name])
    assert np.array_equal(getattr(filters, name), drawn / 9)
    assert np.array_equal(filters.bank()[name], drawn / 9)


def test_bank_is_ordered_and_fresh():
    names = list(filters.bank())
    assert names[:5] == list(NINTHS)
    filters.bank().clear()
    assert list(filters.bank()) == names


def test_tutorial_stacks_three_different_filters():
    weight = filters.tutorial()
    assert weight.shape == (3, 1, 3, 3)
    expected = [NINTHS["box"], NINTHS["vertical"], NINTHS["diagonal"]]
    assert np.array_equal(weight[:, 0], np.array(expected) / 9)


def test_perfect_match_answers_one():
    for kernel in filters.bank().values():
        image = np.sign(kernel)
        assert float((kernel * image).sum()) == pytest.approx(1.0, abs=1e-15)


def test_constants_are_read_only_and_copies_are_not():
    with pytest.raises(ValueError, match="read-only"):
        filters.box[0, 0] = 5
    with pytest.raises(ValueError, match="read-only"):
        filters.bank()["vertical"][0, 0] = 5
    filters.tutorial()[0, 0, 0, 0] = 5
    assert filters.box[0, 0] == 1 / 9


def test_layer_trains_a_copy():
    weight = filters.tutorial()
    layer = Conv2D(3, 3, weight=weight)
    layer.build((1, 5, 5), dtype="float64")
    layer.parameters()[0].value += 1
    assert np.array_equal(weight, filters.tutorial())
