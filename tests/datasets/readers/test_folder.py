"""Folders of pictures, written by Pillow, tidy and untidy."""

import numpy as np
import pytest
from PIL import Image

from minitorchcnn import ArgumentError, FormatError, datasets
from minitorchcnn.types import StoredArray
from tests.datasets.readers.sources import assert_ink, write_folders


def test_class_folders(tmp_path):
    images = datasets.load(write_folders(tmp_path / "pets"))
    assert images.class_names == ("cat", "dog")
    assert images.y.tolist() == [0, 0, 0, 1, 1, 1]
    expected = np.full((6, 1, 6, 4), -1.0)  # white paper
    for index in range(3):
        expected[index, 0, 1, 1:-1] = expected[3 + index, 0, 2, 1:-1] = 1 - 10 * index / 127.5
    assert_ink(images.x, expected)
    assert images.skipped == []
    how = images.preprocessing
    assert (how.channels, how.height, how.width, how.light_ink) == (1, 6, 4, False)
    stored = datasets.load(tmp_path / "pets", in_memory_bytes=0)
    assert isinstance(stored.x, StoredArray)
    np.testing.assert_array_equal(stored.x[:], images.x)


def test_numbers_are_sorted_as_numbers_and_a_test_part_is_found(tmp_path):
    write_folders(tmp_path / "Train", ("10", "9", "2"), n=1)
    write_folders(tmp_path / "test", ("9", "2"), n=1)
    images = datasets.load(tmp_path)
    assert images.class_names == ("2", "9", "10")
    assert images.y.tolist() == [0, 1, 2]
    assert images.test.y.tolist() == [0, 1]
    assert images.test.class_names == images.class_names


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_kinds_of_files(tmp_path, suffix, mode):
    folder = tmp_path / "set" / "a"
    folder.mkdir(parents=True)
    pixels = np.full((16, 16), 240, np.uint8)
    pixels[4:12, 4:12] = 30
    Image.fromarray(pixels).convert(mode).save(folder / f"one.{suffix}")
    images = datasets.load(tmp_path / "set")
    assert images.x.shape == (1, 1 if mode == "L" else 3, 16, 16)
    ink_is_one = 1 if mode == "L" else -1  # in colours bright is 1
    inside, outside = images.x[0, :, 5:11, 5:11], images.x[0, :, :2, :2]
    np.testing.assert_allclose(inside, -ink_is_one * (30 / 127.5 - 1), atol=0.1)
    np.testing.assert_allclose(outside, -ink_is_one * (240 / 127.5 - 1), atol=0.1)
    grey = datasets.load(tmp_path / "set", channels=1)
    np.testing.assert_allclose(grey.x[0, 0, 5:11, 5:11], 1 - 30 / 127.5, atol=0.1)


def test_colours_keep_their_places(tmp_path):
    (tmp_path / "a").mkdir()
    Image.new("RGB", (5, 3), (255, 0, 51)).save(tmp_path / "a" / "one.png")
    images = datasets.load(tmp_path)
    np.testing.assert_allclose(images.x[0, :, 0, 0], [1, -1, 51 / 127.5 - 1], atol=1e-6)
    assert any("one.png may have colours: channels=1" in note for note in images.notes)


