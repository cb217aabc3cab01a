"""Arrays that somebody saved by NumPy, found by the names that people give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

import numpy as np

from minitorchcnn.datasets.readers.images import Images, RawImages, assemble
from minitorchcnn.datasets.readers.numpy_files import KIND, list_members, open_array, read_member
from minitorchcnn.datasets.readers.options import ArrayOptions, Labels, Options, takes
from minitorchcnn.datasets.readers.safe_io import array_bytes, check_limit, explain_reading
from minitorchcnn.datasets.readers.stored import Raw
from minitorchcnn.errors import FormatError, Hint
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path

#: Names of images with the names of their labels, most telling first.
TRAIN = (
    ("x_train", "y_train"),
    ("train_images", "train_labels"),
    ("images_train", "labels_train"),
    ("x", "y"),
    ("images", "labels"),
    ("data", "labels"),
    ("data", "target"),
    ("arr_0", "arr_1"),
)
TEST = (("x_test", "y_test"), ("test_images", "test_labels"), ("images_test", "labels_test"))


@takes(ArrayOptions)
def read_arrays(path: str | Path, labels: Labels = None, **options: Unpack[ArrayOptions]) -> Images:
    """Read images and labels that were saved by NumPy.

    Parameters
    ----------
    path : str or Path
        An ``.npz`` archive, an ``.npy`` file of images, or a folder of ``.npy`` files. Usual
        names are found, such as "x_train" and "y_train", "images" and "labels", "x" and "y".
        Images have shape (N, H, W), (N, C, H, W), (N, H, W, C) or (N, features).
    labels : ndarray, str, Path or None
        The labels of an ``.npy`` file, or the file they are in; None looks beside it.
    **options
        As for `load`.

    Returns
    -------
    Images
        What is not compressed stays in the file, which may be larger than memory.

    Raises
    ------
    FormatError
        If something is missing, damaged, too large or not explain_reading.
    """
    return read_array_files(file_path(path, "read_arrays: path"), Options(labels=labels, **options))


def read_array_files(path: Path, options: Options) -> Images:
    """Do what `read_arrays` says."""
    limit = options.limit_bytes
    if path.is_dir():
        names = list_npy(path)
        return _read_named(path, names, lambda n: open_array(path / f"{n}.npy", limit), options)
    with explain_reading(path, KIND), path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if packed:
        names = list_members(path)
        return _read_named(path, names, lambda n: read_member(path, n, limit), options)
    pixels = open_array(path, limit)
    return assemble([RawImages(pixels, _labels(path, options), path)], options)


def list_npy(folder: Path) -> list[str]:
    """List the ``.npy`` files of a folder, without their endings."""
    return sorted(path.stem for path in folder.glob("*.npy"))


def _read_named(
    path: Path, names: Sequence[str], read: Callable[[str], Raw], options: Options
) -> Images:
    """Read the arrays of usual names from a source of several."""
    pair = _find_pair(names, TRAIN)
    if pair is None:
        raise FormatError(
            f"{path} holds arrays named {', '.join(names)[:80] or 'nothing'}, expected images and "
            f"labels under usual names, such as x_train and y_train, or images and labels."
        )
    notes = [f"images are {pair[0]}, labels are {pair[1]}"]
    parts = [_read_part(path, pair, read, options)]
    test = _find_pair(names, TEST)
    if test is not None:
        parts.append(_read_part(path, test, read, options))
    return assemble(parts, options, notes)


def _find_pair(names: Sequence[str], known: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first known pair, as it is written in `names`."""
    there = {name.lower(): name for name in names}
    for images, labels in known:
        if images in there and labels in there:
            return there[images], there[labels]
    return None


def _read_part(
    path: Path, pair: tuple[str, str], read: Callable[[str], Raw], options: Options
) -> RawImages:
    pixels, labels = (read(name) for name in pair)
    return RawImages(pixels, _load_labels(labels, path, options), path)


def _labels(images: Path, options: Options) -> Array:
    """Return the labels of a single ``.npy`` file of images."""
    given = options.labels
    if isinstance(given, (list, tuple, np.ndarray)):
        return np.asarray(given)
    if given is not None:
        return _load_labels(open_array(Path(given), options.limit_bytes), images, options)
    names = list_npy(images.parent)
    for known in (*TRAIN, *TEST):
        pair = _find_pair(names, [known])
        if pair is not None and pair[0] == images.stem:
            return _load_labels(
                open_array(images.with_name(f"{pair[1]}.npy"), options.limit_bytes), images, options
            )
    raise FormatError(
        f"{images} has no labels beside it: ",
        Hint("give labels=, an array or another .npy file, or "),
        "name the files x.npy and y.npy.",
    )


def _load_labels(labels: Raw, path: Path, options: Options) -> Array:
    """Return labels as an array in memory, where there is room for them."""
    check_limit(path, "the labels", array_bytes(labels.shape, labels.dtype), options.limit_bytes)
    return labels[:]
