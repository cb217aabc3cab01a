"""CSV files as people, spreadsheets and Kaggle write them."""

import numpy as np
import pytest

from minitorchcnn import FormatError, datasets
from tests.datasets.readers.sources import assert_ink, ink

RAW = np.array([[0, 255, 0, 0], [0, 0, 7, 0], [0, 9, 0, 0], [0, 0, 0, 200]], np.uint8)
LABELS = [1, 0, 1, 0]


def write(path, lines, delimiter=",", end="\n", encoding="utf-8"):
    text = end.join(delimiter.join(map(str, line)) for line in lines) + end
    path.write_bytes(text.encode(encoding))
    return path


def rows(labels=LABELS, at=0):
    lines = [[*row] for row in RAW.tolist()]
    for line, label in zip(lines, labels, strict=True):
        line.insert(len(line) if at == -1 else at, label)
    return lines


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("at", [0, -1, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_header_names_the_labels(tmp_path, delimiter, at, encoding):
    names = [f"pixel{number}" for number in range(4)]
    names.insert(4 if at == -1 else at, "Label")
    path = write(tmp_path / "a.csv", [names, *rows(at=at)], delimiter, "\r\n", encoding)
    images = datasets.load(path)
    assert_ink(images.x, ink(RAW).reshape(4, 1, 2, 2))
    assert images.y.tolist() == LABELS
    assert images.class_names == ("0", "1")
    assert any("('Label'), by its name" in note for note in images.notes)


@pytest.mark.parametrize(("at", "column"), [(0, 0), (-1, 4)])
def test_without_a_header_the_first_or_last_column_that_varies(tmp_path, at, column):
    images = datasets.load(write(tmp_path / "a.csv", rows(at=at)))
    assert images.y.tolist() == LABELS
    assert any(f"classes are in column {column}, the" in note for note in images.notes)


def test_words_are_classes_wherever_they_are(tmp_path):
    words = ["größe", "null", "größe", '"a,b"']
    images = datasets.load(write(tmp_path / "a.csv", rows(words, at=1)))
    assert images.class_names == ("a,b", "größe", "null")
    assert images.y.tolist() == [1, 2, 1, 0]
    assert_ink(images.x, ink(RAW).reshape(4, 1, 2, 2))


def test_the_column_can_be_said(tmp_path):
    path = write(tmp_path / "a.csv", rows(at=2))
    for column in (2, -3):
        assert datasets.read_csv(path, column).y.tolist() == LABELS
        assert datasets.read_csv(path, str(column)).y.tolist() == LABELS  # as a shell gives it
    named = write(tmp_path / "b.csv", [["a", "b", "kind", "c", "d"], *rows(at=2)])
    assert datasets.load(named, label_column="kind").y.tolist() == LABELS
    with pytest.raises(FormatError, match=r"the columns a, b, kind, c, d, not one column 'sort'"):
        datasets.load(named, label_column="sort")
    with pytest.raises(FormatError, match=r"has no header, not one .* number from 0 to 4\."):
        datasets.load(path, label_column="sort")
    with pytest.raises(FormatError, match=r"has columns 0 \.\. 4, not 5"):
        datasets.load(path, label_column=5)


def test_fractions_sizes_and_blank_lines(tmp_path):
    lines = ["label,a,b,c,d,e,f", "", "3.0,0,0.5,1,0,0,0", ",,", "  ", "4,0,0,0,0,.25,0"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    images = datasets.load(tmp_path / "a.csv", size=(2, 3), light_ink=True)
    assert images.x[0].tolist() == [[[-1, 0, 1], [-1, -1, -1]]]
    assert images.x[1, 0, 1, 1] == -0.5
    assert images.class_names == ("3", "4")


def test_many_rows(tmp_path):
    """More rows than are held as text at a time; one block has a value that is no byte."""
    rng = np.random.default_rng(0)
    raw, labels = rng.integers(0, 256, (3000, 9)), rng.integers(0, 10, 3000)
    lines = np.concatenate([labels[:, np.newaxis], raw], axis=1).tolist()
    images = datasets.load(write(tmp_path / "a.csv", [["label", *"abcdefghi"], *lines]))
    np.testing.assert_allclose(images.x.reshape(3000, 9), raw / 127.5 - 1, atol=1e-6)
    assert images.y.tolist() == labels.tolist()
    lines[2500][1] = 0.5
    images = datasets.load(write(tmp_path / "a.csv", lines), label_column=0, light_ink=True)
    assert images.x[2500, 0, 0, 0] == np.float32(0.5 / 127.5 - 1)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "is empty: expected a row for each image"),
        ("label,a,b,c,d\n", "has a header only"),
        ("1\n2\n", "has one column"),
        ("label,a,b,c,d\n1,0,0,0,0\n1,0,0\n", "line 3: 3 columns, expected 5"),
        ("label,a,b,c,d\n1,0,0,x,0\n", "line 2: 'x' is no number"),
        ("label,a,b,c,d\n1,0,0,,0\n", "line 2: '' is no number"),
        ("label,a,b,c,d\n1,0,0,nan,0\n", "image 0 holds NaN"),
        ("label,a,b,c,d\n ,0,0,0,0\n", "line 2: the class in column 0 is empty"),
        ("1,0,0,0\n1,0,0,2\n", "rows of 3 pixels do not make"),
        ("0,0,0,0,0\n0,1,0,2,0\n", "no column looks like classes: give label_column"),
        ('label,a,b,c,d\n1,0,0,"0,0\n', "is not a CSV file, or is damaged"),
        ("label,a\n1,-9\n0,900\n", "which is no usual range"),
    ],
)
def test_broken_files(tmp_path, text, match):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=match) as caught:
        datasets.load(tmp_path / "a.csv")
    assert "\n" not in str(caught.value)


def test_limits(tmp_path):
    path = write(tmp_path / "a.csv", rows())
    with pytest.raises(FormatError, match="the text would take"):
        datasets.load(path, limit_bytes=10)
    path.write_bytes(b"1," * 3_000_000)
    with pytest.raises(FormatError, match="a line of more than 4,194,304 characters"):
        datasets.load(path)
    path.write_bytes(b"label,a\n1,\xff\n")
    with pytest.raises(FormatError, match=r"not text in UTF-8, byte 0xff is none of it: save it"):
        datasets.load(path)
    with pytest.raises(FormatError, match="No such file"):
        datasets.read_csv(tmp_path / "none.csv")
