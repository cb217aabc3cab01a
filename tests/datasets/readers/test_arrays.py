"""Arrays saved by NumPy itself, and archives that only pretend to be such."""

import io
import struct
import zipfile

import numpy as np
import pytest

from minitorchcnn import ArgumentError, FormatError, datasets
from minitorchcnn.types import StoredArray
from tests.datasets.readers.sources import LABELS, RAW, assert_ink, ink


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def archive(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "names", [("x_train", "y_train"), ("images", "labels"), ("arr_0", "arr_1"), ("X", "y")]
)
@pytest.mark.parametrize("in_memory", [0, 10**6])
def test_archives(tmp_path, save, names, in_memory):
    save(tmp_path / "a.npz", **{names[0]: RAW, names[1]: LABELS, "other": np.ones(3)})
    images = datasets.load(tmp_path / "a.npz", in_memory_bytes=in_memory)
    assert isinstance(images.x, StoredArray) == (in_memory == 0)
    assert_ink(images.x[:], ink(RAW)[:, np.newaxis])
    assert images.y.tolist() == LABELS.tolist()
    assert f"images are {names[0]}, labels are {names[1]}" in images.notes


def test_the_test_part_of_an_archive(tmp_path):
    parts = {"x_train": RAW, "y_train": LABELS, "x_test": RAW[:1], "y_test": LABELS[:1]}
    np.savez(tmp_path / "a.npz", **parts)
    images = datasets.load(tmp_path / "a.npz")
    assert_ink(images.test.x, ink(RAW[:1])[:, np.newaxis])
    assert images.test.y.tolist() == [2]


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_file_of_images_beside_its_labels(tmp_path, order):
    np.save(tmp_path / "x.npy", np.array(RAW, order=order))
    np.save(tmp_path / "y.npy", LABELS)
    for path in (tmp_path / "x.npy", tmp_path):
        images = datasets.load(path, in_memory_bytes=0)
        assert_ink(images.x[np.array([4, 1])], ink(RAW)[[4, 1], np.newaxis])
        assert images.y.tolist() == LABELS.tolist()


def test_labels_given(tmp_path):
    np.save(tmp_path / "pixels.npy", RAW)
    with pytest.raises(FormatError, match="no labels beside it: give labels=, an array or"):
        datasets.load(tmp_path / "pixels.npy")
    words = np.array(["b", "a", "c", "c", "a", "b"])
    images = datasets.load(tmp_path / "pixels.npy", labels=words)
    assert (images.class_names, images.y.tolist()) == (("a", "b", "c"), [1, 0, 2, 2, 0, 1])
    np.save(tmp_path / "words.npy", np.eye(3)[LABELS])
    images = datasets.read_arrays(tmp_path / "pixels.npy", tmp_path / "words.npy")
    assert images.y.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("values", "became"),
    [
        (np.array([0, 1], bool), "bool 0 .. 1"),
        (np.array([0, 16], "u1"), "uint8 0 .. 16"),
        (np.array([0, 200], "u1"), "uint8 0 .. 255"),
        (np.array([3, 60000], "u2"), "uint16 0 .. 65535"),
        (np.array([0, 1], "f4"), "float32 0 .. 1"),
        (np.array([-1, 0.5], "f8"), "float64 -1 .. 1"),
        (np.array([0, 254.5], "f2"), "float16 0 .. 255"),
    ],
)
def test_ranges_are_recognised(tmp_path, values, became):
    np.save(tmp_path / "x.npy", values.reshape(2, 1, 1))
    images = datasets.load(tmp_path / "x.npy", labels=np.array([0, 1]), light_ink=True)
    assert f"{became} became -1 .. 1" in images.notes
    low, high = (float(word) for word in became.split()[1::2])
    expected = (values.astype(float) - low) / (high - low) * 2 - 1
    assert_ink(images.x[:, 0, 0, 0], expected)


