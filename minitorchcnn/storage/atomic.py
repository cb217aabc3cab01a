"""Files that are replaced at once, so that a crash or a full disk never costs the old one."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path

from minitorchcnn.errors import FormatError
from minitorchcnn.storage.paths import explain_writing, refuse_special

LEFTOVER_SECONDS = 3600.0  # no write takes that long: an older temporary file is a dead one


def replace_file(path: str | Path, data: bytes) -> None:
    """Write bytes to a file so that it is whole or, after any failure, what it was before.

    Parameters
    ----------
    path : str or Path
        A link is followed.

    Raises
    ------
    FormatError
        If it cannot be written, or something other than an ordinary file lies there.
    """
    try:
        with explain_writing(path, after=" What lay there before is as it was."):
            target = Path(os.path.realpath(path))
            refuse_special(target)
            mode = target.stat().st_mode if target.exists() else None
            _remove_leftovers(target.parent)
            _write_and_rename(target, data, mode)
    except (TypeError, ValueError) as error:  # no path at all, or a NUL in it
        raise FormatError(f"cannot write {path!r}: {error}; choose another path.") from error


def _write_and_rename(target: Path, data: bytes, mode: int | None) -> None:
    """Write beside the target, make sure it is on the disk, and only then take its place."""
    temporary = target.parent / f".minitorchcnn-{os.urandom(8).hex()}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    with contextlib.suppress(OSError):  # some systems cannot: the new name may then come late
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for path in folder.glob(".minitorchcnn-*.tmp"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - LEFTOVER_SECONDS:
                path.unlink()
