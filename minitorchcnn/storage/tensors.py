"""One way to put arrays and plain text into a file, so that models and checkpoints are safe alike.

The file is a safetensors file, written and read by that library. What is ours: a header of
plain JSON under one metadata key, a sha256 over all of it, and a write that is whole or not at all.
"""

from __future__ import annotations

import errno
import json
import operator
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minitorchcnn.errors import FormatError
from minitorchcnn.storage.atomic import replace_file
from minitorchcnn.storage.hashing import little_endian, sha256_of
from minitorchcnn.types import Array

KEY = "minitorchcnn"  # one key only: the library does not keep the order of several
LIMIT_BYTES = 4 * 2**30
HEADER_SHARE = 32  # parsed JSON takes up to some twenty times the room of its text
HEADER_LIMIT = 16 * 2**20


def write_tensors(
    path: str | Path, tensors: Mapping[str, Array], header: Mapping[str, Any]
) -> None:
    """Write arrays and a header to a safetensors file; the same content gives the same bytes.

    The file is replaced at once: whatever happens, there is the old one or the new one.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Of bools, integers or floats; may be empty.
    header : mapping
        Plain JSON; holds at least "format" (which kind of file) and "format_version" (int).

    Raises
    ------
    FormatError
        If the header is not plain JSON, or the file cannot be written; says what to do.
    """
    arrays = {name: little_endian(value) for name, value in tensors.items()}
    try:
        text = _canonical({**header, "sha256": fingerprint(arrays, _canonical(header))})
        data = _packed(arrays, text)
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise FormatError(
            f"cannot write {path}: {error}. Expected arrays of bools, integers or floats, and a "
            f"header of dicts, lists, text, numbers, True, False and None."
        ) from error
    replace_file(path, data)


def read_tensors(
    path: str | Path, kind: str, *, version: int = 1, limit_bytes: int = LIMIT_BYTES
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read a file that `write_tensors` wrote; nothing in it is executed.

    Parameters
    ----------
    kind : str
        What the header's "format" must be, such as "minitorchcnn-model".
    version : int
        What its "format_version" must be.
    limit_bytes : int
        A larger file is refused before it is read, and so is a header of more than a 32nd of
        that or of 16 MiB. Reading takes less than twice this memory.

    Returns
    -------
    tensors : dict of str to ndarray
    header : dict
        As it was given to `write_tensors`, tuples as lists.

    Raises
    ------
    FormatError
        If the file cannot be read, is too large, is not such a file, is of another version, or
        does not hold what was written.
    """
    from safetensors import SafetensorError, safe_open

    _check_claims(path, limit_bytes)
    try:
        with safe_open(path, framework="numpy") as file:
            header = _checked_header(file.metadata() or {}, path, kind, version)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror or error}.") from error
    except (SafetensorError, TypeError, AttributeError) as error:  # no dtype of NumPy's
        raise FormatError(f"{path} is not a safetensors file we can read: {error}.") from error
    told = header.pop("sha256", None)
    if told != fingerprint(tensors, _canonical(header)):
        raise FormatError(
            f"{path} is damaged: its contents do not match their sha256. Save or copy it again."
        )
    return tensors, header


def fingerprint(tensors: Mapping[str, Array], text: str) -> str:
    """Return the sha256 of a text and of arrays: their names, dtypes, shapes and bytes.

    Returns
    -------
    str
        Hex digits.
    """
    pieces: list[str | Array] = [text, "\n"]
    for name in sorted(tensors):
        value = little_endian(tensors[name])
        pieces += [f"{name!r} {value.dtype.name} {value.shape}\n", value]
    return sha256_of(pieces)


def _canonical(header: Mapping[str, Any]) -> str:
    """Return the one text that stands for a header; NumPy's integers count as integers."""
    return json.dumps(header, sort_keys=True, separators=(",", ":"), default=operator.index)


def _packed(tensors: dict[str, Array], text: str) -> bytes:
    """Return the bytes of a safetensors file."""
    from safetensors import SafetensorError
    from safetensors.numpy import save

    if not tensors:  # safetensors 0.4.0 writes broken JSON then
        empty = json.dumps({"__metadata__": {KEY: text}}, separators=(",", ":")).encode()
        empty += b" " * (-len(empty) % 8)
        return len(empty).to_bytes(8, "little") + empty
    try:
        return bytes(save(tensors, metadata={KEY: text}))
    except SafetensorError as error:
        raise TypeError(str(error)) from error


def _check_claims(path: str | Path, limit_bytes: int) -> None:
    """Refuse a file by its size and by the length of the header that it claims to have."""
    try:
        with open(Path(path), "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "it is not an ordinary file")
            size, start = status.st_size, file.read(8)
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror or error}.") from error
    except (TypeError, ValueError) as error:  # no path at all, or a NUL in it
        raise FormatError(f"cannot read {path!r}: {error}.") from error
    claimed = int.from_bytes(start, "little")
    if len(start) < 8 or claimed > size - 8:
        raise FormatError(
            f"{path} is not a safetensors file, or was cut off: it has {size} bytes, and its "
            f"first 8 promise a header of {claimed}. Give a file that minitorchcnn wrote, or "
            f"copy it again."
        )
    longest = min(HEADER_LIMIT, limit_bytes // HEADER_SHARE)
    if size > limit_bytes or claimed > longest:
        raise FormatError(
            f"{path} has {size} bytes with a header of {claimed}, expected at most {limit_bytes} "
            f"and {longest}: if you trust it, pass a larger limit_bytes."
        )


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to would otherwise wait for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _checked_header(
    metadata: dict[str, str], path: str | Path, kind: str, version: int
) -> dict[str, Any]:
    """Return the header, or refuse another program's file before its tensors are read."""
    try:
        header = json.loads(metadata.get(KEY, "{}"))
        found = header.get("format", metadata.get("format"))
        numbered = header.get("format_version", metadata.get("format_version"))
        whole = KEY not in metadata or _canonical(header) == metadata[KEY]
    except (ValueError, RecursionError, AttributeError) as error:
        raise FormatError(f"{path} is damaged: its header is not our JSON: {error}.") from error
    if found != kind:
        raise FormatError(
            f"{path} is a safetensors file, but not a {kind} that minitorchcnn wrote: its format "
            f"is {found!r}."
        )
    if type(numbered) is not int or numbered != version:
        newer = type(numbered) is int and numbered > version
        advice = "install a newer minitorchcnn" if newer else "make the file again with this one"
        raise FormatError(
            f"{path} has format version {numbered}, this minitorchcnn reads version {version}: "
            f"{advice}."
        )
    if not whole:
        raise FormatError(f"{path} is damaged: its header was changed. Save or copy it again.")
    return dict(header)
