"""A log of a training that was interrupted reads as if it had not been."""

import csv

import pytest

from minitorchcnn import Checkpoint, CSVLog
from tests.training.resume.trainings import fit, plain


def rows(path):
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.mark.parametrize("append", [False, True])
def test_resumed_log_has_every_epoch_once(append, tmp_path):
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    saved = tmp_path / "run.checkpoint"
    for path in (whole, parts):  # rows of another training, kept if appending
        fit(plain, epochs=1, more=[CSVLog(path)])
    fit(plain, epochs=4, more=[CSVLog(whole, append)])
    fit(plain, epochs=2, more=[CSVLog(parts, append), Checkpoint(saved)])
    # the machine went on for an epoch after its last checkpoint, then crashed
    with parts.open("a") as file:
        file.write("3,9.9,9.9,9.9,9.9\r\n4,9.")
    fit(plain, epochs=4, more=[CSVLog(parts, append)], resume=saved)
    assert rows(parts) == rows(whole)
    assert [row["epoch"] for row in rows(parts)] == ["1"] * append + ["1", "2", "3", "4"]


def test_lost_log_is_written_anew(tmp_path):
    log, saved = tmp_path / "log.csv", tmp_path / "run.checkpoint"
    fit(plain, epochs=2, more=[CSVLog(log), Checkpoint(saved)])
    log.unlink()
    history = fit(plain, epochs=3, more=[CSVLog(log)], resume=saved)[1]
    assert [float(row["loss"]) for row in rows(log)] == history.column("loss")
