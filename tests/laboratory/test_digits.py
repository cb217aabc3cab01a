"""The small network on few images: its table, model file, mistakes, and the same bytes again."""

import csv

import numpy as np
import pytest
from PIL import Image

from experiments import train_digits
from minitorchcnn import load_model
from minitorchcnn.laboratory.digits.network import DigitPlan, build_digit_network, train
from minitorchcnn.laboratory.digits.report import draw_mistakes

PLANS = [
    DigitPlan(name, seed, epochs, 40, 20)
    for name, epochs in (("synthetic", 1), ("handwriting", 2))
    for seed in (0, 1)
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Train everything once; return folder and printed text."""
    folder = tmp_path_factory.mktemp("digits")
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda *words, **_: lines.extend(map(str, words)))
        assert train_digits.run(PLANS, folder, jobs=1) == 0
    return folder, "\n".join(lines)


def test_table_names_both_sets_and_fits_the_screen(found):
    _, text = found
    assert "Synthetic digits, 28 x 28 pixels   29,290      40" in text
    assert "Real handwriting, 8 x 8 pixels     21,578   1,438" in text
    assert text.count("test % of each seed") == 2
    assert max(len(line) for line in text.splitlines() if "/" not in line) <= 88


def test_handwriting_is_learned_in_two_epochs(found):
    folder, _ = found
    with (folder / "digits.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["data"], r["seed"]) for r in rows] == [(p.data, str(p.seed)) for p in PLANS]
    assert all(float(r["test_accuracy"]) > 0.85 for r in rows if r["data"] == "handwriting")


def test_model_file_is_the_network_of_the_first_seed(found):
    folder, _ = found
    with (folder / "digits.csv").open(encoding="utf-8") as file:
        expected = [float(r["test_accuracy"]) for r in csv.DictReader(file)][2]
    digits = PLANS[2].digits
    answers = load_model(folder / "handwriting.safetensors").predict(digits.x_test).argmax(axis=1)
    assert float((answers == digits.y_test).mean()) == pytest.approx(expected, abs=1e-6)


def test_figures_are_drawn(found):
    folder, _ = found
    names = {path.stem for path in folder.glob("*.png")}
    assert {"synthetic_confusion", "synthetic_mistakes", "handwriting_confusion"} <= names
    for path in folder.glob("*.png"):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L"), dtype=float)
        assert min(pixels.shape) > 200, path.name
        assert pixels.std() > 5, path.name


def test_no_mistakes_need_no_figure(monkeypatch):
    run = train(PLANS[0])
    labels = run.model().predict(PLANS[0].digits.x_test).argmax(axis=1)
    perfect = type(PLANS[0].digits)(
        PLANS[0].digits.x_train, PLANS[0].digits.y_train, PLANS[0].digits.x_test, labels
    )
    monkeypatch.setattr(DigitPlan, "digits", property(lambda _: perfect))
    assert draw_mistakes(run) is None


def test_same_seed_gives_the_same_bits():
    first, second = train(PLANS[0]), train(PLANS[0])
    assert first.test_accuracy == second.test_accuracy
    for name, value in first.state.items():
        np.testing.assert_array_equal(value, second.state[name])


@pytest.mark.parametrize(("side", "size"), [(8, 21_578), (28, 29_290)])
def test_network_is_small(side, size):
    model = build_digit_network((1, side, side), seed=0)
    assert sum(parameter.size for parameter in model.parameters()) == size
    assert model.output_shape == (10,)


def test_command_line_reads_its_options(monkeypatch, tmp_path):
    got = []
    monkeypatch.setattr(train_digits, "run", lambda *words: got.append(words) or 0)
    words = ["--quick", "--data", "handwriting", "--seeds", "2", "--seed", "5", "--jobs", "1"]
    assert train_digits.main([*words, "--output", str(tmp_path)]) == 0
    plans, output, jobs = got[0]
    assert [(p.data, p.seed, p.epochs) for p in plans] == [("handwriting", s, 10) for s in (5, 6)]
    assert (output, jobs) == (tmp_path, 1)
