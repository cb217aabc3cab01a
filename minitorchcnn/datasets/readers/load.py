"""Load images of any kind: what lies at the path decides which reader reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from minitorchcnn.datasets.readers.arrays import list_npy, read_array_files
from minitorchcnn.datasets.readers.csv import read_csv_file
from minitorchcnn.datasets.readers.folder import read_class_folders
from minitorchcnn.datasets.readers.idx import list_idx, read_idx_files
from minitorchcnn.datasets.readers.images import Images
from minitorchcnn.datasets.readers.options import AllOptions, Options, takes
from minitorchcnn.datasets.readers.safe_io import explain_reading
from minitorchcnn.errors import Argument, ArgumentError, FormatError
from minitorchcnn.validation import file_path


@takes(AllOptions)
def load(path: str | Path, **options: Unpack[AllOptions]) -> Images:
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
        The images are digits. Pictures in folders are brought into the MNIST form by
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
        If something is missing, damaged, too large or not explain_reading.
    ArgumentError
        If an option cannot work.
    """
    found, given = file_path(path, "load: path"), Options(**options)
    kind = find_kind(found)
    if given.label_column is not None and kind != "csv":
        raise ArgumentError(Argument("label_column"), f" is for CSV files, {found} is none.")
    return _READERS[kind](found, given)


def find_kind(path: Path) -> str:
    """Name what a path is: "idx", "arrays", "csv" or "folder".

    Raises
    ------
    FormatError
        If nothing is there, or no reader knows it.
    """
    with explain_reading(path, "a set of images"):
        path.stat()
        if path.is_dir():
            if list_idx(path):
                return "idx"
            return "arrays" if list_npy(path) else "folder"
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
    "idx": read_idx_files,
    "arrays": read_array_files,
    "csv": read_csv_file,
    "folder": read_class_folders,
}
