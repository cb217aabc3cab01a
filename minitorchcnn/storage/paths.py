"""Whether and why a result can be written: looked at before the work begins, or told after it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from minitorchcnn.errors import FormatError

ADVICE = {
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "a file lies where a folder should be; choose another path",
    errno.EISDIR: "a folder lies there; choose another name",
    errno.EACCES: "choose a folder that you may write in",
    errno.EPERM: "choose a folder that you may write in",
    errno.EROFS: "choose a folder that you may write in",
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "free some space or choose another disk",
    errno.EFBIG: "the disk or your limits allow no file of that size",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def explain_writing(path: str | Path, owner: str = "", after: str = "") -> Iterator[None]:
    """Turn every `OSError` of writing to a path into a `FormatError` that says what to do.

    Parameters
    ----------
    owner : str
        Who writes, for the beginning of the message.
    after : str
        The end of the message.
    """
    try:
        yield
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "choose another path")
        raise FormatError(
            f"{owner} cannot write {path}: {error.strerror or error}: {advice}.{after}".lstrip()
        ) from error


def make_folder(path: Path) -> None:
    """Make a folder for results, or raise `FormatError` if a file is in its place."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise FormatError(f"cannot make the folder {path}: a file is in its place.") from error


def check_file(path: Path | None, owner: str = "", *, make: bool = False) -> None:
    """Make sure, before the work begins, that a result can go to this file; None is no file.

    Parameters
    ----------
    owner : str
        Who writes, for the message.
    make : bool
        Make its folder.

    Raises
    ------
    FormatError
        If it cannot be written, as far as that is to be known.
    """
    if path is None:
        return
    folder = path.parent
    if make:
        make_folder(folder)
    with explain_writing(path, owner):
        if not folder.is_dir():
            raise _os_error(errno.ENOTDIR if folder.exists() else errno.ENOENT)
        refuse_special(path)
        if not os.access(folder, os.W_OK):
            raise _os_error(errno.EACCES)


def refuse_special(path: Path) -> None:
    """Raise `OSError` if something other than an ordinary file lies at a path."""
    if path.is_dir():
        raise _os_error(errno.EISDIR)
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "no ordinary file")


def _os_error(code: int) -> OSError:
    return OSError(code, os.strerror(code))
