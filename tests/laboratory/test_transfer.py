"""Drawn digits teach reading: the 8 x 8 form, the report, scans of one's own, and refusals."""

import csv
import hashlib
import re

import numpy as np
import pytest

from experiments import transfer as script
from minitorchcnn import FormatError, datasets, load_model
from minitorchcnn.cli import transfer as command
from minitorchcnn.laboratory.transfer import report, runs
from minitorchcnn.laboratory.transfer.rescale import as_8x8
from minitorchcnn.laboratory.transfer.runs import LOOKED_AT, Reading, TransferPlan

TINY = [TransferPlan(28, 0, 40, 1, test=20), TransferPlan(8, 0, 300, 4, test=40)]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Run a tiny transfer once; return folder and printed text."""
    folder = tmp_path_factory.mktemp("transfer")
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda *words, **_: lines.extend(map(str, words)))
        patch.setattr(report, "_SPEED_IMAGES", 30)
        runs_of_script = report.run_and_report(TINY, folder, 1, "python experiments/transfer.py")
        print(script.answer(runs_of_script))
    return folder, "\n".join(lines)


def blob(rows, columns, size=64):
    """Ink in a rectangle: rows and columns as (first, after the last)."""
    image = np.full((1, 1, size, size), -1.0, dtype=np.float32)
    image[..., slice(*rows), slice(*columns)] = 1
    return image


def test_small_form_fills_the_height_and_the_middle_columns():
    """A frame of 5/8 of the height: rows 0 to 7, columns 6 to 25 of 32, so 1 to 6 of 8."""
    image = blob((10, 50), (20, 45))
    image[..., 16:44, 26:39] = -1
    small = as_8x8(image)[0, 0]
    assert small.shape == (8, 8)
    ink = small > -1
    assert np.flatnonzero(ink.any(axis=1)).tolist() == list(range(8))
    assert np.flatnonzero(ink.any(axis=0)).tolist() == list(range(1, 7))
    assert small[3, 3] == -1  # the hole


def test_small_form_counts_sixteenths():
    x, _ = datasets.synthetic_digits(20, 64, seed=0)
    small = as_8x8(x)
    assert small.dtype == np.float32
    assert small.shape == (20, 1, 8, 8)
    np.testing.assert_array_equal(small * 8, np.rint(small * 8))
    assert 0.2 < ((small + 1) / 2).mean() < 0.4


def test_small_form_takes_the_slant_out():
    """A bar that leans, as ink (row, column) = (r, 20 + r // 2), stands upright afterwards."""
    image = np.full((1, 1, 64, 64), -1.0, dtype=np.float32)
    for row in range(8, 56):
        image[0, 0, row, 10 + row // 2 : 18 + row // 2] = 1
    small = as_8x8(image)[0, 0]
    centres = (small + 1) @ np.arange(8) / (small + 1).sum(axis=1)
    assert np.ptp(centres) < 0.5


def test_small_form_does_not_stretch_a_one_without_limit():
    """A bare stem stays a stem; stretched to the box it would be a square of six columns."""
    small = as_8x8(blob((4, 60), (30, 34)))[0, 0]
    assert 1 <= (small > -1).any(axis=0).sum() <= 4


def test_text_names_speed_hash_and_all_digits(found):
    _, text = found
    x, y = datasets.synthetic_digits(30)
    assert hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest() in text
    assert re.search(r"30 digits of 28 x 28 pixels drawn in \d+\.\d seconds", text)
    assert "people's, second half" in text
    for digit in range(10):
        assert re.search(rf"^    {digit}  +\d+ ", text, re.MULTILINE), digit
    assert max(map(len, text.splitlines())) <= 150  # the hash is a long word


def test_report_holds_every_reading_and_the_networks_are_those_that_read(found):
    folder, _ = found
    with (folder / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["pixels"], row["digits"], row["images"]) for row in rows] == [
        ("28", "drawn", "20"),
        ("8", "drawn", "40"),
        ("8", "looked at", "898"),
        ("8", "unseen", "899"),
    ]
    x, y = datasets.handwriting()
    answers = load_model(folder / "drawn_8.safetensors").predict(x[LOOKED_AT:]).argmax(axis=1)
    share = (answers == y[LOOKED_AT:]).mean()
    assert float(rows[3]["accuracy"]) == pytest.approx(share, abs=1e-5)
    assert {path.name for path in folder.glob("*.png")} == {
        "unseen_confusion.png",
        "unseen_mistakes.png",
    }
    assert "Trained on drawn digits only" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_little_drawing_teaches_reading_people(found):
    """300 drawn digits, four times: chance would be 0.1."""
    folder, _ = found
    with (folder / "results.csv").open(encoding="utf-8") as file:
        accuracies = {row["digits"]: float(row["accuracy"]) for row in csv.DictReader(file)}
    assert accuracies["unseen"] > 0.5
    assert f"read {100 * accuracies['unseen']:.1f} % of people's digits" in found[1]


@pytest.mark.parametrize("words", ["", "--quick", "--seeds 2 --seed 4 --judge x"])
def test_the_script_plans_what_the_command_plans(words, monkeypatch):
    planned = []
    for module in (command, script):
        monkeypatch.setattr(module, "run_and_report", lambda plans, *_: planned.append(plans) or [])
    monkeypatch.setattr(script, "answer", lambda _: "")
    assert command.main(words.split()) == script.main(words.split()) == 0
    assert planned[0] == planned[1] != []


def test_scans_of_ones_own_are_read_in_the_mnist_form(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 28, 28)).astype(np.uint8)
    images[:, :4] = images[:, -4:] = 0
    images[:, :, :4] = images[:, :, -4:] = 0
    np.savez(tmp_path / "scans.npz", images=images, labels=np.arange(12) % 10)
    x, y = runs.load_scans(tmp_path / "scans.npz")
    np.testing.assert_allclose(x[:, 0], images / 127.5 - 1, atol=1e-6)
    assert y.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    plan = TransferPlan(28, 0, 20, 1, tmp_path / "scans.npz", test=10)
    assert list(runs.load_test_sets(plan)) == ["drawn", "judge"]


@pytest.mark.parametrize(
    ("size", "labels", "message"),
    [
        (20, np.arange(10), r"images of shape \(1, 20, 20\), expected \(1, 28, 28\)"),
        (28, np.array(["a", "b"] * 5), "has the classes a, b, expected digits 0 to 9"),
    ],
)
def test_other_images_are_refused(tmp_path, size, labels, message):
    images = np.zeros((10, size, size), np.uint8)
    images[:, 9:15, 9:15] = 255
    np.savez(tmp_path / "other.npz", images=images, labels=labels)
    with pytest.raises(FormatError, match=message):
        runs.load_scans(tmp_path / "other.npz")


def test_digits_table_names_what_each_is_taken_for():
    labels = np.array([0, 0, 0, 0, 1, 2])
    reading = Reading(labels, np.eye(10)[[0, 6, 6, 9, 1, 2]])
    rows = report.tabulate_digits([reading]).rows
    assert rows[0] == ["0", "4", "25.0", "6 (2), 9 (1)"]
    assert rows[1] == ["1", "1", "100.0", "-"]
    assert rows[3] == ["3", "0", "-", "-"]


def test_bad_judge_is_refused_before_the_work(tmp_path, capsys):
    assert command.main(["--judge", str(tmp_path / "none.npz"), "--output", str(tmp_path)]) == 2
    assert "none.npz" in capsys.readouterr().err