def test_a_range_of_ones_own(tmp_path):
    np.save(tmp_path / "x.npy", np.array([-3.0, 5.0]).reshape(2, 1, 1))
    path, labels = tmp_path / "x.npy", np.array([0, 1])
    with pytest.raises(FormatError, match=r"-3 .. 5, which is no usual range .* give value_range"):
        datasets.load(path, labels=labels)
    images = datasets.load(path, labels=labels, value_range=(-5, 5), light_ink=False)
    np.testing.assert_allclose(images.x[:, 0, 0, 0], [0.6, -1], atol=1e-6)
    with pytest.raises(FormatError, match=r"beyond value_range=\(0.0, 5.0\)"):
        datasets.load(path, labels=labels, value_range=(0, 5))


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((6, 15), {"size": (3, 5)}, (1, 3, 5)),
        ((6, 16), {}, (1, 4, 4)),
        ((6, 48), {"channels": 3}, (3, 4, 4)),
        ((6, 4, 5, 3), {}, (3, 4, 5)),
        ((6, 3, 4, 5), {}, (3, 4, 5)),
        ((6, 4, 5, 1), {}, (1, 4, 5)),
        ((6, 3, 4, 3), {}, (3, 4, 3)),
        ((6, 7, 4, 5), {}, (7, 4, 5)),
    ],
)
def test_layouts(tmp_path, shape, options, expected):
    raw = np.arange(np.prod(shape)).reshape(shape) % 251
    np.save(tmp_path / "x.npy", raw.astype(np.uint8))
    labels = np.arange(6) % 2
    images = datasets.load(tmp_path / "x.npy", labels=labels, light_ink=True, **options)
    assert images.x.shape == (6, *expected)
    how = images.preprocessing
    assert (how.channels, how.height, how.width) == expected
    last = shape[-1] == expected[0] and len(shape) == 4 and shape[1] != expected[0]
    if last:  # channel 0 of pixel (1, 2) of image 4
        assert_ink(images.x[4, 0, 1, 2], raw[4, 1, 2, 0] / 127.5 - 1)
    else:
        assert_ink(images.x.reshape(6, -1), raw.reshape(6, -1) / 127.5 - 1)


@pytest.mark.parametrize(
    ("shape", "options", "match"),
    [
        ((6, 15), {}, r"rows of 15 pixels do not make 1 x 3 x 3: give size"),
        ((6,), {}, r"shape \(6,\) holds no images, expected \(N, height, width\)"),
        ((6, 2, 2, 2, 2), {}, "holds no images"),
        ((6, 4, 4), {"size": 5}, r"has size \(4, 4\), not \(5, 5\): arrays are not resized"),
        ((6, 4, 4), {"channels": 3}, "has channels 1, not 3"),
    ],
)
def test_shapes_that_are_no_images(tmp_path, shape, options, match):
    np.save(tmp_path / "x.npy", np.zeros(shape, np.uint8))
    with pytest.raises(FormatError, match=match):
        datasets.load(tmp_path / "x.npy", labels=np.arange(6) % 2, **options)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (np.array([0.5] * 6), "label 0 is 0.5, expected whole numbers"),
        (np.array([np.nan] * 6), "label 0 is nan"),
        (np.ones((6, 3)), "rows of 3 numbers, but not one-hot"),
        (np.ones((6, 3, 1)), r"labels have shape \(6, 3, 1\)"),
        (np.array([2**64 - 1] * 6, np.uint64), "too large for a class"),
        (np.ones(6, complex), "neither numbers nor words"),
        (np.zeros(5, int), "holds 6 images but 5 labels"),
    ],
)
def test_labels_that_are_none(tmp_path, labels, match):
    np.save(tmp_path / "x.npy", RAW)
    with pytest.raises(FormatError, match=match):
        datasets.load(tmp_path / "x.npy", labels=labels)


