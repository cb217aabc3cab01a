"""The errors a user can meet, so that one ``except`` catches them all.

Every message says what came, what was expected and what to do about it. Each class is also
the built-in error a Python programmer would expect (a bad shape *is* a ``ValueError``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Argument(NamedTuple):
    """An argument as a message names it: `label_column`, or `limit_bytes=1000` with a value."""

    name: str
    value: object = None

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}={self.value}"


class Hint(str):
    """A part of a message that only helps who calls from Python."""

    __slots__ = ()


class Message(str):
    """A text that knows which of its parts name arguments.

    Parameters
    ----------
    *parts : str, Argument, Hint or Message
    """

    parts: tuple[str | Argument, ...]

    def __new__(cls, *parts: str | Argument) -> Message:
        """Join the parts."""
        flat: list[str | Argument] = []
        for part in parts:
            flat += part.parts if isinstance(part, Message) else (part,)
        message = super().__new__(cls, "".join(map(str, flat)))
        message.parts = tuple(flat)
        return message

    def rendered(self, spell: Callable[[Argument], str]) -> str:
        """Return the text as a command says it: arguments by other names, without hints."""
        parts = (part for part in self.parts if not isinstance(part, Hint))
        return "".join(spell(part) if isinstance(part, Argument) else part for part in parts)


class MinitorchcnnError(Exception):
    """Base of every error that this package raises on purpose.

    Parameters
    ----------
    *parts : str or Argument
        The message, in parts where it names arguments.

    Attributes
    ----------
    message : Message
    argument : str or None
        The first argument that the message names, where it is known.
    """

    def __init__(self, *parts: str | Argument) -> None:
        self.message = Message(*parts)
        named = (part.name for part in self.message.parts if isinstance(part, Argument))
        self.argument = next(named, None)
        super().__init__(self.message)


class ArgumentError(MinitorchcnnError, ValueError):
    """An option of a constructor or function has a value that cannot work."""


class ShapeError(MinitorchcnnError, ValueError):
    """An array has a shape or dtype that does not fit, or a geometry has no output."""


class DataError(MinitorchcnnError, ValueError):
    """Training or test data cannot be used: empty, NaN, labels out of range, ..."""


class DataWarning(UserWarning):
    """Data that can be used, but will hardly train as it is, such as pixels of 0 .. 255."""


class FormatError(MinitorchcnnError, ValueError):
    """A file is not what it should be."""


class CallOrderError(MinitorchcnnError, RuntimeError):
    """A method was called before another that it needs, such as backward before forward."""


class NonFiniteError(MinitorchcnnError, ArithmeticError):
    """Training produced NaN or infinity."""
