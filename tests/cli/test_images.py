"""The command line on a user's own images: from a folder of pictures to named answers."""

import csv
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from minitorchcnn import Dense, Flatten, Sequential, datasets, load_model
from minitorchcnn.cli import main

SIDE = 12
QUICK = ["--epochs", "6", "--filters", "4", "--quiet", "--workers", "1"]
CLASSES = ("lying", "standing")


def picture(name, rng, colour=False, light=False):
    """A thick dark bar on light paper, lying or standing, anywhere; or the other way round."""
    pixels = rng.integers(215, 256, (SIDE, SIDE), dtype=np.uint8)
    place = int(rng.integers(2, SIDE - 4))
    bar = (slice(place, place + 2), slice(1, SIDE - 1))
    pixels[bar if name == "lying" else bar[::-1]] = rng.integers(0, 40)
    pixels = 255 - pixels if light else pixels
    return Image.fromarray(np.dstack([pixels] * 3) if colour else pixels)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """One folder for each of two classes; its name has a space and letters beyond ASCII."""
    folder = tmp_path_factory.mktemp("data") / "my phötos"
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for number in range(30):
            picture(name, rng).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def model(photos, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "bars.safetensors"
    assert main(["train", str(photos), *QUICK, "--output", str(path)]) == 0
    return path


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def last_line(capsys):
    return capsys.readouterr().out.splitlines()[-1]


def test_model_file_tells_classes_and_preprocessing(model):
    learned = load_model(model)
    assert learned.class_names == CLASSES
    assert learned.input_shape == (1, SIDE, SIDE)
    expected = {"height": SIDE, "width": SIDE, "channels": 1, "light_ink": False, "digit": False}
    assert learned.preprocessing == expected


def test_training_says_what_it_reads(photos, capsys):
    words = ["train", str(photos), "--epochs", "1", "--filters", "2", "--workers", "1"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert f"{photos}: 60 training images of 12 x 12 pixels" in text
    assert "classes: lying (30), standing (30)" in text
    assert "validation: loss" in text
    assert "test: " not in text  # there is no test part, and none is claimed


def test_evaluate_names_the_classes(model, photos, capsys):
    assert main(["evaluate", str(model), str(photos), "--figure", "confusion.png"]) == 0
    text = capsys.readouterr().out
    assert f"on {photos}: 60 images" in text
    rows = [line.split() for line in text.splitlines() if line.endswith("%")]
    assert [row[:2] for row in rows] == [["0", "lying"], ["1", "standing"]]
    counts = np.array([[int(cell.replace(".", "0")) for cell in row[2:4]] for row in rows])
    assert counts.sum() == 60
    assert np.trace(counts) >= 54
    with Image.open("confusion.png") as image:
        assert min(image.size) > 150


def test_evaluate_knows_the_classes_by_their_names(model, photos, tmp_path, capsys):
    """Where the first class does not occur, the second one is still the second."""
    shutil.copytree(photos / "standing", tmp_path / "part" / "standing")
    assert main(["evaluate", str(model), "part"]) == 0
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if "standing  " in line]
    assert row[:2] == ["1", "standing"]
    assert float(row[-1].removesuffix("%")) > 80
    (tmp_path / "part" / "standing").rename(tmp_path / "part" / "sitting")
    assert main(["evaluate", str(model), "part"]) == 2
    message = "of which sitting are not among the 2 of the model's classes (lying, standing)."
    assert message in capsys.readouterr().err


def test_limits_can_be_raised_where_the_messages_say_so(model, photos, capsys):
    Image.new("L", (40, 30)).save("large.png")
    for words in (["predict", str(model), "large.png"], ["train", str(photos), *QUICK]):
        assert main([*words, "--max-pixels", "100"]) == 2
        error = capsys.readouterr().err
        assert "the limit is 0.0001 million" in error
        advised = re.search(r"give (--max-pixels \d+) if you trust the file", error).group(1)
        assert main([*words, *advised.split()]) == 0
    assert main(["evaluate", str(model), str(photos), "--limit-bytes", "100"]) == 2
    advised = re.search(r"give (--limit-bytes \d+) if", capsys.readouterr().err).group(1)
    assert main(["evaluate", str(model), str(photos), *advised.split()]) == 0
    assert main(["train", "--max-pixels", "9"]) == 2
    assert "--max-pixels is for your own images" in capsys.readouterr().err


def test_arrays_without_labels(capsys):
    """An argument of Python's is no help in a shell: the names of the files are."""
    np.save("pictures.npy", np.zeros((4, 8, 8), np.uint8))
    assert main(["train", "pictures.npy"]) == 2
    expected = "pictures.npy has no labels beside it: name the files x.npy and y.npy."
    assert expected in capsys.readouterr().err
    with open("images-idx3-ubyte", "wb") as file:
        file.write(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]))
    assert main(["train", "images-idx3-ubyte"]) == 2
    assert "expected a file labels-idx1-ubyte.\n" in capsys.readouterr().err


