"""A person's own filters: good files become the numbers drawn in them, bad ones a sentence."""

import numpy as np
import pytest
from PIL import Image

from minitorchcnn import ArgumentError, FormatError, filters

CROSS = [[-1, 1, -1], [1, 1, 1], [-1, 1, -1]]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "-1 1 -1\n1 1 1\n-1 1 -1\n",
        "-1, 1, -1\r\n1, 1, 1\r\n-1, 1, -1",
        "\ufeff# a cross\n\n-1;1;-1  # top\n+1.0\t1e0\t1\n\n-1 1 -1",
        "-1/9 1/9 -1/9\n1/9 1/9 1/9\n-1/9 1/9 -1/9",
    ],
)
def test_text_is_read_whatever_parts_the_numbers(tmp_path, text):
    kernel = filters.from_text(write(tmp_path / "cross.txt", text))
    np.testing.assert_allclose(kernel, np.array(CROSS) / 9, atol=1e-15)


def test_text_may_be_rectangular_and_left_as_it_is(tmp_path):
    path = write(tmp_path / "edge.csv", "2,-2,0.5\n")
    np.testing.assert_array_equal(filters.from_text(path, None), [[2, -2, 0.5]])
    np.testing.assert_allclose(
        filters.from_text(str(path), "unit"), np.array([[2, -2, 0.5]]) / 8.25**0.5
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no numbers, expected one row"),
        ("# nothing\n\n", "no numbers"),
        ("1 2\n3\n", "line 2: a row of 1 numbers, expected 2"),
        ("1 2\n\n3 x\n", "line 3: 'x' is no finite number"),
        ("1 nan", "'nan' is no finite number"),
        ("1 inf", "'inf' is no finite number"),
        ("1/0 1", "'1/0' is no finite number"),
        ("1e999 1", "'1e999' is no finite number"),
        ("9" * 5000 + "/1 2", "is no finite number"),
        ("0 0\n0 0", "all zeros, which cannot be normalised"),
        ("1 " * 65, "1 x 65, expected at most 64 x 64"),
    ],
)
def test_bad_text_is_explained(tmp_path, text, words):
    path = write(tmp_path / "bad.txt", text)
    with pytest.raises(FormatError, match=words) as caught:
        filters.from_text(path)
    assert "bad.txt" in str(caught.value)


def test_zeros_are_read_where_no_scale_is_asked_for(tmp_path):
    assert not filters.from_text(write(tmp_path / "zeros.txt", "0 0"), None).any()


def test_files_that_are_no_text(tmp_path):
    with pytest.raises(FormatError, match=r"cannot be read \(No such file"):
        filters.from_text(tmp_path / "nowhere.txt")
    with pytest.raises(FormatError, match="cannot be read"):
        filters.from_text(tmp_path)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(FormatError, match=r"not a text file, .* use from_image"):
        filters.from_text(tmp_path / "picture.png")
    (tmp_path / "large.txt").write_bytes(b" " * 1_000_001)
    with pytest.raises(FormatError, match="larger than 1 MB"):
        filters.from_text(tmp_path / "large.txt")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_black_is_ink_in_pictures_of_every_kind(tmp_path, mode):
    pixels = np.where(np.array(CROSS) > 0, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(tmp_path / "cross.png")
    np.testing.assert_allclose(filters.from_image(tmp_path / "cross.png"), np.array(CROSS) / 9)


def test_grey_lies_between_and_transparent_is_paper(tmp_path):
    pixels = np.array([[0, 51, 255]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    np.testing.assert_allclose(filters.from_image(tmp_path / "grey.png", None), [[1, 0.6, -1]])
    clear = np.zeros((1, 2, 4), np.uint8)
    clear[0, 0, 3] = 255
    Image.fromarray(clear).save(tmp_path / "clear.png")
    np.testing.assert_array_equal(filters.from_image(tmp_path / "clear.png", None), [[1, -1]])


def test_bad_pictures_are_explained(tmp_path):
    with pytest.raises(FormatError, match="cannot be read as a picture"):
        filters.from_image(tmp_path / "nowhere.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(FormatError, match=r"broken\.png: cannot be read as a picture"):
        filters.from_image(tmp_path / "broken.png")
    Image.new("L", (65, 3)).save(tmp_path / "wide.png")
    with pytest.raises(FormatError, match="3 x 65, expected at most 64 x 64"):
        filters.from_image(tmp_path / "wide.png")
    Image.fromarray(np.zeros((3, 3), np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(FormatError, match=r"mode I.*expected 8 bits"):
        filters.from_image(tmp_path / "deep.png")


def test_a_picture_cut_short_is_explained(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60), np.uint8)).save(
        tmp_path / "a.png"
    )
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:900])
    with pytest.raises(FormatError, match=r"a\.png: cannot be read as a picture"):
        filters.from_image(tmp_path / "a.png")


def test_arrays_are_copied_and_normalised():
    own = np.array(CROSS)
    np.testing.assert_allclose(filters.from_array(own), own / 9)
    np.testing.assert_array_equal(filters.from_array(own, None), own)
    np.testing.assert_allclose(filters.from_array([CROSS, CROSS]), np.array([CROSS] * 2) / 18)
    with pytest.raises(ArgumentError, match="from_array: values must be numbers"):
        filters.from_array([["ink"]])
    with pytest.raises(ArgumentError, match="filter of zeros"):
        filters.from_array([[0, 0]])
