"""Photographs of known digits become these digits again."""

import numpy as np
import pytest

from minitorchcnn import ArgumentError, DataError, FormatError, ShapeError, datasets
from minitorchcnn.datasets import Preprocessing, prepare_digit
from minitorchcnn.plots import plot_prepared_digit
from tests.datasets.readers.pages import DIGITS, PHOTOGRAPHS, page, photograph


def likeness(image):
    """Return the correlation with each of DIGITS, at the best of small shifts."""
    ways = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = np.stack([np.roll(image, way, (0, 1)) for way in ways]).reshape(9, -1)
    known = DIGITS.reshape(len(DIGITS), -1)
    moved, known = (rows - rows.mean(axis=1, keepdims=True) for rows in (moved, known))
    norms = np.linalg.norm(moved, axis=1)[:, np.newaxis] * np.linalg.norm(known, axis=1)
    return (moved @ known.T / norms).max(axis=0)


@pytest.mark.parametrize("kind", PHOTOGRAPHS)
def test_the_digit_comes_back(kind):
    for number in range(5):
        image = prepare_digit(photograph(kind, DIGITS[number]))
        assert image.shape == (28, 28)
        assert image.dtype == np.float32
        assert np.argmax(likeness(image)) == number
        assert likeness(image)[number] > 0.7


@pytest.mark.parametrize("kind", PHOTOGRAPHS)
def test_the_mnist_form(kind):
    image = prepare_digit(photograph(kind, DIGITS[4], side=90, at=(180, 150)))
    rows, columns = np.nonzero(image > -0.5)
    assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
    mass = (image + 1).astype(float)
    for axis in (0, 1):
        middle = mass.sum(axis=1 - axis) @ np.arange(28) / mass.sum()
        assert abs(middle - 13.5) <= 0.6
    assert image.min() == -1
    assert image.max() == 1
    assert np.median(image[[0, -1]]) == -1


def test_light_ink_can_be_said():
    """More black than white: it is for the user to say which is ink."""
    board = photograph("blackboard", DIGITS[4])
    np.testing.assert_array_equal(prepare_digit(board, light_ink=True), prepare_digit(board))
    with pytest.raises(DataError):
        prepare_digit(photograph("scan", np.full((28, 28), -1.0)), light_ink=False)


