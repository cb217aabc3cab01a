"""Places for results: made, and looked at before the work begins rather than after it."""

from __future__ import annotations

import os
from pathlib import Path

from minitorchcnn.errors import FormatError


def make_folder(path: Path) -> None:
    """Make a folder for results, or raise `FormatError` if a file is in its place."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise FormatError(f"cannot make the folder {path}: a file is in its place.") from error


def check_file(path: Path | None) -> None:
    """Make sure, before the work begins, that a result can go to this file; None is no file.

    Raises
    ------
    FormatError
        If it cannot be written, as far as that is to be known.
    """
    if path is None:
        return
    if path.is_dir():
        raise FormatError(f"cannot write {path}: it is a folder, give the name of a file.")
    make_folder(path.parent)
    if path.exists() and not path.is_file():
        raise FormatError(f"cannot write {path}: it is no ordinary file, give another name.")
    if not os.access(path.parent, os.W_OK):
        raise FormatError(f"cannot write {path}: you may not write in that folder, give another.")
