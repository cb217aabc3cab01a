"""Turning a picture file into what a model takes, or saying exactly why that cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from minitorchcnn import ArgumentError, DataError, FormatError, Sequential
from minitorchcnn.datasets import Preprocessing, prepare_digit, read_image
from minitorchcnn.datasets.readers.options import MAX_PIXELS
from minitorchcnn.types import Array


def find_preprocessing(
    model: Sequential, *, light_ink: bool | None = None, digit: bool = False
) -> Preprocessing:
    """Return how a picture becomes what a model takes.

    Parameters
    ----------
    light_ink : bool or None
        What the user says of the pictures; None leaves it to the model file, or means dark ink.
    digit : bool
        They are photographs of single digits, to be cropped and centred.

    Raises
    ------
    ArgumentError
        If the model takes neither grey nor colour images, or digits are asked of a colour model.
    """
    shape = model.input_shape
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise ArgumentError(
            f"predict reads grey pictures, of shape (1, height, width), or colour ones, of shape "
            f"(3, height, width), but the model takes {shape}."
        )
    if digit and (shape[0] != 1 or shape[1] != shape[2]):
        raise ArgumentError(
            f"--digit is for models of square grey images, this one takes {shape}: leave it out."
        )
    if model.preprocessing is not None:
        look = Preprocessing.from_dict(model.preprocessing)
    else:
        look = Preprocessing(shape[1], shape[2], shape[0], light_ink=False, digit=False)
    look = look if light_ink is None else replace(look, light_ink=light_ink)
    return replace(look, digit=True) if digit else look


def read_picture(
    path: Path,
    look: Preprocessing,
    *,
    light_ink: bool | None = None,
    resize: bool = True,
    max_pixels: int = MAX_PIXELS,
) -> Array:
    """Read a picture as values in [-1, 1], 1 for ink.

    Parameters
    ----------
    path : Path
        PNG, JPEG or BMP. Transparent parts count as white.
    light_ink : bool or None
        What the user says of a digit; None finds it out.
    resize : bool
        Bring other sizes to that of the model; False refuses them.
    max_pixels : int
        Larger pictures are refused.

    Returns
    -------
    ndarray, shape (channels, height, width), float32

    Raises
    ------
    FormatError
        If the file cannot be read, or has another size and may not be resized.
    """
    pixels = read_image(path, max_pixels)
    height, width = pixels.shape[:2]
    if not resize and (height, width) != (look.height, look.width):
        raise FormatError(
            f"{path} is {height} x {width} pixels (height x width), the model takes {look.height} "
            f"x {look.width}, and its file does not say how pictures are prepared: resize or crop "
            f"it first."
        )
    try:
        if look.digit:
            return prepare_digit(pixels, size=look.height, light_ink=light_ink)[np.newaxis]
        return look.apply(pixels)
    except DataError as error:  # it knows the pixels, not the file
        raise DataError(f"{path}: ", error.message) from error
