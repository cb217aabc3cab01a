"""A folder with one folder of pictures for each class, as people sort their own images."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Unpack

import numpy as np

from minitorchcnn.datasets.readers.digit import prepare_digit
from minitorchcnn.datasets.readers.image_files import (
    SUFFIXES,
    PictureHeader,
    Pixels,
    fit_picture,
    read_header,
    read_image,
)
from minitorchcnn.datasets.readers.images import Images, RawImages, assemble
from minitorchcnn.datasets.readers.options import FolderOptions, Options, takes
from minitorchcnn.datasets.readers.safe_io import check_limit, explain_reading
from minitorchcnn.errors import Argument, ArgumentError, DataError, FormatError, Message
from minitorchcnn.validation import file_path

#: Side of a digit's image where nothing else is asked for, in pixels.
_DIGIT = 28


#: Folders by which a set is divided, most usual first.
_TRAIN = ("train", "training")
_TEST = ("test", "testing", "val", "validation")


@takes(FolderOptions)
def read_folder(path: str | Path, **options: Unpack[FolderOptions]) -> Images:
    """Read pictures (PNG, JPEG, BMP) from folders that are named like their classes.

    Parameters
    ----------
    path : str or Path
        A folder of class folders, such as "cat" and "dog", or one with the folders "train" and
        "test" of class folders. Classes are in alphabetical order, numbers by size.
    **options
        As for `load`.

    Returns
    -------
    Images

    Raises
    ------
    FormatError
        If there are no such folders, a picture cannot be read, a class is empty, sizes are mixed
        and no `size` is given, or class names differ by case only. With ``on_error="skip"``
        these are put right and listed in `skipped`.
    """
    return read_class_folders(file_path(path, "read_folder: path"), Options(**options))


def read_class_folders(path: Path, options: Options) -> Images:
    """Do what `read_folder` says."""
    if options.channels not in (None, 1, 3):
        raise ArgumentError(f"pictures have 1 or 3 channels, got channels={options.channels}.")
    spelled: dict[str, str] = {}
    listings = [_list_pictures(root, options, spelled) for root in _find_parts(path)]
    notes: list[str] = [
        f"{found.ignored} file{'s' * (found.ignored > 1)} in {found.root} left out: not named as "
        f"{', '.join(SUFFIXES)}"
        for found in listings
        if found.ignored
    ]
    names = {name for found in listings for name, _ in found.files.values()}
    if options.digit:
        channels, size = 1, _square(options)
    else:
        channels = options.channels or _channels(listings[0], notes)
        size = options.size or _size(listings[0], options, notes)
    parts = [_decode(found, channels, size, options) for found in listings]
    notes.append(f"pictures became {channels} x {size[0]} x {size[1]}")
    if options.digit:
        notes.append("each digit was found, cropped and centred; its ink is 1")
    if options.class_names is None:
        options = replace(options, class_names=sorted(names, key=_natural_key))
    # the values are a picture's or a prepared digit's, whatever they happen to be
    light_ink = True if options.digit else options.light_ink
    return assemble(parts, replace(options, value_range=(0, 255), light_ink=light_ink), notes)


@dataclass
class Listing:
    """The pictures of one part of a set.

    Attributes
    ----------
    root : Path
    files : dict of Path to (class name, PictureHeader)
    ignored : int
        Files that are no pictures by their names.
    skipped : list of str
        What was put right because of ``on_error="skip"``.
    """

    root: Path
    files: dict[Path, tuple[str, PictureHeader]] = field(default_factory=dict)
    ignored: int = 0
    skipped: list[str] = field(default_factory=list)

    def complain(self, options: Options, what: str, advice: str = "", done: str = "") -> None:
        """Raise `FormatError` with advice, or note what was done if the user wants to go on."""
        if options.on_error == "raise":
            raise FormatError(what, ": ", advice, ".") if advice else FormatError(what)
        self.skipped.append(Message(what, ": ", done, ".") if done else what)


def _find_parts(path: Path) -> list[Path]:
    """Return the folders of class folders: training, and test if there is one."""
    there = {folder.name.lower(): folder for folder in _folders(path)}
    train = next((there[name] for name in _TRAIN if name in there), None)
    if train is None:
        return [path]
    test = next((there[name] for name in _TEST if name in there), None)
    return [train] if test is None else [train, test]


def _list_pictures(root: Path, options: Options, spelled: dict[str, str]) -> Listing:
    """List the pictures of every class, reading sizes but no pixels.

    `spelled` says how each class is spelled, by its name without regard to case; it grows.
    """
    found = Listing(root)
    folders = _folders(root)
    for folder in sorted(folders, key=lambda folder: _natural_key(folder.name)):
        name = spelled.setdefault(folder.name.casefold(), folder.name)
        if name != folder.name:
            found.complain(
                options,
                f"{folder} and class {name} differ by case only",
                advice=Message(
                    "rename one of them, or count them as one class by ",
                    Argument("on_error", "'skip'"),
                ),
                done="they count as one class",
            )
        _add_class(found, folder, name, options)
    if not folders:
        raise FormatError(
            f"{root} holds no folders: expected one folder of pictures for each class, such as "
            f"{root / 'cat'} and {root / 'dog'}."
        )
    if not found.files:
        raise FormatError(f"{root} holds no picture that can be read: expected PNG, JPEG or BMP.")
    return found


def _natural_key(name: str) -> tuple[object, ...]:
    """Return a key that sorts 2 before 10, and words by their letters."""
    pieces = re.split(r"(\d+)", name.casefold())
    return (*(int(piece) if at % 2 else piece for at, piece in enumerate(pieces)), name)


def _folders(path: Path) -> list[Path]:
    with explain_reading(path, "a folder"):
        return [one for one in path.iterdir() if one.is_dir() and not one.name.startswith(".")]


def _add_class(found: Listing, folder: Path, name: str, options: Options) -> None:
    """Add a class folder's pictures, those in folders within it too."""
    there = 0
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix.lower() not in SUFFIXES:
            found.ignored += 1
            continue
        try:
            found.files[path] = (name, read_header(path, options.max_pixels))
            there += 1
        except FormatError as error:
            found.complain(options, error.message)
    if there == 0:
        found.complain(
            options,
            f"class {folder} is empty",
            advice="expected pictures (PNG, JPEG or BMP), or no such folder",
            done="it was left out",
        )


