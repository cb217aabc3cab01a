"""IDX files, written byte by byte from the description of the format."""

import gzip
import struct

import numpy as np
import pytest

from minitorchcnn import FormatError, datasets
from minitorchcnn.types import StoredArray
from tests.datasets.readers.sources import LABELS, RAW, assert_ink, idx_bytes, ink, write_idx


@pytest.mark.parametrize("packed", [False, True])
def test_a_pair_of_files(tmp_path, packed):
    images = datasets.load(write_idx(tmp_path, packed=packed))
    assert images.x.shape == (6, 1, 3, 5)
    assert images.x.dtype == np.float32
    assert_ink(images.x[:, 0], ink(RAW))
    assert images.x[0, 0, 1, [1, 3]].tolist() == [-1, 1]  # exactly
    assert images.y.dtype == np.int64
    assert images.y.tolist() == LABELS.tolist()
    assert images.class_names == ("0", "1", "2")
    assert images.test is None
    assert any("light ink" in note for note in images.notes)


def test_a_folder_gives_train_and_test(tmp_path):
    write_idx(tmp_path)
    write_idx(tmp_path, "t10k", packed=True, raw=RAW[:2], labels=LABELS[:2])
    images = datasets.load(tmp_path)
    assert len(images) == 6
    assert_ink(images.test.x[:, 0], ink(RAW[:2]))
    assert images.test.y.tolist() == [2, 0]
    assert images.test.class_names == images.class_names
    assert repr(images) == "<Images: 6 images and 2 for tests of 1x3x5, 3 classes>"


def test_an_unpacked_file_goes_before_its_archive(tmp_path):
    write_idx(tmp_path)
    write_idx(tmp_path, packed=True)
    assert len(datasets.read_idx(tmp_path)) == 6


@pytest.mark.parametrize(
    ("code", "big", "values"),
    [
        (0x08, ">B", [0, 1]),
        (0x0B, ">h", [0, 4095]),
        (0x0C, ">i", [0, 65535]),
        (0x0D, ">f", [-1.0, 1.0]),
        (0x0E, ">d", [0.0, 1.0]),
    ],
)
def test_every_type_of_number_is_big_endian(tmp_path, code, big, values):
    array = np.array(values * 2, dtype=object).reshape(1, 2, 2)
    path = tmp_path / "a-images-idx3-ubyte"
    path.write_bytes(idx_bytes(array, code, big))
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(idx_bytes(np.array([3])))
    images = datasets.load(path, light_ink=True)
    assert images.x.tolist() == [[[[-1, 1], [-1, 1]]]]
    assert images.class_names == ("3",)


def test_bright_borders_are_paper(tmp_path):
    images = datasets.load(write_idx(tmp_path, raw=255 - RAW))
    assert_ink(images.x[:, 0], ink(RAW))
    assert images.preprocessing.light_ink is False
    assert any("dark ink on light paper" in note for note in images.notes)
    forced = datasets.load(tmp_path, light_ink=True)
    np.testing.assert_array_equal(forced.x, -images.x)


def test_large_sets_stay_in_the_file(tmp_path):
    images = datasets.load(write_idx(tmp_path), in_memory_bytes=100)
    assert isinstance(images.x, StoredArray)
    assert any("not kept in memory" in note for note in images.notes)
    for rows in (slice(1, 4), slice(None, None, 2), np.array([5, 0, 5]), LABELS == 1, 2, -1):
        assert_ink(images.x[rows], ink(RAW)[:, np.newaxis][rows])
    assert images.x[:2].flags.writeable
    assert_ink(np.asarray(images.x), ink(RAW)[:, np.newaxis])
    with pytest.raises(IndexError):
        images.x[6]


def test_classes_that_do_not_begin_at_0_are_renumbered(tmp_path):
    images = datasets.load(write_idx(tmp_path, labels=LABELS + 65))
    assert images.y.tolist() == LABELS.tolist()
    assert images.class_names == ("65", "66", "67")
    named = datasets.load(tmp_path, class_names=["bag", "coat", "shoe"])
    assert named.class_names == ("bag", "coat", "shoe")
    with pytest.raises(FormatError, match=r"3 classes, of which 65, 66, 67 are not among the 1"):
        datasets.load(tmp_path, class_names=["bag"])


