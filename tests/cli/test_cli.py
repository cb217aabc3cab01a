"""The command line as a user meets it: output, files and exit codes."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest

from minitorchcnn import Dense, __version__, datasets, load_model
from minitorchcnn.cli import COMMANDS, EXPERIMENTS, main

QUICK = ["train", "--epochs", "2", "--filters", "4", "--quiet"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    assert main([*QUICK, "--output", str(path)]) == 0
    return path


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "minitorchcnn", *words], capture_output=True, text=True, check=False
    )


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"minitorchcnn {__version__}\n"


@pytest.mark.parametrize("command", [[], *([name] for name in (*EXPERIMENTS, *COMMANDS))])
def test_help_has_examples_and_fits_a_terminal(command, capsys):
    assert main([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(" ".join(["usage: minitorchcnn", *command]))
    examples = text.partition("examples:\n")[2].strip().splitlines()
    assert examples
    assert all("minitorchcnn" in line for line in examples)
    assert max(map(len, text.partition("examples:")[0].splitlines())) <= 80


@pytest.mark.parametrize("command", ["tutorial", "train", "evaluate", "predict", "gradcheck"])
def test_random_commands_have_a_seed_with_a_default(command, capsys):
    main([command, "--help"])
    assert "(default: 0)" in " ".join(capsys.readouterr().out.partition("--seed N ")[2].split())


def test_help_and_errors_from_a_shell():
    helped = run("--help")
    assert helped.returncode == 0
    assert all(name in helped.stdout for name in (*EXPERIMENTS, *COMMANDS))
    failed = run("predict", "none.safetensors", "x.png")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.startswith("error: cannot read none.safetensors")
    assert len(failed.stderr.splitlines()) == 1


def test_help_loads_no_drawing_or_image_library():
    code = (
        "import sys; from minitorchcnn.cli import main; main(['--help']); "
        "print(*{'matplotlib', 'skimage', 'scipy', 'tqdm'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_train_prints_saves_and_records(capsys):
    words = ["train", "--epochs", "2", "--filters", "4", "--output", "new/m.safetensors"]
    assert main([*words, "--history", "new/history.csv"]) == 0
    output = capsys.readouterr()
    assert "Conv2D(4, 3, padding='same')" in output.out
    assert "epoch   2  loss" in output.out
    assert "359 images never used before" in output.out
    assert load_model("new/m.safetensors").output_shape == (10,)
    with open("new/history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["val_accuracy"]) > 0.5


def test_default_network_learns_handwriting(capsys):
    assert main(["train", "--epochs", "12", "--quiet"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("test:"))
    assert float(line.partition("accuracy ")[2].partition("%")[0]) > 96


def test_same_seed_trains_the_same_model(model, capsys):
    for seed, equal in (("0", True), ("1", False)):
        assert main([*QUICK, "--seed", seed]) == 0
        pairs = zip(
            load_model(model).parameters(),
            load_model("model.safetensors").parameters(),
            strict=True,
        )
        assert all(np.array_equal(a.value, b.value) for a, b in pairs) == equal


@pytest.mark.parametrize("freeze", [False, True])
def test_hand_set_filters_are_the_first_three(freeze, capsys):
    words = [*QUICK, "--filters", "5", "--hand-set", *(["--freeze"] if freeze else [])]
    assert main(words) == 0
    learned = load_model("model.safetensors")
    expected = (False, False, False, True, True) if freeze else True
    assert learned.layers[0].trainable == expected
    sign = np.sign(learned.state_dict()["0.weight"][0, 0])
    if freeze:
        np.testing.assert_array_equal(sign, [[1, 1, 1], [1, -1, 1], [1, 1, 1]])


def test_synthetic_digits_from_training_to_prediction(capsys):
    words = ["--data", "synthetic", "--size", "14", "--images", "60", "--schedule", "step"]
    assert main([*QUICK, *words]) == 0
    assert main(["evaluate", "model.safetensors", "--images", "40"]) == 0
    assert "on synthetic, test part of seed 0: 40 images" in capsys.readouterr().out
    assert main(["predict", "model.safetensors", "--index", "3", "1"]) == 0
    labels = datasets.synthetic_digits(4, size=14, seed=0)[1]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"synthetic 3 (a {labels[3]})")
    assert lines[1].startswith(f"synthetic 1 (a {labels[1]})")


def test_evaluate_counts_every_test_image_once(model, capsys):
    assert main(["evaluate", str(model), "--figure", "figures/confusion.png"]) == 0
    text = capsys.readouterr().out
    accuracy = next(line for line in text.splitlines() if line.startswith("accuracy"))
    table = text.partition("predicted")[2].splitlines()[2:12]
    rows = [[int(word.replace(".", "0")) for word in line.split()[1:-1]] for line in table]
    assert np.sum(rows) == 359
    assert f"({np.trace(rows)} of 359)" in accuracy
    assert os.path.getsize("figures/confusion.png") > 5000


def test_train_and_evaluate_measure_the_same_images(capsys):
    assert main([*QUICK, "--seed", "4"]) == 0
    trained = capsys.readouterr().out
    assert main(["evaluate", "model.safetensors", "--seed", "4"]) == 0
    loss = trained.partition("test:       loss ")[2].partition(",")[0]
    assert f"loss      {loss}" in capsys.readouterr().out


def test_predict_names_three_classes_with_probabilities(model, capsys):
    assert main(["predict", str(model), "--data", "handwriting", "--index", "0", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    words = lines[0].removeprefix("handwriting 0 (a 0)").split()
    shares = [float(word.rstrip("%")) for word in words[1::2]]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)


def test_gradcheck_passes_for_the_example_and_a_saved_model(model, capsys):
    assert main(["gradcheck"]) == 0
    assert "gradient check passed" in capsys.readouterr().out
    words = ["--data", "handwriting", "--samples", "2", "--elements", "20"]
    assert main(["gradcheck", str(model), *words]) == 0
    assert "3.weight" in capsys.readouterr().out


def test_gradcheck_fails_with_exit_code_1(monkeypatch, capsys):
    right = Dense.gradients

    def wrong(self, grad_y, saved, *, need_grad_x):
        grad_x, (weight, bias) = right(self, grad_y, saved, need_grad_x=need_grad_x)
        return grad_x, [1.1 * weight, bias]

    monkeypatch.setattr(Dense, "gradients", wrong)
    assert main(["gradcheck", "--elements", "10"]) == 1
    assert "FAILED, worst in 7.weight" in capsys.readouterr().out


def test_info_of_the_installation_and_of_a_file(model, capsys):
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert f"numpy         {np.__version__}\n" in text
    assert "cores" in text
    assert "BLAS" in text
    assert main(["info", str(model)]) == 0
    text = capsys.readouterr().out
    assert "minitorchcnn-model version 2" in text
    assert f"written by    minitorchcnn {__version__}, numpy {np.__version__}, python" in text
    assert "seed          0\n" in text
    assert "classes       0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n" in text
    assert "pictures      8 x 8 pixels, grey, black is 1\n" in text
    assert load_model(model).summary() in text
    assert str(load_model(model).estimate(32)) in text
    assert main(["info", str(model), "--batch-size", "500"]) == 0
    assert "batch of 500\ntraining step" in capsys.readouterr().out
