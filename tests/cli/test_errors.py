"""How the command line fails: one line, an exit code, nothing half done."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from minitorchcnn import Conv2D, Dense, Flatten, Sequential
from minitorchcnn.cli import main

QUICK = ["train", "--epochs", "2", "--filters", "4", "--quiet"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    assert main([*QUICK, "--output", str(path)]) == 0
    return path


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(name, layers, shape):
    Sequential(layers, shape).save(name)
    return name


def test_ruined_training_is_exit_code_1_and_saves_nothing(capsys):
    assert main([*QUICK, "--learning-rate", "1e9"]) == 1
    assert "error: training ended at epoch 1/2" in capsys.readouterr().err
    assert not os.path.exists("model.safetensors")


BAD = [
    ([], "required: COMMAND .see minitorchcnn --help"),
    (["dance"], "invalid choice: 'dance'"),
    (["info", "--batch-size", "0"], "--batch-size: expected a whole number >= 1, got '0'"),
    (["train", "--epochs", "0"], "--epochs: expected a whole number >= 1, got '0'"),
    (["train", "--seed", "-1"], "--seed: expected a whole number >= 0, got '-1'"),
    (["train", "--data", "mnist"], "invalid choice: 'mnist'.*see minitorchcnn train --help"),
    (["train", "--size", "20"], "add --data synthetic"),
    (["train", "--freeze"], "add --hand-set"),
    (["train", "--hand-set", "--filters", "2"], "--filters of at least 3, got 2"),
    (["train", "--learning-rate", "-1"], "--learning-rate must be at least 0"),
    (["train", "--momentum", "1"], "--momentum must be at least 0.0 and below 1.0"),
    (["train", "--data", "synthetic", "--size", "5"], "--size must be >= 12, got 5"),
    (
        ["train", "--output", "."],
        "cannot write .: Is a directory: a folder lies there",
    ),
    (["train", "--history", "file/x.csv"], "cannot make the folder file"),
    (
        ["train", "--history", "/dev/null"],
        "cannot write /dev/null: no ordinary file",
    ),
    (["train", "--output", "a", "--history", "./a"], "--history and --output are both a: give"),
    (["train", "file", "--output", "file"], "--output and PATH are both file: give each"),
    (["train", "--checkpoint", "a", "--output", "a"], "--checkpoint and --output are both a"),
    (["train", "--validation", "1"], "--validation 1 leaves nothing to train on"),
    (["train", ".", "--digit", "--rgb"], "--digit gives square grey images: leave --rgb out"),
    (["evaluate", "none"], "cannot read none"),
    (["evaluate", "file"], "file is not a safetensors file"),
    (["evaluate", "MODEL", "--data", "synthetic"], "synthetic does not have.*use handwriting"),
    (["predict", "MODEL"], "give either picture files or --index"),
    (["predict", "MODEL", "--index", "1797"], "handwriting has digits 0 to 1796"),
    (["predict", "MODEL", "file", "--data", "synthetic"], "--data is for --index"),
    (["gradcheck", "none"], "cannot read none"),
    (["gradcheck", "--tolerance", "2"], "--tolerance must be at least 0.0 and below 1.0"),
    (["info", "none"], "cannot read none"),
    (["train", "extra", "more"], "unrecognized arguments: more"),
    (["predict", "MODEL", "x.png", "--bogus", "y.png"], "unrecognized arguments: --bogus y.png"),
    (["tutorial", "--no-figures", "--animations"], "leave out --no-figures"),
    (["tutorial", "--seed", "x"], "expected a whole number >= 0, got 'x'"),
]


@pytest.mark.parametrize(("words", "match"), BAD, ids=[" ".join(words) or "-" for words, _ in BAD])
def test_bad_usage_is_one_line_and_exit_code_2(words, match, model, capsys):
    with open("file", "w", encoding="utf-8") as file:
        file.write("not a model")
    assert main([str(model) if word == "MODEL" else word for word in words]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
    with pytest.raises(ValueError, match=f"^error: .*{match}"):
        raise ValueError(output.err)


def test_models_that_do_not_fit_are_refused(capsys):
    flat = save("flat", [Dense(10)], (4,))
    tall = save("tall", [Conv2D(1, 3)], (1, 8, 8))
    few = save("few", [Flatten(), Dense(3)], (1, 8, 8))
    for words, match in [
        (["evaluate", flat], "takes inputs of shape (4,)"),
        (["evaluate", few], "needs a model with 10 outputs"),
        (["predict", tall, "x.png"], "one output for each class"),
        (["predict", flat, "x.png"], "reads grey pictures"),
        (["gradcheck", few, "--data", "handwriting"], "leave --data out"),
    ]:
        assert main(words) == 2
        assert match in capsys.readouterr().err
    assert main(["gradcheck", tall, "--samples", "1"]) == 0


def test_a_folder_that_may_not_be_written_in_is_told_before_the_work(monkeypatch, capsys):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main([*QUICK, "--epochs", "100000"]) == 2
    assert (
        "model.safetensors: Permission denied: choose a folder that you may write in"
        in capsys.readouterr().err
    )


def test_a_full_disk_costs_no_old_figure(model, monkeypatch, capsys):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open("figure.png", "w", encoding="utf-8") as file:
        file.write("old")
    monkeypatch.setattr(os, "fsync", full)
    assert main(["evaluate", str(model), "--figure", "figure.png"]) == 2
    error = capsys.readouterr().err
    assert "cannot write figure.png: No space left on device: free some space" in error
    with open("figure.png", encoding="utf-8") as file:
        assert file.read() == "old"


def test_a_reader_that_leaves_is_no_error():
    writer = subprocess.Popen(
        [sys.executable, "-m", "minitorchcnn", "tutorial", "--no-figures"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() == 0


def test_ctrl_c_is_one_line_and_exit_code_130():
    words = ["train", "--data", "synthetic", "--epochs", "1000", "--images", "500"]
    process = subprocess.Popen(
        [sys.executable, "-m", "minitorchcnn", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "training images" in process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "error: stopped by Ctrl-C\n")
