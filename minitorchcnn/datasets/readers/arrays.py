"""Arrays that somebody saved by NumPy, found by the names that people give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from minitorchcnn.datasets.readers import npz
from minitorchcnn.datasets.readers import numpy_files as npy
from minitorchcnn.datasets.readers.images import Images, Part, assembled
from minitorchcnn.datasets.readers.options import IN_MEMORY_BYTES, Labels, Options
from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES, bytes_of, refuse_beyond, understood
from minitorchcnn.datasets.readers.stored import Raw
from minitorchcnn.errors import FormatError
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
TEST = (
    ("x_test", "y_test"),
    ("test_images", "test_labels"),
    ("images_test", "labels_test"),
)


def read_arrays(
    path: str | Path,
    labels: Labels = None,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    light_ink: bool | None = None,
    value_range: tuple[float, float] | None = None,
    class_names: Sequence[str] | None = None,
    digit: bool = False,
    limit_bytes: int = LIMIT_BYTES,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Images:
    """Read images and labels that were saved by NumPy.

    Parameters
    ----------
    path : str or Path
        An ``.npz`` archive, an ``.npy`` file of images, or a folder of ``.npy`` files. Usual
        names are found, such as "x_train" and "y_train", "images" and "labels", "x" and "y".
        Images have shape (N, H, W), (N, C, H, W), (N, H, W, C) or (N, features).
    labels : ndarray, str, Path or None
        The labels of an ``.npy`` file, or the file they are in; None looks beside it.
    size, channels, light_ink, value_range, class_names, digit, limit_bytes, in_memory_bytes
        As for `load`.

    Returns
    -------
    Images
        What is not compressed stays in the file, which may be larger than memory.

    Raises
    ------
    FormatError
        If something is missing, damaged, too large or not understood.
    """
    options = Options(
        labels=labels,
        size=size,
        channels=channels,
        light_ink=light_ink,
        value_range=value_range,
        class_names=class_names,
        digit=digit,
        limit_bytes=limit_bytes,
        in_memory_bytes=in_memory_bytes,
    )
    return array_files(file_path(path, "read_arrays: path"), options)


def array_files(path: Path, options: Options) -> Images:
    """Do what `read_arrays` says."""
    if path.is_dir():
        return _named(
            path,
            folder_names(path),
            lambda name: npy.opened(path / f"{name}.npy", options.limit_bytes),
            options,
        )
    with understood(path, npy.KIND), path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if packed:
        limit = options.limit_bytes
        return _named(path, npz.members(path), lambda n: npz.read_member(path, n, limit), options)
    pixels = npy.opened(path, options.limit_bytes)
    return assembled([Part(pixels, _labels(path, options), path)], options)


def folder_names(folder: Path) -> list[str]:
    """List the ``.npy`` files of a folder, without their endings."""
    return sorted(path.stem for path in folder.glob("*.npy"))


def _named(
    path: Path, names: Sequence[str], read: Callable[[str], Raw], options: Options
) -> Images:
    """Read the arrays of usual names from a source of several."""
    pair = _pair(names, TRAIN)
    if pair is None:
        raise FormatError(
            f"{path} holds arrays named {', '.join(names)[:80] or 'nothing'}, expected images and "
            f"labels under usual names, such as x_train and y_train, or images and labels."
        )
    notes = [f"images are {pair[0]}, labels are {pair[1]}"]
    parts = [_part(path, pair, read, options)]
    test = _pair(names, TEST)
    if test is not None:
        parts.append(_part(path, test, read, options))
    return assembled(parts, options, notes)


def _pair(names: Sequence[str], known: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first known pair, as it is written in `names`."""
    there = {name.lower(): name for name in names}
    for images, labels in known:
        if images in there and labels in there:
            return there[images], there[labels]
    return None


def _part(path: Path, pair: tuple[str, str], read: Callable[[str], Raw], options: Options) -> Part:
    pixels, labels = (read(name) for name in pair)
    return Part(pixels, _whole(labels, path, options), path)


def _labels(images: Path, options: Options) -> Array:
    """Return the labels of a single ``.npy`` file of images."""
    given = options.labels
    if isinstance(given, (list, tuple, np.ndarray)):
        return np.asarray(given)
    if given is not None:
        return _whole(npy.opened(Path(given), options.limit_bytes), images, options)
    names = folder_names(images.parent)
    for known in (*TRAIN, *TEST):
        pair = _pair(names, [known])
        if pair is not None and pair[0] == images.stem:
            return _whole(
                npy.opened(images.with_name(f"{pair[1]}.npy"), options.limit_bytes), images, options
            )
    raise FormatError(
        f"{images} has no labels beside it: give labels=, an array or another .npy file, or name "
        f"the files x.npy and y.npy."
    )


def _whole(labels: Raw, path: Path, options: Options) -> Array:
    """Return labels as an array in memory, where there is room for them."""
    refuse_beyond(path, "the labels", bytes_of(labels.shape, labels.dtype), options.limit_bytes)
    return labels[:]
