"""From what files call their classes to the labels 0, 1, 2, ... that a loss takes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.errors import Argument, FormatError, Hint
from minitorchcnn.types import Array

LabelArray = NDArray[np.int64]


def number_classes(
    parts: Sequence[Array], names: tuple[str, ...] | None, where: str
) -> tuple[list[LabelArray], tuple[str, ...], list[str]]:
    """Give classes the numbers 0, 1, ..., alike in all parts.

    Parameters
    ----------
    parts : sequence of ndarray
        Labels of the training part, and of the test part if there is one: integers, words, or
        one-hot rows.
    names : tuple of str or None
        The user's names, see `look_up`; None names classes as the labels do.
    where : str
        The file, for messages.

    Raises
    ------
    FormatError
        If something is no label, or not among the names.
    """
    notes: list[str] = []
    flat = [_flatten(part, where, notes) for part in parts]
    values = np.unique(np.concatenate(flat))
    if names is not None:
        numbers = np.array(look_up([str(value) for value in values], names, where))
        return [numbers[np.searchsorted(values, part)] for part in flat], names, notes
    # a set that happens to lack a class keeps its numbers; years or ASCII codes do not
    kept = values.dtype.kind == "i" and values[0] == 0 and values[-1] < 2 * len(values)
    if kept:
        labels = flat
        found = tuple(str(number) for number in range(int(values[-1]) + 1))
    else:
        labels = [np.searchsorted(values, part).astype(np.int64) for part in flat]
        found = tuple(str(value) for value in values)
        if values.dtype.kind == "i":
            notes.append(f"labels {values[0]} .. {values[-1]} became 0 .. {len(values) - 1}")
    return labels, found, notes


def look_up(found: Sequence[str], names: Sequence[str], where: str) -> list[int]:
    """Return the number of each class of a source that may lack some of them.

    Parameters
    ----------
    found : sequence of str
        Classes as the source has them, words or whole numbers.
    names : sequence of str
        All classes. What is found is looked up among them; other numbers count them from 0 or,
        where there are as many, in their order.
    where : str
        The file, for messages.

    Raises
    ------
    FormatError
        If a class is not among the names.
    """
    strangers = [name for name in found if name not in names]
    if not strangers:
        return [names.index(name) for name in found]
    if all(re.fullmatch(r"-?\d{1,18}", name) for name in found):
        numbers = [int(name) for name in found]
        if min(numbers) >= 0 and max(numbers) < len(names):
            return numbers
        if len(numbers) == len(names):
            return [sorted(numbers).index(number) for number in numbers]
    more = ", ..." if len(strangers) > 5 else ""
    raise FormatError(
        f"{where} has {len(found)} classes, of which {', '.join(strangers[:5])}{more} are not "
        f"among the {len(names)} of ",
        Argument("class_names"),
        f" ({', '.join(names)[:80]})",
        Hint(": give these names, or one for each number"),
        ".",
    )


def _flatten(labels: Array, where: str, notes: list[str]) -> Array:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "buif":
        if not (((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise FormatError(
                f"{where}: the labels are rows of {labels.shape[1]} numbers, but not one-hot: "
                f"expected one class for each image."
            )
        notes.append(f"one-hot rows of {labels.shape[1]} became classes")
        return np.asarray(labels.argmax(axis=1), np.int64)
    if labels.ndim != 1:
        raise FormatError(
            f"{where}: the labels have shape {labels.shape}, expected (N,): one class for each "
            f"image."
        )
    if labels.dtype.kind == "S":
        return np.asarray(np.char.decode(labels, "latin-1"))
    if labels.dtype.kind == "U":
        return labels
    if labels.dtype.kind == "f":
        whole = np.isfinite(labels) & (labels == np.rint(labels)) & (np.abs(labels) < 2**53)
        if not whole.all():
            row = int(np.argmin(whole))
            raise FormatError(
                f"{where}: label {row} is {labels[row]}, expected whole numbers: classes, not "
                f"measurements."
            )
    elif labels.dtype.kind not in "bui":
        raise FormatError(f"{where}: labels of {labels.dtype} are neither numbers nor words.")
    if labels.dtype.kind == "u" and labels.size and labels.max() > np.iinfo(np.int64).max:
        raise FormatError(f"{where}: label {labels.max()} is too large for a class.")
    return labels.astype(np.int64)
