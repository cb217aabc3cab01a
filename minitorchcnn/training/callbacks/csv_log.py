"""A log that can be read while training goes on, and that outlives it."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitorchcnn.storage.paths import explain_writing
from minitorchcnn.training.callbacks.base import Callback, Record
from minitorchcnn.validation import file_path, flag

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


class CSVLog(Callback):
    """Write each epoch's record to a CSV file as it happens.

    Parameters
    ----------
    path : str or Path
        Overwritten at the start of `fit`, unless `append`. A resumed `fit` goes on with it: rows
        that the interrupted one wrote after its checkpoint are replaced.
    append : bool
        Go on with an existing file.

    Raises
    ------
    FormatError
        From `fit`, if the file cannot be written.
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self.path = file_path(path, "CSVLog: path")
        self.append = flag(append, "CSVLog: append")

    def state_dict(self) -> dict[str, Any]:
        """Return how long the file is."""
        return {"size": self.path.stat().st_size if self.path.exists() else 0}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Drop rows that were written after the checkpoint, in a file with older ones."""
        if self.append and self.path.exists() and self.path.stat().st_size > state["size"]:
            os.truncate(self.path, state["size"])

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin a file, unless appending; one of a resumed `fit` has the rows so far."""
        rows = trainer.run.history.records if trainer.run.resuming else []
        if self.append:
            self._write("", "a")  # whether it can be written shows before training, not after
        else:
            text = "".join(_line(record, header=i == 0) for i, record in enumerate(rows))
            self._write(text, "w")

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Add one line; the first one also writes the header."""
        empty = not self.path.exists() or self.path.stat().st_size == 0
        self._write(_line(record, header=empty), "a")

    def _write(self, text: str, mode: str) -> None:
        with (
            explain_writing(self.path, "CSVLog"),
            self.path.open(mode, newline="", encoding="utf-8") as file,
        ):
            file.write(text)


def _line(record: Record, *, header: bool) -> str:
    """Return a record as a line of CSV, with the names above it where it is the first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(record))
    if header:
        writer.writeheader()
    writer.writerow(record)
    return text.getvalue()