NAN = RAW.astype("f4") / 255
NAN[4, 1, 2] = np.nan


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (npy(RAW)[:-1], "holds 89 bytes of numbers, expected 90"),
        (npy(RAW) + b"x", "holds 91 bytes of numbers, expected 90"),
        (npy(np.array([{"a": 1}]), allow_pickle=True), "holds object, expected numbers or words"),
        (npy(np.zeros(3, [("a", "u1"), ("b", "f4")])), "expected numbers or words"),
        (npy(RAW)[:9], "is not a .npy file of numbers, or is damaged"),
        (npy(RAW).replace(b"(6, 3, 5)", b"(6, 3, x)"), "is damaged"),
        (npy(RAW).replace(b"(6, 3, 5)", b"(-6,-3,5)"), "sizes cannot be negative"),
        (npy(RAW).replace(b"\x93NUMPY\x01", b"\x93NUMPY\x07"), "npy version|is damaged"),
        (npy(np.zeros((0, 3, 5), "u1")), r"array of shape \(0, 3, 5\): expected at least one"),
        (npy(NAN), "image 4 holds NaN or infinity"),
    ],
)
def test_broken_npy_files(tmp_path, content, match):
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(FormatError, match=match) as caught:
        datasets.load(tmp_path / "x.npy", labels=LABELS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_changed_byte_in_an_archive_is_found(tmp_path, method):
    members = {"images": npy(RAW), "labels": npy(LABELS)}
    path = archive(tmp_path / "a.npz", members, method)
    content = bytearray(path.read_bytes())
    content[150] ^= 4  # within the images' pixels, or their packed form
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"is not an \.npz archive, or is damaged"):
        datasets.load(path)


def test_archives_that_lie(tmp_path):
    zeros = npy(np.zeros((100, 30, 30), np.uint8))
    path = archive(tmp_path / "a.npz", {"x": zeros, "y": npy(LABELS)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match=r"unpacked x would take 90 kB of memory, the limit is"):
        datasets.load(path, limit_bytes=50_000)
    huge = npy(np.zeros((1, 30, 30), "u1")).replace(b"(1, 30, 30)", b"(9999,9999,9)")
    path = archive(tmp_path / "b.npz", {"x": huge, "y": npy(LABELS)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match=r"more than its .* packed bytes can hold"):
        datasets.load(path)
    path = archive(tmp_path / "c.npz", {"x": zeros, "y": npy(LABELS)}, zipfile.ZIP_BZIP2)
    with pytest.raises(FormatError, match="packed by method 12, expected plain or deflated"):
        datasets.load(path)
    path = archive(tmp_path / "d.npz", {"photos": zeros, "y": npy(LABELS)})
    with pytest.raises(FormatError, match="arrays named photos, y, expected images and labels"):
        datasets.load(path)
    (tmp_path / "e.npz").write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormatError, match=r"is not an \.npz archive"):
        datasets.load(tmp_path / "e.npz")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"size": (1, 2, 3)}, r"size must be one number or \(height, width\)"),
        ({"size": 0}, "size: height must be >= 1"),
        ({"size": (4, "5")}, "size: width must be an integer"),
        ({"value_range": 255}, r"value_range must be \(black, white\)"),
        ({"value_range": (1, 0)}, "value_range must go up"),
        ({"class_names": "abc"}, "class_names must be a list of words"),
        ({"class_names": ["a", "a"]}, "class_names has 'a' twice"),
        ({"on_error": "ignore"}, 'on_error must be "raise" or "skip"'),
        ({"light_ink": "yes"}, "light_ink must be True or False"),
        ({"digit": 1}, "digit must be True or False"),
        ({"label_column": 1.0}, "label_column must be a name or a number"),
        ({"label_column": 1}, "label_column is for CSV files"),
        ({"limit_bytes": 0}, "limit_bytes must be >= 1"),
        ({"max_pixels": 1.5}, "max_pixels must be an integer"),
    ],
)
def test_options_that_cannot_work(tmp_path, options, match):
    np.save(tmp_path / "x.npy", RAW)
    with pytest.raises(ArgumentError, match=match):
        datasets.load(tmp_path / "x.npy", **options)


def test_a_header_with_deep_brackets_is_data_not_code(tmp_path):
    text = b"{'descr': " + b"(" * 5000
    head = b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text
    (tmp_path / "x.npy").write_bytes(head)
    with pytest.raises(FormatError, match="is damaged"):
        datasets.load(tmp_path / "x.npy", labels=LABELS)
