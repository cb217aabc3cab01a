"""Ctrl-C and going on: the same model as if nothing had happened, and nobody's file lost."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    Callback,
    Checkpoint,
    Dense,
    Flatten,
    Sequential,
    Trainer,
    datasets,
    load_model,
)
from minitorchcnn.cli import main

WORDS = ["train", "--filters", "3", "--epochs", "4", "--workers", "1", "--schedule", "step"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def states(*paths):
    return [load_model(path).state_dict() for path in paths]


def same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


def stopped_by_ctrl_c(words, after):
    """Run a command and send it an interrupt when it has printed a line that begins so."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "minitorchcnn", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.startswith(after):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def test_ctrl_c_tells_how_to_go_on_and_the_end_is_the_same(capsys):
    words = [*WORDS, "--epochs", "15", "--checkpoint", "the run", "--checkpoint-every", "9"]
    code, errors = stopped_by_ctrl_c([*words, "--output", "stopped"], "epoch   2")
    assert code == 130
    assert errors.startswith("error: stopped by Ctrl-C after ")
    assert errors.endswith("go on with: minitorchcnn resume 'the run'\n")
    assert not os.path.exists("stopped")
    assert main(["resume", "the run"]) == 0
    text = capsys.readouterr().out
    assert "epoch   1" not in text
    assert "epoch  15" in text
    assert main([*words[:-4], "--quiet", "--output", "whole"]) == 0
    assert same(*states("stopped", "whole"))


class StopsAt(Callback):
    """Ctrl-C after some updates, without a second process."""

    def __init__(self, updates):
        self.left = updates

    def on_step_end(self, trainer, x, targets, loss):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def stop(words, updates, monkeypatch):
    """Run a command that is interrupted after some updates; a checkpoint is there."""
    with monkeypatch.context() as patch:
        fit = Trainer.fit

        def interrupted(self, *args, callbacks=(), **options):
            return fit(self, *args, callbacks=[*callbacks, StopsAt(updates)], **options)

        patch.setattr(Trainer, "fit", interrupted)
        assert main(words) == 130


def test_augmentation_history_and_options_go_on(monkeypatch, capsys):
    words = [*WORDS, "--augment", "--momentum", "0.5", "--seed", "3", "--quiet", "--history"]
    assert main([*words, "whole.csv", "--output", "whole"]) == 0
    stop([*words, "part.csv", "--output", "part", "--checkpoint", "c"], 100, monkeypatch)
    assert not os.path.exists("part.csv")
    assert main(["resume", "c", "--quiet", "--workers", "2"]) == 0
    assert same(*states("whole", "part"))
    whole, part = (
        np.genfromtxt(name, delimiter=",", names=True) for name in ("whole.csv", "part.csv")
    )
    for name in ("epoch", "loss", "val_loss", "learning_rate"):
        np.testing.assert_array_equal(whole[name], part[name])


def test_a_finished_training_has_nothing_left_to_do(capsys):
    assert main([*WORDS, "--quiet", "--checkpoint", "c"]) == 0
    before = states("model.safetensors")
    assert main(["resume", "c", "--quiet"]) == 0
    assert same(*before, *states("model.safetensors"))


def test_checkpoint_data_and_output_may_move(tmp_path, monkeypatch, capsys):
    x, y = datasets.handwriting()
    pixels = np.round((x[:200, 0] + 1) * 127.5).astype(np.uint8)
    np.savez(tmp_path / "here.npz", x=pixels, y=y[:200])
    words = ["train", "here.npz", *WORDS[1:], "--quiet"]
    assert main([*words, "--output", "whole"]) == 0
    stop([*words, "--output", "part", "--checkpoint", "c"], 15, monkeypatch)
    os.mkdir("elsewhere")
    for name in ("here.npz", "c"):
        shutil.move(name, "elsewhere")
    monkeypatch.chdir("elsewhere")
    capsys.readouterr()
    assert main(["resume", "c", "--quiet"]) == 2
    assert "here.npz" in capsys.readouterr().err
    assert main(["resume", "c", "here.npz", "--output", "moved", "--quiet"]) == 0
    assert same(*states("moved", tmp_path / "whole"))
    assert not (tmp_path / "part").exists()


