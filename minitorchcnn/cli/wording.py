"""The readers' messages in the words of the command line: options instead of arguments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from minitorchcnn import MinitorchcnnError

FLAGS = {
    "size=(height, width)": "--size N",
    "on_error='skip'": "--skip-broken",
    "label_column": "--label-column",
    "give labels=, an array or another .npy file, or name": "name",
    ", or labels=": "",
    "max_pixels=": "--max-pixels ",
    "limit_bytes=": "--limit-bytes ",
    "of class_names (": "that the model tells apart (",
    ": give these names, or one for each number": ": it was trained on others",
    " Leave channels out.": "",
    "channels=1": "--grey",
    "channels=3": "--rgb",
    "light_ink": "--light-ink or --dark-ink",
}


def in_flags(message: str) -> str:
    """Return a message with options where a reader names its arguments."""
    for argument, flag in FLAGS.items():
        message = message.replace(argument, flag)
    return message


@contextmanager
def errors_in_flags() -> Iterator[None]:
    """Reword the errors of readers that are called inside."""
    try:
        yield
    except MinitorchcnnError as error:
        raise type(error)(in_flags(str(error))) from error
