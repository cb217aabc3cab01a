"""What a checkpoint of `train` says of its training, and what it may not do to other files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minitorchcnn import FormatError, load_model
from minitorchcnn.training.checkpointing import read_checkpoint


@dataclass(frozen=True)
class StoredRun:
    """A training in a checkpoint.

    Attributes
    ----------
    words : tuple of str
        The command line that began it; empty if it was begun in Python.
    done : int
        Epochs completed.
    epochs : int or None
        How many it was to be, where that is known.
    """

    words: tuple[str, ...]
    done: int
    epochs: int | None

    @property
    def unfinished(self) -> bool:
        """Whether something is left to be done, as far as is known."""
        return self.epochs is None or self.done < self.epochs


def describe_run(words: list[str], epochs: int) -> dict[str, Any]:
    """Return what `read_run` will want to know, for the checkpoint."""
    return {"words": words, "epochs": epochs}


def read_run(checkpoint: Path) -> StoredRun:
    """Read what a checkpoint says of its training.

    Raises
    ------
    FormatError
        If there is no such file, or it is no checkpoint.
    """
    if not checkpoint.exists():
        raise FormatError(
            f"there is no checkpoint {checkpoint}: `minitorchcnn train --checkpoint FILE` writes "
            f"one."
        )
    held = read_checkpoint(checkpoint)
    done = int(held["state"].get("epoch", 0))
    match held.get("extra"):
        case {"words": ["train", *rest], "epochs": int(epochs)}:
            return StoredRun(("train", *map(str, rest)), done, epochs)
    return StoredRun((), done, None)


def refuse_to_lose(checkpoint: Path) -> None:
    """Raise `FormatError` if a new training would overwrite one that waits to go on.

    Parameters
    ----------
    checkpoint : Path
        Where the new one would put its checkpoints.
    """
    if not checkpoint.exists():
        return
    try:
        run = read_run(checkpoint)
    except FormatError as error:
        raise FormatError(
            f"the checkpoints would be written to {checkpoint}, where something else is: give "
            f"another file by --checkpoint, or move that away. What it is: {error}"
        ) from error
    if run.unfinished:
        of = "" if run.epochs is None else f" of {run.epochs}"
        raise FormatError(
            f"{checkpoint} holds a training that was stopped after {run.done}{of} epochs: go on "
            f"with `minitorchcnn resume {checkpoint}`, or delete the file to begin anew."
        )


def refuse_to_replace(model: Path | None, history: Path | None) -> None:
    """Raise `FormatError` if results would replace files that are something else.

    A checkpoint names its own results: one from a stranger shall not cost a file.

    Parameters
    ----------
    model, history : Path or None
        None is no file.
    """
    for path, is_ours, option in ((model, _is_model, "--output"), (history, _is_history, "")):
        if path is not None and path.exists() and not is_ours(path):
            other = f", or give another file by {option}" if option else ""
            raise FormatError(
                f"the training would write to {path}, where something else is: move that away"
                f"{other}."
            )


def _is_model(path: Path) -> bool:
    try:
        load_model(path)
    except FormatError:
        return False
    return True


def _is_history(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(6) == b"epoch,"
