"""The history of a training, epoch by epoch."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from minitorchcnn.storage.atomic import replace_file


class History:
    """The record of a `Trainer.fit`.

    Attributes
    ----------
    records : list of dict
        One for each epoch: ``epoch`` (from 1), ``loss`` (mean over the epoch's samples, while
        the weights were moving), ``accuracy`` where the loss has one, ``val_loss`` and
        ``val_accuracy`` where validation data was given, ``learning_rate`` and ``seconds``.
    interrupted : bool
        Whether Ctrl-C ended the training; an epoch in which it did has no record.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, float]] = []
        self.interrupted = False

    def column(self, name: str) -> list[float]:
        """Return one quantity over the epochs.

        Raises
        ------
        KeyError
            If it was not recorded.
        """
        return [record[name] for record in self.records]

    def to_csv(self, path: str | Path) -> None:
        """Write the records as a table with a header line.

        Parameters
        ----------
        path : str or Path
            Overwritten if it exists.

        Raises
        ------
        FormatError
            If it cannot be written; an old file is then as it was.
        """
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(self.records[0]) if self.records else ["epoch"])
        writer.writeheader()
        writer.writerows(self.records)
        replace_file(path, text.getvalue().encode())

    def plot(self, ax: Any = None) -> Any:
        """Draw loss and accuracy over the epochs.

        Parameters
        ----------
        ax : matplotlib Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib Axes
        """
        from minitorchcnn.plots import plot_history

        return plot_history(self, ax=ax)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        ending = ", interrupted" if self.interrupted else ""
        if not self.records:
            return f"History(no epochs{ending})"
        last = ", ".join(f"{name}={value:.4g}" for name, value in self.records[-1].items())
        return f"History({len(self.records)} epochs{ending}, last: {last})"