def test_resizing_is_anti_aliased(tmp_path):
    """Stripes finer than the new pixels become their mean; taking every 8th would keep one."""
    (tmp_path / "a").mkdir()
    stripes = np.zeros((64, 96), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a" / "one.png")
    images = datasets.load(tmp_path, size=(8, 12), light_ink=True)
    assert images.x.shape == (1, 1, 8, 12)
    np.testing.assert_allclose(images.x, 0, atol=0.02)


def both_ways(path, match, done="", **options):
    """Refuse with advice, or put right and tell what was done: the fact is the same."""
    with pytest.raises(FormatError, match=match) as caught:
        datasets.load(path, **options)
    images = datasets.load(path, on_error="skip", **options)
    (told,) = images.skipped
    fact = told.removesuffix(f": {done}.") if done else told
    assert done in told
    assert str(caught.value).startswith(fact)
    assert "on_error" not in told  # it is given already
    return images


def test_a_broken_picture(tmp_path):
    root = write_folders(tmp_path / "pets")
    (root / "cat" / "1.png").write_bytes(b"no picture")
    images = both_ways(root, r"cat.1\.png is not a picture \(PNG, JPEG or BMP\), or is damaged")
    assert images.y.tolist() == [0, 0, 1, 1, 1]


def test_a_picture_that_is_cut_off(tmp_path):
    root = write_folders(tmp_path / "pets", size=(60, 40))
    path = root / "dog" / "2.png"
    path.write_bytes(path.read_bytes()[:60])
    images = both_ways(root, r"dog.2\.png is not a picture .* is damaged")
    assert images.y.tolist() == [0, 0, 0, 1, 1]
    assert images.x[4].max() > 0.9  # nothing has slipped into its place


def test_an_empty_class(tmp_path):
    root = write_folders(tmp_path / "pets")
    (root / "ant").mkdir()
    images = both_ways(root, r"class .*ant is empty: expected pictures", "it was left out")
    assert images.class_names == ("cat", "dog")


def test_mixed_sizes(tmp_path):
    root = write_folders(tmp_path / "pets")
    Image.new("L", (9, 7), 255).save(root / "cat" / "other.png")
    match = r"2 sizes, most of 6 x 4, but .*other\.png of 7 x 9: give size="
    images = both_ways(root, match, "all were resized to 6 x 4")
    assert images.x.shape == (7, 1, 6, 4)
    assert datasets.load(root, size=5).x.shape == (7, 1, 5, 5)


def test_class_names_that_differ_by_case(tmp_path):
    root = write_folders(tmp_path / "pets", ("Cat", "cat", "dog"))
    if len(list(root.iterdir())) < 3:
        pytest.skip("this file system takes them for one")
    match = r"pets.cat and class Cat differ by case only: rename one"
    images = both_ways(root, match, "they count as one class")
    assert images.class_names == ("Cat", "dog")
    assert images.y.tolist() == [0] * 6 + [1] * 3


def test_files_that_are_no_pictures_are_counted(tmp_path):
    root = write_folders(tmp_path / "pets")
    (root / "cat" / "notes.txt").write_text("soft")
    (root / "cat" / ".hidden.png").write_text("")
    left_out = f"1 file in {root} left out: not named as .png, .jpg, .jpeg, .bmp"
    assert left_out in datasets.load(root).notes


def test_a_part_of_the_classes_keeps_the_places_that_they_have_among_all(tmp_path):
    """What a network has learned as class 1 is class 1 where class 0 does not occur."""
    root = write_folders(tmp_path / "pets", ("dog", "10", "9"), n=1)
    names = ["cat", "9", "dog", "10"]
    images = datasets.load(root, class_names=names)
    assert images.class_names == tuple(names)
    assert images.y.tolist() == [1, 3, 2]  # folders by number and letter: 9, 10, dog
    with pytest.raises(FormatError, match=r"of which dog are not among the 2 of class_names"):
        datasets.load(root, class_names=["9", "10"])


def test_numbered_folders_can_be_named(tmp_path):
    root = write_folders(tmp_path / "digits", ("0", "2"), n=1)
    images = datasets.load(root, class_names=["null", "eins", "zwei"])
    assert images.y.tolist() == [0, 2]


@pytest.mark.parametrize(
    "read",
    [
        *(datasets.load, datasets.read_idx, datasets.read_arrays, datasets.read_csv),
        *(datasets.read_folder, datasets.read_image),
    ],
)
def test_no_path_at_all(read):
    with pytest.raises(ArgumentError, match=rf"^{read.__name__}: path must be the path of .* None"):
        read(None)


def test_nothing_to_read(tmp_path):
    with pytest.raises(FormatError, match="holds no folders: expected one folder of pictures for"):
        datasets.load(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(FormatError, match="holds no picture that can be read"):
        datasets.load(tmp_path, on_error="skip")
    (tmp_path / "a.doc").write_text("words")
    with pytest.raises(FormatError, match=r"a\.doc is nothing that is read here: expected an IDX"):
        datasets.load(tmp_path / "a.doc")
    with pytest.raises(ArgumentError, match="1 or 3 channels, got channels=2"):
        datasets.load(tmp_path, channels=2)


def test_large_pictures_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "large.png"
    Image.new("1", (8000, 7000)).save(path)
    assert path.stat().st_size < 100_000
    match = r"7000 x 8000 pixels \(height x width\), 56\.0 million, the limit is 50 million: shrink"
    for read in (datasets.read_image, datasets.load):
        with pytest.raises(FormatError, match=match):
            read(path if read is datasets.read_image else tmp_path)
    with pytest.raises(FormatError, match=r"the limit is 0\.0001 million"):
        datasets.read_image(path, max_pixels=100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # Pillow's own limit: 89 million
    Image.new("L", (50, 30)).save(path)  # of which it warns
    assert datasets.read_image(path).shape == (30, 50)
    Image.new("L", (50, 60)).save(path)  # which it refuses
    with pytest.raises(FormatError, match=r"is not a picture .*exceeds limit"):
        datasets.read_image(path)


def test_pictures_must_fit_into_memory(tmp_path):
    root = write_folders(tmp_path / "pets")
    with pytest.raises(FormatError, match=r"its pictures would take 6 MB .* limit is 1 MB"):
        datasets.load(root, size=1000, limit_bytes=10**6)


class TestReadImage:
    def read(self, image, path, **options):
        image.save(path / "one.png", **options)
        return datasets.read_image(path / "one.png")

    def test_bits_and_bytes_and_16_bits(self, tmp_path):
        grey = np.array([[0, 127, 255]], np.uint8)
        np.testing.assert_array_equal(self.read(Image.fromarray(grey), tmp_path), grey)
        bits = self.read(Image.fromarray(grey > 100), tmp_path)
        assert bits.tolist() == [[0, 255, 255]]
        wide = Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
        assert self.read(wide, tmp_path).tolist() == [[0, 128, 255]]

    def test_transparent_is_white(self, tmp_path):
        clear = Image.new("RGBA", (2, 1), (10, 20, 30, 0))
        clear.putpixel((1, 0), (10, 20, 30, 255))
        pixels = self.read(clear, tmp_path)
        assert pixels.tolist() == [[[255, 255, 255], [10, 20, 30]]]
        assert self.read(clear.convert("LA"), tmp_path).shape == (1, 2)

    def test_as_the_camera_was_held(self, tmp_path):
        image = Image.new("L", (4, 2), 255)
        image.putpixel((3, 0), 0)
        exif = Image.Exif()
        exif[0x0112] = 6  # "turn it by 90 degrees clockwise"
        pixels = self.read(image, tmp_path, exif=exif)
        assert pixels.shape == (4, 2)
        assert pixels[3, 1] == 0
        (tmp_path / "a").mkdir()
        (tmp_path / "one.png").rename(tmp_path / "a" / "one.png")
        assert datasets.load(tmp_path).x.shape == (1, 1, 4, 2)

    def test_what_is_no_picture(self, tmp_path):
        with pytest.raises(FormatError, match="it is a folder, expected a picture file"):
            datasets.read_image(tmp_path)
        with pytest.raises(FormatError, match="No such file"):
            datasets.read_image(tmp_path / "none.png")
        Image.new("L", (4, 2)).save(tmp_path / "a.gif")
        with pytest.raises(FormatError, match=r"is not a picture \(PNG, JPEG or BMP\)"):
            datasets.read_image(tmp_path / "a.gif")

    @pytest.mark.parametrize(
        ("begin", "told"),
        [
            (b"", r"it is empty"),
            (b"hello\n", r"it begins with b'hello\\n'"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\0", r"it begins as a PNG does"),
            (b"GIF89a......", r"it begins as a GIF does"),
            (b"\0\0\0\x18ftypheic", r"it begins as a HEIC, AVIF or film does"),
        ],
    )
    def test_what_it_is_instead(self, tmp_path, begin, told):
        """A telephone's HEIC is called .jpg soon enough; Pillow names an object of Python's."""
        path = tmp_path / "phötö 1.jpg"
        path.write_bytes(begin)
        match = rf"phötö 1\.jpg is not a picture .* or is damaged: {told}\. Copy or convert it"
        with pytest.raises(FormatError, match=match):
            datasets.read_image(path)
