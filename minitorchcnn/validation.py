"""The gates: what a user hands in is looked at here, so that the maths below need not.

Each function returns the value in the form the package uses, or raises an error that says
what came, what was expected and what to do.
"""

from __future__ import annotations

import math
import operator
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.errors import Argument, ArgumentError, DataError, Message, ShapeError
from minitorchcnn.types import Samples, Shape, StoredArray, release

DTYPES = (np.dtype("float32"), np.dtype("float64"))

#: Numbers looked at in one go: samples may lie in a file that is larger than memory.
PART = 2**22

#: Largest values of the whole ranges that pixels come in, from bits over scans and cameras to 16
#: bits; the least is 0.
PIXEL_MAXIMA = (1, 16, 255, 4095, 65535)


def integer(value: Any, name: str, *, minimum: int) -> int:
    """Return `value` as an int, or raise `ArgumentError` naming the argument.

    Booleans and floats are refused: ``stride=1.0`` or ``True`` is a slip, not a number of
    pixels.
    """
    try:
        if isinstance(value, (bool, np.bool_)):  # an older NumPy makes 1 of its own True
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(
            _argument(name),
            f" must be an integer >= {minimum}, got {value!r} ({type(value).__name__}).",
        ) from None
    if number < minimum:
        raise ArgumentError(_argument(name), f" must be >= {minimum}, got {number}.")
    return number


def _argument(name: str) -> Message:
    """Tell the argument from its owner in a name such as "Trainer: batch_size"."""
    owner, colon, argument = name.rpartition(": ")
    return Message(owner, colon, Argument(argument))


def worker_count(workers: int | None) -> int:
    """Return a number of workers; None means the processors this process may use.

    Raises
    ------
    ArgumentError
        If `workers` is neither None nor an integer of at least 1.
    """
    return available_cores() if workers is None else integer(workers, "workers", minimum=1)


def available_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def file_path(value: Any, name: str) -> Path:
    """Return `value` as a Path, or raise `ArgumentError` naming the argument."""
    try:
        return Path(value)
    except TypeError:
        raise ArgumentError(
            _argument(name), f" must be the path of a file or folder, got {value!r:.60}."
        ) from None


def image_shape(input_shape: Shape, owner: str) -> tuple[int, int, int]:
    """Return (channels, height, width), or raise `ShapeError` if it is anything else."""
    if len(input_shape) != 3:
        raise ShapeError(
            f"{owner} needs images of shape (channels, height, width), got input shape "
            f"{input_shape}. Grey images of shape (height, width) need a channel axis: "
            f"(1, height, width)."
        )
    channels, height, width = input_shape
    return channels, height, width


def flag(value: Any, name: str) -> bool:
    """Return a bool option, or raise `ArgumentError` naming it."""
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(_argument(name), f" must be True or False, got {value!r}.")
    return bool(value)


def number(value: Any, name: str, *, low: float, high: float, closed: bool = False) -> float:
    """Return a finite option in [low, high), or raise `ArgumentError` naming it.

    `closed` allows `high` itself.
    """
    allowed = isinstance(value, (int, float, np.integer, np.floating))
    if not allowed or isinstance(value, bool) or not math.isfinite(value):
        raise ArgumentError(_argument(name), f" must be a finite number, got {value!r}.")
    if not low <= value < high and not (closed and value == high):
        most = f"at most {high}" if closed else f"below {high}"
        raise ArgumentError(_argument(name), f" must be at least {low} and {most}, got {value}.")
    return float(value)


def generator(seed: Any, name: str) -> np.random.Generator:
    """Return the random generator of a seed, or raise `ArgumentError` naming the argument."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ArgumentError(
            _argument(name), f" must be an integer >= 0 or a numpy.random.Generator, got {seed!r}."
        ) from None


def check_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return the dtype, or raise `ArgumentError` unless it is float32 or float64."""
    try:
        wanted = None if dtype is None else np.dtype(dtype)
    except TypeError:
        wanted = None
    if wanted is None or wanted not in DTYPES:  # NumPy takes None for float64
        raise ArgumentError(Argument("dtype"), f' must be "float32" or "float64", got {dtype!r}.')
    return wanted