def test_other_data_is_refused(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    for name in ("first.npz", "second.npz"):
        pixels = rng.integers(0, 256, (40, 8, 8), dtype=np.uint8)
        np.savez(name, x=pixels, y=np.arange(40) % 2)
    stop(["train", "first.npz", *WORDS[1:], "--quiet", "--checkpoint", "c"], 2, monkeypatch)
    capsys.readouterr()
    assert main(["resume", "c", "second.npz", "--quiet"]) == 2
    assert "data" in capsys.readouterr().err


def test_a_stopped_training_is_not_overwritten_by_a_new_one(monkeypatch, capsys):
    words = [*WORDS, "--quiet", "--checkpoint", "c"]
    stop(words, 60, monkeypatch)
    capsys.readouterr()
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "c holds a training that was stopped after 1 of 4 epochs: go on with" in error
    assert main(["resume", "c", "--quiet"]) == 0
    assert main(words) == 0  # nothing is left to lose
    with open("diary", "w", encoding="utf-8") as file:
        file.write("dear diary")
    capsys.readouterr()
    assert main([*WORDS, "--checkpoint", "diary"]) == 2
    assert "written to diary, where something else is: give another" in capsys.readouterr().err
    with open("diary", encoding="utf-8") as file:
        assert file.read() == "dear diary"


def test_info_tells_how_to_go_on(monkeypatch, capsys):
    stop([*WORDS, "--quiet", "--checkpoint", "the run"], 60, monkeypatch)
    capsys.readouterr()
    assert main(["info", "the run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "the run, checkpoint of a training: 1 of 4 epochs done"
    assert lines[1].startswith("begun by: minitorchcnn train ")
    assert lines[2] == "go on by: minitorchcnn resume 'the run'"


def test_a_stranger_s_checkpoint_costs_no_file(monkeypatch, capsys):
    stop([*WORDS, "--quiet", "--output", "diary", "--checkpoint", "c"], 2, monkeypatch)
    with open("diary", "w", encoding="utf-8") as file:
        file.write("dear diary")
    capsys.readouterr()
    assert main(["resume", "c"]) == 2
    assert "diary, where something else is: move that away" in capsys.readouterr().err
    with open("diary", encoding="utf-8") as file:
        assert file.read() == "dear diary"
    assert main(["resume", "c", "--output", "model", "--quiet"]) == 0


def test_a_stranger_s_history_costs_no_file_either(monkeypatch, capsys):
    stop([*WORDS, "--quiet", "--history", "diary", "--checkpoint", "c"], 2, monkeypatch)
    with open("diary", "w", encoding="utf-8") as file:
        file.write("dear diary")
    capsys.readouterr()
    assert main(["resume", "c", "--output", "model"]) == 2
    assert "diary, where something else is: move that away.\n" in capsys.readouterr().err


def test_what_is_no_checkpoint_of_train_is_refused(capsys):
    x, y = datasets.handwriting()
    model = Sequential([Flatten(), Dense(10)], (1, 8, 8), seed=0)
    model.save("model")
    Trainer(model, SGD(0.1)).fit(
        x[:64], y[:64], epochs=1, callbacks=[Checkpoint("mine")], progress=False
    )
    with open("words", "w", encoding="utf-8") as file:
        file.write("words")
    for name, match in [
        ("none", "there is no checkpoint none: `minitorchcnn train --checkpoint FILE` writes one"),
        ("words", "words is not a safetensors file, or was cut off: it has 5 bytes"),
        ("model", "model"),
        (".", "."),
        ("mine", "not written by `minitorchcnn train --checkpoint`"),
    ]:
        assert main(["resume", name]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert match in error