def test_what_is_put_right_is_told_in_the_words_of_the_command(photos, tmp_path, capsys):
    shutil.copytree(photos, tmp_path / "mixed")
    (tmp_path / "mixed" / "empty").mkdir()
    Image.new("L", (9, 9)).save(tmp_path / "mixed" / "lying" / "small.png")
    words = ["train", "mixed", "--epochs", "1", "--filters", "2", "--workers", "1"]
    assert main([*words, "--skip-broken"]) == 0
    text = capsys.readouterr().out
    assert "skipped: class mixed/empty is empty: it was left out." in text
    assert "small.png of 9 x 9: all were resized to 12 x 12." in text


@pytest.mark.parametrize("column", ["16", "-1"])
def test_a_column_is_numbered_on_the_command_line(tmp_path, column, capsys):
    rows = [[n % 3, *np.full(15, 100 * (n % 2)), n % 2] for n in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    words = ["train", "a.csv", "--filters", "2", "--epochs", "1", "--workers", "1"]
    assert main([*words, "--label-column", column]) == 0
    text = capsys.readouterr().out
    assert "classes are in column 16, as asked for" in text
    assert "classes: 0 (20), 1 (20)" in text


@pytest.mark.parametrize("size", [(12, 12), (150, 97)])
@pytest.mark.parametrize("colour", [False, True])
def test_predict_reads_pictures_of_any_size(model, size, colour, capsys):
    rng = np.random.default_rng(5)
    for name in CLASSES:
        picture(name, rng, colour).resize(size).save(f"{name}.png")
    assert main(["predict", str(model), "lying.png", "standing.png"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[f"{name}.png", name] for name in CLASSES]


def test_predict_takes_the_users_word_for_the_ink(model, capsys):
    picture("standing", np.random.default_rng(6), light=True).save("chalk.png")
    assert main(["predict", str(model), "chalk.png"]) == 0
    assert "ask again with --light-ink" in capsys.readouterr().err
    assert main(["predict", str(model), "chalk.png", "--light-ink"]) == 0
    output = capsys.readouterr()
    assert output.out.split()[:2] == ["chalk.png", "standing"]
    assert output.err == ""


def test_not_sure_below_the_threshold(capsys):
    """Weights of 0 leave the three classes alike: a third each."""
    level = Sequential([Flatten(), Dense(3, weight=np.zeros((3, 64)))], (1, 8, 8))
    level.save("level")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save("blank.png")
    for words, sure in [([], False), (["--threshold", "0.3"], True), (["--threshold", "1"], False)]:
        assert main(["predict", "level", "blank.png", *words]) == 0
        line = last_line(capsys)
        assert line.count("33.3%") == 3
        assert line.endswith("not sure") != sure


def test_photographed_digits_are_found_on_grey_paper(capsys):
    """Drawn digits, small on a page of uneven grey, as a telephone sees them."""
    words = ["--data", "synthetic", "--images", "700", "--epochs", "6", "--filters", "8"]
    assert main(["train", *words, "--quiet", "--workers", "1"]) == 0
    x, y = datasets.synthetic_digits(20, size=28, seed=77)
    light = np.add.outer(np.linspace(170, 220, 200), np.linspace(-25, 25, 260))
    for number, image in enumerate(x[:, 0]):
        ink = np.zeros((200, 260))
        ink[90:174, 30:114] = np.kron((image + 1) / 2, np.ones((3, 3)))
        page = light * (1 - 0.8 * ink)
        Image.fromarray(page.astype(np.uint8)).save(f"{number:02}.jpg", quality=90)
    names = [f"{number:02}.jpg" for number in range(20)]
    capsys.readouterr()
    assert main(["predict", "model.safetensors", *names]) == 0
    output = capsys.readouterr()
    answers = [line.split()[1] for line in output.out.splitlines()]
    assert sum(answer == str(label) for answer, label in zip(answers, y, strict=True)) >= 13
    assert output.err == ""
    Image.fromarray(light.astype(np.uint8)).save("paper.png")
    assert main(["predict", "model.safetensors", "00.jpg", "paper.png"]) == 2
    assert "error: paper.png: no digit is found" in capsys.readouterr().err


def test_colour_size_augmentation_and_history(photos, capsys):
    words = ["train", str(photos), *QUICK[2:], "--epochs", "2"]
    options = ["--rgb", "--size", "16", "--augment", "--validation", "0", "--history", "h.csv"]
    assert main([*words, *options]) == 0
    assert "validation" not in capsys.readouterr().out
    assert load_model("model.safetensors").input_shape == (3, 16, 16)
    with open("h.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    assert "val_loss" not in rows[0]


def test_arrays_with_a_test_part(capsys):
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in [("train", 40), ("test", 20)]:
        names = [CLASSES[k % 2] for k in range(count)]
        arrays[f"x_{part}"] = np.stack([np.asarray(picture(name, rng)) for name in names])
        arrays[f"y_{part}"] = np.arange(count) % 2
    np.savez("bars.npz", **arrays)
    assert main(["train", "bars.npz", *QUICK, "--output", "bars.safetensors"]) == 0
    assert "(20 images never used before)" in capsys.readouterr().out
    assert main(["evaluate", "bars.safetensors", "bars.npz"]) == 0
    assert "on bars.npz, test part: 20 images" in capsys.readouterr().out


def test_broken_files_are_refused_or_left_out(photos, capsys):
    rng = np.random.default_rng(1)
    for name in CLASSES:
        (photos.parent / "torn" / name).mkdir(parents=True, exist_ok=True)
        for number in range(4):
            picture(name, rng).save(photos.parent / "torn" / name / f"{number}.png")
    broken = photos.parent / "torn" / "lying" / "broken.png"
    broken.write_bytes(b"words")
    words = ["train", str(photos.parent / "torn"), "--epochs", "1", "--filters", "2"]
    assert main(words) == 2
    assert "broken.png" in capsys.readouterr().err
    assert main([*words, "--skip-broken"]) == 0
    assert "skipped: " in capsys.readouterr().out


def prepare(place):
    """Make what the mistakes below are about."""
    (place / "file").write_text("not a model", encoding="utf-8")
    (place / "empty").mkdir()
    (place / "lonely" / "only").mkdir(parents=True)
    for number in range(3):
        image = Image.fromarray(np.full((8, 8), 80 * number, np.uint8))
        image.save(place / "lonely" / "only" / f"{number}.png")
    Sequential([Flatten(), Dense(2)], (1, 8, 8)).save(place / "small")
    Sequential([Flatten(), Dense(2)], (3, 8, 8)).save(place / "colour")


BAD = [
    (["train", "none"], "none"),
    (["train", "file"], "file"),
    (["train", "empty"], "empty"),
    (["train", "lonely"], "lonely holds one class, 'only': .* two or more"),
    (["train", "PHOTOS", "--data", "handwriting"], "either the PATH of your images or --data"),
    (["train", "PHOTOS", "--images", "5"], "--size and --images are for drawn digits"),
    (["train", "--grey"], "--grey is for your own images: give the PATH"),
    (["train", "--skip-broken"], "--skip-broken is for your own images"),
    (["train", "--grey", "--rgb"], "not allowed with argument"),
    (["train", "--validation", "1.5"], "expected a number from 0 to 1, got '1.5'"),
    (["train", "--validation", "nan"], "expected a number from 0 to 1, got 'nan'"),
    (["train", "--checkpoint-every", "5"], "add --checkpoint FILE"),
    (["train", "--checkpoint", "empty"], "cannot write empty: Is a directory: a folder lies there"),
    (["train", "PHOTOS", "--rgb", "--hand-set"], "--hand-set filters are for grey images"),
    (["evaluate", "MODEL"], "2 outputs|10 outputs"),
    (["evaluate", "MODEL", "none"], "none"),
    (["evaluate", "MODEL", "PHOTOS", "--data", "synthetic"], "either the PATH"),
    (["evaluate", "small", "--skip-broken"], "--skip-broken is for your own images"),
    (["predict", "MODEL", "file"], "file is not a picture"),
    (["predict", "MODEL", "none.png"], "none.png"),
    (["predict", "MODEL", "empty"], "empty: it is a folder"),
    (["predict", "MODEL", "x.png", "--threshold", "2"], "expected a number from 0 to 1"),
    (["predict", "colour", "PHOTO", "--digit"], "--digit is for models of square grey images"),
    (["predict", "colour", "--index", "0"], "which neither set of digits has: handwriting"),
    (["train", "PHOTOS", "--label-column", "x"], "--label-column is for CSV files"),
    (["predict", "small", "PHOTO"], "is 12 x 12 pixels .* takes 8 x 8.*resize or crop"),
]


@pytest.mark.parametrize(("words", "match"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_mistakes_are_one_line_and_exit_code_2(words, match, model, photos, tmp_path, capsys):
    prepare(tmp_path)
    named = {"MODEL": model, "PHOTOS": photos, "PHOTO": photos / "lying" / "0.png"}
    assert main([str(named.get(word, word)) for word in words]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
    with pytest.raises(ValueError, match=f"^error: .*{match}"):
        raise ValueError(output.err)
