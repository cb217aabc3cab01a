"""Corruptions do what they are called, and no more."""

import numpy as np
import pytest

from minitorchcnn.laboratory.compare_filters.corruptions import (
    STRENGTHS,
    UNITS,
    corrupt,
    corrupt_test_images,
)


def digit(n=8, size=15):
    """Return images of a cross, off the middle."""
    x = np.full((n, 1, size, size), -1, np.float32)
    x[:, :, 5, 3:11] = x[:, :, 2:9, 7] = 1
    return x


def rng():
    return np.random.default_rng(0)


def test_noise_has_its_standard_deviation():
    grey = np.zeros((20, 1, 30, 30), np.float32)
    y = corrupt(grey, "noise", 0.2, rng(), -1.0)
    assert y.std() == pytest.approx(0.2, abs=0.01)
    assert abs(corrupt(grey, "noise", 5, rng(), -1.0)).max() == 1


@pytest.mark.parametrize("outside", [-1.0, None])
def test_shift_moves_the_whole_image_in_one_of_eight_directions(outside):
    x = digit(40)
    y = corrupt(x, "shift", 2, rng(), outside)
    moved = [(dy, dx) for dy in (-2, 0, 2) for dx in (-2, 0, 2) if (dy, dx) != (0, 0)]
    rolled = [np.roll(x[0], step, axis=(1, 2)) for step in moved]  # the cross touches no border
    found = {next(i for i, r in enumerate(rolled) if np.array_equal(r, image)) for image in y}
    assert len(found) == 8


def test_what_comes_in_is_paper_or_the_border():
    ink = np.ones((30, 1, 6, 6), np.float32)
    assert corrupt(ink, "shift", 1, rng(), None).min() == 1
    assert corrupt(ink, "shift", 1, rng(), -1.0).min() == -1
    assert corrupt(ink, "rotation", 30, rng(), None).min() == pytest.approx(1)
    assert corrupt(ink, "rotation", 30, rng(), -1.0).min() < -0.8


def test_rotation_turns_to_both_sides():
    x = digit(20)
    y = corrupt(x, "rotation", 90, rng(), -1.0)
    left, right = np.rot90(x[0, 0]), np.rot90(x[0, 0], -1)
    sides = [
        "left" if np.allclose(image[0], left, atol=1e-5) else "right"
        for image in y
        if np.allclose(image[0], left, atol=1e-5) or np.allclose(image[0], right, atol=1e-5)
    ]
    assert len(sides) == 20
    assert set(sides) == {"left", "right"}


def test_strokes_grow_by_pixels_on_either_side():
    x = np.full((1, 1, 9, 9), -1, np.float32)
    x[..., 4] = 1  # one pixel wide
    widths = {
        pixels: float((corrupt(x, "thickness", pixels, rng(), -1.0)[0, 0, 4] + 1).sum() / 2)
        for pixels in (-0.5, 0.5, 1)
    }
    assert widths == {-0.5: 0, 0.5: 2, 1: 3}


def test_input_is_left_alone_and_form_is_kept():
    x = digit()
    before = x.copy()
    for kind in UNITS:
        y = corrupt(x, kind, 1, rng(), -1.0)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        assert not np.array_equal(y, x), kind
    np.testing.assert_array_equal(x, before)


def test_every_strength_of_a_data_set_is_there_and_repeatable():
    found = corrupt_test_images("faces", 0, 40, 20)
    wanted = {(kind, s) for kind, strengths in STRENGTHS["faces"].items() for s in strengths}
    assert set(found) == wanted
    corrupt_test_images.cache_clear()
    again = corrupt_test_images("faces", 0, 40, 20)
    for key, x in found.items():
        np.testing.assert_array_equal(x, again[key])
