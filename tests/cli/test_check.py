"""`minitorchcnn check` from a shell: exit codes, and errors that say what to give."""

import pytest

from minitorchcnn.cli import main

RIGHT = """
import numpy as np

class MyReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad_y):
        return grad_y * (self.x > 0)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(RIGHT, encoding="utf-8")
    return path


def test_right_layer(file, capsys):
    assert main(["check", f"{file}:MyReLU", "--like", "ReLU"]) == 0
    assert "passed: MyReLU does what ReLU does" in capsys.readouterr().out


def test_class_and_kind_are_found_where_there_is_only_one(file):
    assert main(["check", str(file)]) == 0


def test_wrong_layer(file, capsys):
    assert main(["check", f"{file}:MyReLU", "--like", "Tanh"]) == 1
    assert "FAILED" in capsys.readouterr().out


def test_loss(file, capsys):
    file.write_text("def loss(logits, labels):\n    raise NotImplementedError\n", encoding="utf-8")
    assert main(["check", f"{file}:loss", "--like", "softmax_cross_entropy"]) == 1
    assert "not finished: the function is not written yet." in capsys.readouterr().out


def test_neighbours_can_be_imported(file, tmp_path):
    (tmp_path / "a_neighbour_of_mine.py").write_text("def half(x):\n    return x / 2\n", "utf-8")
    file.write_text("import a_neighbour_of_mine\n" + RIGHT, encoding="utf-8")
    assert main(["check", str(file)]) == 0


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        ("nowhere.py:MyReLU", [], "there is no file nowhere.py: give FILE.py:CLASS."),
        ("MyReLU", [], "there is no file MyReLU: give FILE.py:CLASS."),
        ("mine.py:Other", [], "mine.py has no Other; it has MyReLU. Give mine.py:CLASS."),
        ("mine.py", ["--like", "ReLU6"], "like must be one of Conv2D, MaxPool"),
    ],
)
def test_bad_usage(file, layer, options, message, capsys, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert main(["check", layer, *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class MyReLU(", "mine.py does not run, SyntaxError"),
        ("import nothing_of_this_name", "mine.py does not run, ModuleNotFoundError"),
        ("import sys\nsys.exit(3)", "mine.py does not run, SystemExit"),
        ("x = 1", "does not tell which class is meant; it has no class at all."),
        (RIGHT + RIGHT.replace("MyReLU", "Second"), "it has MyReLU, Second."),
        (RIGHT.replace("MyReLU", "Mine"), "Mine does not say what it is like: add --like"),
    ],
)
def test_files_that_do_not_do(file, text, message, capsys):
    file.write_text(text, encoding="utf-8")
    assert main(["check", str(file)]) == 2
    assert message in capsys.readouterr().err