def _square(options: Options) -> tuple[int, int]:
    height, width = options.size or (_DIGIT, _DIGIT)
    if height != width or options.channels not in (None, 1):
        raise ArgumentError("digit=True gives square grey images: leave channels out, one size.")
    return height, width


def _channels(found: Listing, notes: list[str]) -> int:
    """Return 1 if all pictures are grey, else 3."""
    for path, (_, header) in found.files.items():
        if not header.grey:
            begin = f"3 channels, as {path.name} may have colours: "
            notes.append(Message(begin, Argument("channels", 1), " makes all grey"))
            return 3
    return 1


def _size(found: Listing, options: Options, notes: list[str]) -> tuple[int, int]:
    """Return the size of the pictures, the commonest if they may differ."""
    counts = Counter((header.height, header.width) for _, header in found.files.values())
    (height, width), _ = counts.most_common(1)[0]
    if len(counts) > 1:
        path, other = next(
            (path, header)
            for path, (_, header) in found.files.items()
            if (header.height, header.width) != (height, width)
        )
        found.complain(
            options,
            f"{found.root} holds pictures of {len(counts)} sizes, most of {height} x {width}, but "
            f"{path} of {other.height} x {other.width}",
            advice=Message("give ", Argument("size", "(height, width)"), " to resize all"),
            done=f"all were resized to {height} x {width}",
        )
    return height, width


def _decode(found: Listing, channels: int, size: tuple[int, int], options: Options) -> RawImages:
    """Decode the pictures of a part; one that is broken is left out or refused."""
    shape = (len(found.files), channels, *size)
    check_limit(found.root, "its pictures", int(np.prod(shape, dtype=object)), options.limit_bytes)
    pixels = np.empty(shape, np.uint8)
    labels: list[str] = []
    for path, (name, _) in found.files.items():
        try:
            pixels[len(labels)] = _read_picture(path, channels, size, options)
        except (FormatError, DataError) as error:
            where = "" if isinstance(error, FormatError) else f"{path}: "
            found.complain(options, Message(where, error.message))
        else:
            labels.append(name)
    if not labels:
        raise FormatError(f"{found.root} holds no picture that can be read.")
    return RawImages(pixels[: len(labels)], np.array(labels), found.root, found.skipped)


def _read_picture(path: Path, channels: int, size: tuple[int, int], options: Options) -> Pixels:
    pixels = read_image(path, options.max_pixels)
    if not options.digit:
        return fit_picture(pixels, channels, size)
    image = prepare_digit(pixels, size=size[0], light_ink=options.light_ink)
    return np.asarray(np.rint((image + 1) * 127.5), np.uint8)[np.newaxis]
