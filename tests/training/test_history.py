"""The record of a training, as a table."""

import csv

import pytest

from minitorchcnn import History


def history():
    made = History()
    made.records = [
        {"epoch": 1, "loss": 0.5, "val_loss": 1 / 3},
        {"epoch": 2, "loss": 0.25, "val_loss": 0.125},
    ]
    return made


def test_columns_length_and_repr():
    made = history()
    assert made.column("loss") == [0.5, 0.25]
    assert len(made) == 2
    assert repr(made) == "History(2 epochs, last: epoch=2, loss=0.25, val_loss=0.125)"
    assert repr(History()) == "History(no epochs)"
    with pytest.raises(KeyError, match="accuracy"):
        made.column("accuracy")


def test_csv_reads_back_exactly(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("old")
    history().to_csv(str(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [["epoch", "loss", "val_loss"]] * 2
    assert [[float(cell) for cell in row.values()] for row in rows] == [
        [1, 0.5, 1 / 3],
        [2, 0.25, 0.125],
    ]


def test_csv_of_no_epochs_is_a_header(tmp_path):
    History().to_csv(tmp_path / "empty.csv")
    assert (tmp_path / "empty.csv").read_text().split() == ["epoch"]