def test_a_tight_crop():
    """Two pixels of paper on each side are enough, though ink is next to everything."""
    for number in range(5):
        rows, columns = np.nonzero(DIGITS[number] > -0.5)
        tight = DIGITS[number][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        pixels = np.rint((1 - np.pad(tight, 2, constant_values=-1)) * 127.5).astype(np.uint8)
        assert np.argmax(likeness(prepare_digit(pixels))) == number


def test_any_small_picture_of_a_digit_gives_one_or_says_that_there_is_none():
    for digit in datasets.handwriting()[0][:100, 0]:
        pixels = np.rint((1 - digit) * 127.5).astype(np.uint8)
        assert prepare_digit(pixels, size=8).max() == 1


def test_height_to_width_is_kept():
    """A bar of 120 x 24 pixels is 20 x 4."""
    light = np.full((200, 200), 220, np.uint8)
    light[40:160, 90:114] = 20
    ink = prepare_digit(light) > 0
    assert (ink.any(axis=1).sum(), ink.any(axis=0).sum()) == (20, 4)
    flat = prepare_digit(light.T) > 0
    assert (flat.any(axis=1).sum(), flat.any(axis=0).sum()) == (4, 20)


def test_the_bar_of_a_five_stays_and_dirt_goes():
    light = np.full((200, 200), 220, np.uint8)
    light[60:160, 80:100] = 20
    light[60:70, 110:150] = 20  # a stroke of its own
    with_dirt = light.copy()
    with_dirt[10:13, 10:13] = 20
    expected = prepare_digit(light)
    assert (expected[:, 20:] > 0).any()
    np.testing.assert_allclose(prepare_digit(with_dirt), expected, atol=0.1)


def test_colours_sizes_and_kinds_of_numbers():
    light = photograph("scan", DIGITS[5])
    blue = np.dstack([light, light, np.full_like(light, 235)])  # a blue pen
    assert np.argmax(likeness(prepare_digit(blue))) == 5
    assert prepare_digit(light, size=8).shape == (8, 8)
    np.testing.assert_array_equal(prepare_digit(light / 255), prepare_digit(light))
    wide = light.astype(np.uint16) * 257
    np.testing.assert_array_equal(prepare_digit(wide), prepare_digit(light))


def test_the_picture_is_left_alone():
    light = photograph("scan", DIGITS[5])
    before = light.copy()
    prepare_digit(light)
    np.testing.assert_array_equal(light, before)


EMPTY = {
    "white": np.full((100, 80), 255, np.uint8),
    "black": np.zeros((100, 80), np.uint8),
    "a lamp": np.tile(np.linspace(100, 250, 300), (300, 1)).astype(np.uint8),
    "noise": np.clip(np.random.default_rng(0).normal(190, 20, (200, 200)), 0, 255).astype("u1"),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_an_empty_page(kind):
    with pytest.raises(DataError, match=r"no digit is found on the page: .* expected \d+% or more"):
        prepare_digit(EMPTY[kind])


@pytest.mark.parametrize(
    ("picture", "match"),
    [
        (np.zeros((5, 5), np.uint8), "picture of 5 x 5 pixels, expected 8 x 8 or more"),
        (np.zeros((0, 5), np.uint8), r"must have shape \(height, width\) .* got \(0, 5\)"),
        (np.zeros((1, 28, 28), np.uint8), r"got \(1, 28, 28\)"),
        (np.full((20, 20), np.nan), r"floating point in \[0, 1\] with 1 for white"),
        (np.full((20, 20), 255.0), r"got float64 in 255.0 \.\. 255.0"),
        (np.zeros((20, 20), int), "must be uint8, uint16, bool"),
    ],
)
def test_what_is_no_picture(picture, match):
    with pytest.raises(DataError, match=match):
        prepare_digit(picture)
    with pytest.raises(ArgumentError, match="prepare_digit: size must be >= 8"):
        prepare_digit(EMPTY["white"], size=7)
    with pytest.raises(ArgumentError, match="prepare_digit: light_ink must be True or False"):
        prepare_digit(EMPTY["white"], light_ink="yes")


class TestFolders:
    def folder(self, path, kind="lamp"):
        from PIL import Image

        for number in range(4):
            (path / str(number % 2)).mkdir(exist_ok=True)
            file = path / str(number % 2) / f"{number}.png"
            Image.fromarray(photograph(kind, DIGITS[number])).save(file)
        return path

    def test_a_folder_of_photographs(self, tmp_path):
        images = datasets.load(self.folder(tmp_path), digit=True)
        assert images.x.shape == (4, 1, 28, 28)
        for x, number in zip(images.x, (0, 2, 1, 3), strict=True):
            assert np.argmax(likeness(x[0])) == number
        assert images.preprocessing.digit is True
        new = images.preprocessing.apply(photograph("blackboard", DIGITS[7]))
        assert new.shape == (1, 28, 28)
        assert np.argmax(likeness(new[0])) == 7
        with pytest.raises(ArgumentError, match="digit=True gives square grey images"):
            datasets.load(tmp_path, digit=True, size=(20, 10))

    def test_an_empty_page_is_named(self, tmp_path):
        from PIL import Image

        Image.fromarray(EMPTY["white"]).save(self.folder(tmp_path) / "1" / "none.png")
        with pytest.raises(FormatError, match=r"none\.png: no digit is found"):
            datasets.load(tmp_path, digit=True)
        images = datasets.load(tmp_path, digit=True, on_error="skip")
        assert len(images) == 4
        assert "none.png" in images.skipped[0]


class TestPreprocessing:
    HOW = Preprocessing(height=2, width=3, channels=1, light_ink=False)

    def test_there_and_back(self):
        values = self.HOW.to_dict()
        expected = {"height": 2, "width": 3, "channels": 1, "light_ink": False, "digit": False}
        assert values == expected
        assert Preprocessing.from_dict(values) == self.HOW

    def test_it_does_to_a_picture_what_was_done_to_the_others(self, tmp_path):
        from PIL import Image

        rng = np.random.default_rng(0)
        (tmp_path / "a").mkdir()
        pixels = rng.integers(150, 256, (9, 14), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a" / "one.png")
        for channels in (1, 3):
            images = datasets.load(tmp_path, size=(4, 5), channels=channels)
            again = images.preprocessing.apply(pixels)
            np.testing.assert_array_equal(again, images.x[0])

    @pytest.mark.parametrize(
        "change", [{"more": 1}, {"height": 0}, {"light_ink": 1}, {"digit": True}, {"width": "3"}]
    )
    def test_other_values(self, change):
        with pytest.raises(FormatError, match="a preprocessing"):
            Preprocessing.from_dict({**self.HOW.to_dict(), **change})
        with pytest.raises(FormatError, match="a preprocessing must have height, width"):
            Preprocessing.from_dict(None)

    def test_channels_that_pictures_do_not_have(self):
        how = Preprocessing(height=2, width=3, channels=7, light_ink=True)
        with pytest.raises(ArgumentError, match="this network takes 7 channels: give it arrays"):
            how.apply(EMPTY["white"])


class TestFigure:
    def test_before_and_after(self):
        pixels = photograph("desk", DIGITS[2])
        ax = plot_prepared_digit(pixels, prepare_digit(pixels), title="a two")
        before, after = ax.child_axes
        np.testing.assert_allclose(before.images[0].get_array(), pixels / 255)
        np.testing.assert_allclose(after.images[0].get_array(), prepare_digit(pixels))
        assert before.get_title() == "before: 320 x 260 pixels"
        assert after.get_title() == "after: 28 x 28 pixels"
        coloured = plot_prepared_digit(np.dstack([pixels] * 3), DIGITS[2][np.newaxis])
        assert coloured.child_axes[0].images[0].get_array().shape == (320, 260, 3)

    def test_what_is_no_picture(self):
        with pytest.raises(ShapeError, match=r"the picture has shape \(4, 4, 2\), expected"):
            plot_prepared_digit(np.zeros((4, 4, 2)), DIGITS[2])
        with pytest.raises(ShapeError, match=r"expected numbers of shape \(size, size\)"):
            plot_prepared_digit(page(DIGITS[2]), np.zeros(4))
