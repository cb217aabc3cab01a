"""What results rest on, and results themselves, in forms that can be compared byte by byte."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from minitorchcnn.storage.hashing import little_endian, sha256_of


def fingerprint(arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return the SHA-256 of each array: equal on every machine, and only for equal data.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Dtype, shape and numbers all count; the layout in memory does not.

    Returns
    -------
    dict of str to str
        64 hexadecimal digits for each name.

    Examples
    --------
    >>> fingerprint({"x": np.zeros((2, 3), np.float32)})["x"][:16]
    '591754bf63afa89b'
    """
    found = {}
    for name, array in arrays.items():
        values = little_endian(array)
        found[name] = sha256_of([f"{values.dtype.str} {values.shape}\n", values])
    return found


def versions(*libraries: str) -> dict[str, str]:
    """Return the versions of Python and of installed libraries, by their names.

    Parameters
    ----------
    *libraries : str
        Such as "numpy"; one that is run from its folder, not installed, is "not installed".
    """
    from importlib import metadata  # slow to import, and seldom needed

    found = {"python": platform.python_version()}
    for name in libraries:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV, the same on every system: floats with 6 digits, None as empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    return str(value)
