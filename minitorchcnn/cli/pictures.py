"""Turning a picture file into what a model takes, or saying exactly why that cannot be."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np

from minitorchcnn import ArgumentError, FormatError
from minitorchcnn.arrays import Array, Shape


def read_picture(path: Path, shape: Shape, *, light_ink: bool = False) -> Array:
    """Read a picture as grey values in [-1, 1], 1 for ink.

    Parameters
    ----------
    path : Path
        PNG or another format that scikit-image reads. Transparent parts count as white.
    shape : tuple of int
        (1, height, width) that the model takes; nothing is resized.
    light_ink : bool
        The picture has light ink on dark paper.

    Returns
    -------
    ndarray, shape (1, height, width), float64

    Raises
    ------
    ArgumentError
        If the model does not take grey images.
    FormatError
        If the file cannot be read, or has another size.
    """
    if len(shape) != 3 or shape[0] != 1:
        raise ArgumentError(
            f"predict reads grey pictures, of shape (1, height, width), but the model takes "
            f"{shape}."
        )
    light = _lightness(path)
    if light.shape != shape[1:]:
        raise FormatError(
            f"{path} is {light.shape[0]} x {light.shape[1]} pixels (height x width), the model "
            f"takes {shape[1]} x {shape[2]}: resize or crop it first."
        )
    ink = light if light_ink else 1 - light
    return np.asarray(2 * ink - 1)[np.newaxis]


def _lightness(path: Path) -> Array:
    """Return a picture's grey values, 0 for black and 1 for white, shape (H, W)."""
    from skimage.color import rgb2gray
    from skimage.io import imread
    from skimage.util import img_as_float64

    if not path.is_file():
        raise FormatError(f"cannot read {path}: there is no such file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of plugins that try the file in vain
            # from memory: on a file that is no picture, the plugins leave the file open
            pixels = img_as_float64(np.asarray(imread(io.BytesIO(path.read_bytes()))))
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises all of these
        raise FormatError(
            f"cannot read {path}: it is not a picture that scikit-image understands, such as PNG."
        ) from error
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        alpha = pixels[..., -1:]
        pixels = pixels[..., :-1] * alpha + (1 - alpha)
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        pixels = rgb2gray(pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim != 2:
        raise FormatError(f"{path} is not one picture: its pixels have shape {pixels.shape}.")
    return np.asarray(pixels)