def test_numbers_count_the_names_even_where_some_do_not_occur(tmp_path):
    """Sevens alone are still sevens."""
    write_idx(tmp_path, labels=np.where(LABELS > 0, 7, 3).astype(np.uint8))
    digits = datasets.load(tmp_path, class_names=[str(number) for number in range(10)])
    assert set(digits.y.tolist()) == {3, 7}
    words = datasets.load(tmp_path, class_names=[f"class {n}" for n in range(10)])
    assert set(words.y.tolist()) == {3, 7}
    from_one = datasets.load(tmp_path, class_names=[str(number) for number in range(1, 11)])
    assert set(from_one.y.tolist()) == {2, 6}


def packed(content):
    """Compress without the time of day, which would be part of the test's name."""
    return gzip.compress(content, mtime=0)


def header(*sizes):
    return b"\0\0\x08" + bytes([len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "begins with nothing"),
        (b"PNG!", r"not an IDX file: it begins with 50 4e 47 21"),
        (b"\0\0\x08", r"begins with 00 00 08"),
        (b"\0\0\x07\x01\0\0\0\x01x", r"begins with 00 00 07 01"),
        (b"\0\0\x08\x03\0\0\0\x01", "ends within its header"),
        (header(2, 3, 5) + bytes(29), r"45 bytes long, expected 46 .* cut off"),
        (header(2, 3, 5) + bytes(31), r"47 bytes long, expected 46"),
        (header(2**32 - 1, 2**32 - 1, 2**32 - 1), r"is 16 bytes long, expected 79,228,162"),
        (header(0, 3, 5), r"is empty: its array has shape \(0, 3, 5\)"),
        (packed(header(2, 3, 5) + bytes(29)), "ends after 29 bytes of its array"),
        (packed(header(2, 3, 5) + bytes(31)), "goes on after the 30 bytes"),
        (packed(header(999, 999, 999)), "more than its .* packed bytes can hold"),
        (
            packed(header(2**32 - 1, 2**32 - 1, 9)),
            "would take 1.66e.08 TB of memory",
        ),
        (
            packed(header(2, 3, 5) + bytes(30))[:-9],
            "is not an IDX file, or is damaged",
        ),
    ],
)
def test_broken_files(tmp_path, content, match):
    path = write_idx(tmp_path)
    path.write_bytes(content)
    with pytest.raises(FormatError, match=match) as caught:
        datasets.read_idx(path)
    assert "\n" not in str(caught.value)


def test_a_damaged_checksum_is_found(tmp_path):
    path = write_idx(tmp_path, packed=True)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    with pytest.raises(FormatError, match="CRC check failed"):
        datasets.load(path)


def test_an_archive_that_inflates_is_refused(tmp_path):
    path = write_idx(tmp_path, packed=True, raw=np.zeros((100, 30, 30), np.uint8))
    assert path.stat().st_size < 2000
    with pytest.raises(FormatError, match=r"would take 90 kB .* limit is 50 kB: give limit_bytes"):
        datasets.load(path, limit_bytes=50_000)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FormatError, match="No such file"):
        datasets.load(tmp_path / "nothing")
    path = write_idx(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "aside")
    with pytest.raises(FormatError, match=r"no labels beside it: expected .*train-labels-idx1"):
        datasets.load(path)
    assert len(datasets.read_idx(path, tmp_path / "aside")) == 6
    assert datasets.load(path, labels=LABELS[::-1]).y.tolist() == LABELS[::-1].tolist()
    write_idx(tmp_path, labels=LABELS[:4])
    with pytest.raises(FormatError, match="holds 6 images but 4 labels"):
        datasets.load(path)
    write_idx(tmp_path, "letters-train")
    with pytest.raises(FormatError, match=r"several sets \(.*letters-train.*give one of these"):
        datasets.load(tmp_path)
    path.unlink()
    (tmp_path / "letters-train-images-idx3-ubyte").rename(tmp_path / "images-idx")
    with pytest.raises(FormatError, match="no file of training images with a usual name"):
        datasets.load(tmp_path)


def test_parts_of_unlike_images_are_refused(tmp_path):
    write_idx(tmp_path)
    write_idx(tmp_path, "t10k", raw=RAW[:, :, :4])
    with pytest.raises(FormatError, match=r"shape \(3, 4\), but those for training have \(3, 5\)"):
        datasets.load(tmp_path)
