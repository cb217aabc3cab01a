"""Which pictures lie in which class folder, before any of them is decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from minitorchcnn.datasets.readers.image_files import SUFFIXES, Header, read_header
from minitorchcnn.datasets.readers.options import Options
from minitorchcnn.datasets.readers.safe_io import understood
from minitorchcnn.errors import FormatError

#: Folders by which a set is divided, most usual first.
_TRAIN = ("train", "training")
_TEST = ("test", "testing", "val", "validation")


@dataclass
class Listing:
    """The pictures of one part of a set.

    Attributes
    ----------
    root : Path
    files : dict of Path to (class name, Header)
    ignored : int
        Files that are no pictures by their names.
    skipped : list of str
        What was put right because of ``on_error="skip"``.
    """

    root: Path
    files: dict[Path, tuple[str, Header]] = field(default_factory=dict)
    ignored: int = 0
    skipped: list[str] = field(default_factory=list)

    def complain(self, options: Options, what: str, advice: str = "", done: str = "") -> None:
        """Raise `FormatError` with advice, or note what was done if the user wants to go on."""
        if options.on_error == "raise":
            raise FormatError(f"{what}: {advice}." if advice else what)
        self.skipped.append(f"{what}: {done}." if done else what)


def parts_of(path: Path) -> list[Path]:
    """Return the folders of class folders: training, and test if there is one."""
    there = {folder.name.lower(): folder for folder in _folders(path)}
    train = next((there[name] for name in _TRAIN if name in there), None)
    if train is None:
        return [path]
    test = next((there[name] for name in _TEST if name in there), None)
    return [train] if test is None else [train, test]


def listing(root: Path, options: Options, spelled: dict[str, str]) -> Listing:
    """List the pictures of every class, reading sizes but no pixels.

    Parameters
    ----------
    root : Path
    options : Options
    spelled : dict of str to str
        How each class is spelled, by its name without regard to case; grows.

    Raises
    ------
    FormatError
        If there are no class folders, or, unless they are to be skipped, a class is empty, a
        picture's header is broken, or two classes differ by case only.
    """
    found = Listing(root)
    folders = _folders(root)
    for folder in sorted(folders, key=lambda folder: natural(folder.name)):
        name = spelled.setdefault(folder.name.casefold(), folder.name)
        if name != folder.name:
            found.complain(
                options,
                f"{folder} and class {name} differ by case only",
                advice="rename one of them, or count them as one class by on_error='skip'",
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


def natural(name: str) -> tuple[object, ...]:
    """Return a key that sorts 2 before 10, and words by their letters."""
    pieces = re.split(r"(\d+)", name.casefold())
    return (*(int(piece) if at % 2 else piece for at, piece in enumerate(pieces)), name)


def _folders(path: Path) -> list[Path]:
    with understood(path, "a folder"):
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
            found.complain(options, str(error))
    if there == 0:
        found.complain(
            options,
            f"class {folder} is empty",
            advice="expected pictures (PNG, JPEG or BMP), or no such folder",
            done="it was left out",
        )