def check_sample_shape(shape: Any, owner: str) -> Shape:
    """Return a shape without batch axis as a tuple, or raise `ShapeError`."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    whole = all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes)
    if not sizes or not whole or any(isinstance(size, bool) for size in sizes):
        raise ShapeError(
            f"{owner}: input_shape must be positive integers without the batch axis, such as "
            f"(1, 28, 28) for grey images or (64,) for rows, got {shape!r}."
        )
    return tuple(int(size) for size in sizes)


def check_batch(x: Any, shape: Shape, dtype: np.dtype[Any], owner: str) -> None:
    """Raise `ShapeError` unless x is a non-empty batch of samples of this shape and dtype."""
    expected = f"({', '.join(['N', *map(str, shape)])})"
    if not isinstance(x, (np.ndarray, StoredArray)):
        raise ShapeError(
            f"{owner} got {type(x).__name__}, expected a NumPy array of shape {expected}: "
            f"use np.asarray(x, dtype={dtype.name!r})."
        )
    if x.shape[1:] != shape:
        raise ShapeError(
            f"{owner} got x of shape {x.shape}, expected {expected}{_shape_hint(x.shape, shape)}"
        )
    if len(x) == 0:
        raise ShapeError(
            f"{owner} got an empty batch of shape {x.shape}: give at least one sample."
        )
    if x.dtype != dtype:
        scale = ", scaled to [-1, 1]" if x.dtype.kind in "iu" else ""
        raise ShapeError(
            f"{owner} got x of dtype {x.dtype}, expected {dtype.name}. Nothing is cast silently: "
            f"pass x.astype({dtype.name!r}){scale}, or build with another dtype."
        )


def check_finite(x: Samples, owner: str) -> None:
    """Raise `DataError` naming the first sample of x that holds NaN or infinity."""
    if isinstance(x, StoredArray) and x.finite:
        return
    rows = max(1, PART // max(1, math.prod(x.shape[1:])))
    for start in range(0, len(x), rows):
        finite = np.isfinite(x[start : start + rows])
        if not finite.all():
            sample = start + int(np.argmin(finite.reshape(len(finite), -1).all(axis=1)))
            raise DataError(
                f"{owner}: x holds NaN or infinity, first in sample {sample}, expected finite "
                f"pixels: remove or mend such samples."
            )
        release(x)


def _shape_hint(got: Shape, shape: Shape) -> str:
    """Name the usual slip behind a wrong shape, if it is one of them."""
    if len(shape) == 3:
        channels, height, width = shape
        if channels == 1 and got[1:] == (height, width):
            return ": the channel axis is missing, use x[:, np.newaxis]."
        if got == shape:
            return ": the batch axis is missing, use x[np.newaxis]."
        if channels == 1 and got == (height, width):
            return ": batch and channel axis are missing, use x[np.newaxis, np.newaxis]."
        if got[1:] == (height, width, channels):
            return ": channels come last here, use x.transpose(0, 3, 1, 2)."
        if got[1:] == (channels, width, height):
            return ": height comes before width, use x.transpose(0, 1, 3, 2)."
        if got[1:] == (channels * height * width,):
            return f": the pixels are in rows, use x.reshape{(-1, *shape)}."
    if len(shape) == 1 and len(got) > 2:
        return ": put a Flatten layer before it."
    return ": give samples of that shape, or build for this one."


def check_gradient(grad_y: Any, shape: Shape, dtype: np.dtype[Any], owner: str) -> None:
    """Raise `ShapeError` unless grad_y has the shape and dtype of the last output."""
    if not isinstance(grad_y, np.ndarray) or grad_y.shape != shape or grad_y.dtype != dtype:
        got = (
            f"{grad_y.dtype} of shape {grad_y.shape}"
            if isinstance(grad_y, np.ndarray)
            else type(grad_y).__name__
        )
        raise ShapeError(
            f"{owner} got grad_y {got}, expected {dtype.name} of shape {shape}, like the output "
            f"of the last forward."
        )
