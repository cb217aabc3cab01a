"""The options of all readers: written once, checked once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypedDict, TypeVar, get_type_hints

import numpy as np

from minitorchcnn.datasets.readers.safe_io import LIMIT_BYTES
from minitorchcnn.errors import Argument, ArgumentError
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, integer, number

#: Pixels of one image file, unless the caller says otherwise.
MAX_PIXELS = 50_000_000

#: Bytes of float32 up to which images are a plain array.
IN_MEMORY_BYTES = 2**28

Labels = Array | str | Path | None
LabelColumn = str | int | None


class CommonOptions(TypedDict, total=False):
    """Options of every reader; `datasets.load` explains them."""

    light_ink: bool | None
    class_names: Sequence[str] | None
    digit: bool
    limit_bytes: int
    in_memory_bytes: int


class SizedOptions(CommonOptions, total=False):
    """Options where images may be resized or cut."""

    size: int | tuple[int, int] | None
    channels: int | None


class ArrayOptions(SizedOptions, total=False):
    """Options where the meaning of the numbers is open."""

    value_range: tuple[float, float] | None


class FolderOptions(SizedOptions, total=False):
    """Options where pictures may be broken or huge."""

    on_error: Literal["raise", "skip"]
    max_pixels: int


class AllOptions(ArrayOptions, FolderOptions, total=False):
    """Options where the kind of file is not known."""

    labels: Labels
    label_column: LabelColumn


@dataclass(frozen=True)
class Options:
    """The options given to a reader, checked, with the defaults of the others."""

    labels: Any = None
    label_column: LabelColumn = None
    size: Any = None
    channels: int | None = None
    light_ink: bool | None = None
    value_range: Any = None
    digit: bool = False
    class_names: Any = None
    on_error: Literal["raise", "skip"] = "raise"
    max_pixels: int = MAX_PIXELS
    limit_bytes: int = LIMIT_BYTES
    in_memory_bytes: int = IN_MEMORY_BYTES

    def __post_init__(self) -> None:
        """Check what can be checked without the file.

        Raises
        ------
        ArgumentError
            If an option cannot work.
        """
        checked = {
            "size": _checked_size(self.size),
            "digit": flag(self.digit, "digit"),
            "value_range": _checked_range(self.value_range),
            "class_names": _checked_names(self.class_names),
            "max_pixels": integer(self.max_pixels, "max_pixels", minimum=1),
            "limit_bytes": integer(self.limit_bytes, "limit_bytes", minimum=1),
            "in_memory_bytes": integer(self.in_memory_bytes, "in_memory_bytes", minimum=0),
        }
        column = self.label_column
        if isinstance(column, bool) or not isinstance(column, (str, int, type(None))):
            raise ArgumentError(
                Argument("label_column"), f" must be a name or a number, got {column!r}."
            )
        if self.light_ink is not None:
            checked["light_ink"] = flag(self.light_ink, "light_ink")
        if self.channels is not None:
            checked["channels"] = integer(self.channels, "channels", minimum=1)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.on_error not in ("raise", "skip"):
            raise ArgumentError(f'on_error must be "raise" or "skip", got {self.on_error!r}.')


P = ParamSpec("P")
R = TypeVar("R")


def takes(kind: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Show the options that a reader takes in its signature, and refuse all others.

    Parameters
    ----------
    kind : TypedDict
        Of the reader's ``**options``: keys that are fields of `Options`.
    """
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for name, hint in get_type_hints(kind).items()
        for default in [getattr(Options, name)]
    ]

    def decorate(reader: Callable[P, R]) -> Callable[P, R]:
        bare = inspect.signature(reader)
        *own, _ = bare.parameters.values()
        signature = bare.replace(parameters=[*own, *options])

        @functools.wraps(reader)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in kwargs.keys() - signature.parameters.keys():
                raise TypeError(f"{reader.__name__}() got an unexpected keyword argument {name!r}")
            return reader(*args, **kwargs)

        checked.__signature__ = signature  # type: ignore[attr-defined]
        return checked

    return decorate


def _checked_size(size: Any) -> tuple[int, int] | None:
    """Return (height, width), or None; one number means both."""
    if size is None:
        return None
    if isinstance(size, (tuple, list)):
        if len(size) != 2:
            raise ArgumentError(f"size must be one number or (height, width), got {size!r}.")
        height, width = size
    else:
        height = width = size
    return (integer(height, "size: height", minimum=1), integer(width, "size: width", minimum=1))


def _checked_range(given: Any) -> tuple[float, float] | None:
    if given is None:
        return None
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError(f"value_range must be (black, white), such as (0, 255), got {given!r}.")
    low = number(given[0], "value_range: black", low=-np.inf, high=np.inf)
    high = number(given[1], "value_range: white", low=-np.inf, high=np.inf)
    if not low < high:
        raise ArgumentError(
            f"value_range must go up, from black to white, got {given!r}: for light ink or dark "
            f"there is light_ink."
        )
    return low, high


def _checked_names(names: Any) -> tuple[str, ...] | None:
    if names is None:
        return None
    listed = tuple(names) if isinstance(names, (list, tuple)) else ()
    if not listed or not all(isinstance(name, str) and name for name in listed):
        raise ArgumentError(f"class_names must be a list of words, got {names!r:.80}.")
    if len(set(listed)) < len(listed):
        twice = next(name for name in listed if listed.count(name) > 1)
        raise ArgumentError(f"class_names has {twice!r} twice: give each class a name of its own.")
    return listed
