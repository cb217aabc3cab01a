"""The errors a user can meet, so that one ``except`` catches them all.

Every message says what came, what was expected and what to do about it. Each class is also
the built-in error a Python programmer would expect (a bad shape *is* a ``ValueError``).
"""

from __future__ import annotations


class MinitorchcnnError(Exception):
    """Base of every error that this package raises on purpose."""


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
