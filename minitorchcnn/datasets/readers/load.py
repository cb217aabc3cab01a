"""One door for data of one's own: what PATH is decides who reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from minitorchcnn.datasets.readers.arrays import array_files, folder_names
from minitorchcnn.datasets.readers.csv import table
from minitorchcnn.datasets.readers.folder import folder
from minitorchcnn.datasets.readers.idx import idx, image_files
from minitorchcnn.datasets.readers.images import Images
from minitorchcnn.datasets.readers.options import IN_MEMORY_BYTES, MAX_PIXELS, Labels, Options
from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES, understood
from minitorchcnn.errors import ArgumentError, FormatError
from minitorchcnn.validation import file_path


def load(
    path: str | Path,
    *,
    labels: Labels = None,
    label_column: str | int | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    light_ink: bool | None = None,
    value_range: tuple[float, float] | None = None,
    digit: bool = False,
    class_names: Sequence[str] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    max_pixels: int = MAX_PIXELS,
    limit_bytes: int = LIMIT_BYTES,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Images:
    """Read labelled images from IDX files, ``.npz``, ``.npy``, CSV, or folders of pictures.

    Parameters
    ----------
    path : str or Path
        A file, or a folder: of IDX files, of ``.npy`` files, or with one folder of pictures for
        each class.
    labels : ndarray, str, Path or None
        For arrays: the labels, or the file they are in; None looks beside the images.
    label_column : str, int or None
        For a CSV: the name or number of the column of classes; None finds it, and says so.
    size : int, (height, width) or None
        Size of the images in pixels. Pictures are resized to it; rows of pixels are cut by it.
        None: as they are, rows being squares.
    channels : int or None
        1 makes pictures grey, 3 makes them coloured. None: as they are.
    light_ink : bool or None
        Whether white is ink, 1, or black is. None decides for grey images by their borders,
        which are paper; in colours white is 1.
    value_range : (float, float) or None
        Values of black and white in an array. None: by its values, such as (0, 255).
    digit : bool
        The images are digits. Pictures in folders are brought into the classical form by
        `prepare_digit`; arrays are taken to be in it. Either way pictures that the network is
        asked about later will be.
    class_names : sequence of str or None
        All classes, in the order of their numbers from 0: those of the source, which may lack some,
        or names for its numbers. None takes what is in the source.
    on_error : "raise" or "skip"
        In a folder of pictures: refuse a broken picture, an empty class, mixed sizes and class
        names that differ by case only, or put it right and list it in `Images.skipped`.
    max_pixels : int
        Larger pictures are refused before they are decoded.
    limit_bytes : int
        What must be in memory may take so much; an archive that inflates beyond is refused. Files
        that can stay where they are, IDX, ``.npy`` and ``.npz`` without compression, may be
        larger.
    in_memory_bytes : int
        Up to this size, as float32, images are a plain array; larger ones are converted batch by
        batch.

    Returns
    -------
    Images
        Images, labels, class names, notes on what was done, and the test part if there is one.

    Raises
    ------
    FormatError
        If something is missing, damaged, too large or not understood.
    ArgumentError
        If an option cannot work.
    """
    options = Options(
        labels=labels,
        label_column=label_column,
        size=size,
        channels=channels,
        light_ink=light_ink,
        value_range=value_range,
        digit=digit,
        class_names=class_names,
        on_error=on_error,
        max_pixels=max_pixels,
        limit_bytes=limit_bytes,
        in_memory_bytes=in_memory_bytes,
    )
    return _read(file_path(path, "load: path"), options)


def _read(path: Path, options: Options) -> Images:
    kind = kind_of(path)
    if options.label_column is not None and kind != "csv":
        raise ArgumentError(f"label_column is for CSV files, {path} is none.")
    return _READERS[kind](path, options)


def kind_of(path: Path) -> str:
    """Name what a path is: "idx", "arrays", "csv" or "folder".

    Raises
    ------
    FormatError
        If nothing is there, or no reader knows it.
    """
    with understood(path, "a set of images"):
        path.stat()
        if path.is_dir():
            if image_files(path):
                return "idx"
            return "arrays" if folder_names(path) else "folder"
        with path.open("rb") as file:
            begin = file.read(6)
    if begin == b"\x93NUMPY" or begin[:4] == b"PK\3\4":
        return "arrays"
    if begin[:2] in (b"\0\0", b"\x1f\x8b"):
        return "idx"
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return "csv"
    raise FormatError(
        f"{path} is nothing that is read here: expected an IDX, .npz, .npy or .csv file, or a "
        f"folder with one folder of pictures for each class."
    )


_READERS: dict[str, Callable[[Path, Options], Images]] = {
    "idx": idx,
    "arrays": array_files,
    "csv": table,
    "folder": folder,
}
