"""Each image a little different every time it is seen, so that a network learns what stays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.types import Array
from minitorchcnn.validation import generator, number

PAPER = -1.0
SMOOTHNESS = 7  # an elastic field is smooth over this part of the larger side


class Augmentation:
    """Random shift, rotation, scale, shear, elastic bending and noise for every image by itself.

    Give it to ``Trainer(augment=)``. It has no state: all randomness comes from the generator of
    the call, so it may be used from several threads, and the same generator gives the same images.
    What comes in from outside the image is paper, -1.

    Parameters
    ----------
    shift : float
        Up to so many pixels in either direction, down and to the right alike.
    rotation : float
        Up to so many degrees in either direction about the middle.
    scale : float
        0.1: between 1.1 times smaller and 1.1 times larger.
    shear : float
        The verticals lean by up to so many degrees; below 90.
    elastic : float
        Pixels of a smooth random field move by up to so many pixels.
    noise : float
        Standard deviation of normal noise on every pixel, where paper to ink is 2; results stay in
        [-1, 1], or in the range of the batch if that is wider.

    Raises
    ------
    ArgumentError
        If an option is not a number of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn import Augmentation, datasets
    >>> x, _ = datasets.synthetic_digits(3)
    >>> augment = Augmentation(shift=2, rotation=10, scale=0.1)
    >>> augment
    Augmentation(shift=2.0, rotation=10.0, scale=0.1)
    >>> augment(x, np.random.default_rng(0)).shape
    (3, 1, 28, 28)
    """

    def __init__(
        self,
        *,
        shift: float = 0.0,
        rotation: float = 0.0,
        scale: float = 0.0,
        shear: float = 0.0,
        elastic: float = 0.0,
        noise: float = 0.0,
    ) -> None:
        self.shift = number(shift, "Augmentation: shift", low=0.0, high=1e6)
        self.rotation = number(rotation, "Augmentation: rotation", low=0.0, high=180.0, closed=True)
        self.scale = number(scale, "Augmentation: scale", low=0.0, high=10.0)
        self.shear = number(shear, "Augmentation: shear", low=0.0, high=90.0)
        self.elastic = number(elastic, "Augmentation: elastic", low=0.0, high=1e6)
        self.noise = number(noise, "Augmentation: noise", low=0.0, high=1e6)

    def __call__(self, x: Array, rng: np.random.Generator | int) -> Array:
        """Return images that differ a little from those of a batch.

        Parameters
        ----------
        x : ndarray, shape (N, C, H, W), float32 or float64
            Not changed. All channels of an image move together.
        rng : numpy.random.Generator or int

        Returns
        -------
        ndarray, shape and dtype of x

        Raises
        ------
        ShapeError, DataError
            If x is not a batch of images of floating-point numbers.
        """
        _check_images(x)
        source = generator(rng, "Augmentation: rng")
        y = x.copy()
        drawn = source.uniform(-1.0, 1.0, (len(x), 6))
        if any((self.shift, self.rotation, self.scale, self.shear, self.elastic)):
            for index, row in enumerate(drawn):
                field = self._field(x.shape[2:], row[5], source) if self.elastic else None
                y[index] = warp_image(x[index], self._matrix(row, x.shape[2:]), field)
        if self.noise and x.size:
            y += self.noise * source.standard_normal(x.shape, x.dtype)
            np.clip(y, min(PAPER, x.min()), max(-PAPER, x.max()), out=y)
        return y

    def _matrix(self, row: Array, size: tuple[int, ...]) -> Array:
        down, right, angle, scale, shear = row[:5]
        return affine(
            size,
            shift=(self.shift * down, self.shift * right),
            rotation=self.rotation * angle,
            scale=(1.0 + self.scale) ** scale,
            shear=self.shear * shear,
        )

    def _field(self, size: tuple[int, ...], part: float, rng: np.random.Generator) -> Array:
        """Return displacements down and to the right in pixels, shape (2, H, W)."""
        from skimage.filters import gaussian

        rough = rng.uniform(-1.0, 1.0, (2, *size))
        sigma = max(size) / SMOOTHNESS
        field = np.stack([gaussian(part, sigma=sigma, mode="reflect") for part in rough])
        longest = float(np.hypot(*field).max())
        return field * (self.elastic * abs(part) / longest) if longest else field

    def __repr__(self) -> str:
        options = {name: value for name, value in vars(self).items() if value}
        return f"Augmentation({', '.join(f'{k}={v!r}' for k, v in options.items())})"


def affine(
    size: tuple[int, ...],
    *,
    shift: tuple[float, float] = (0.0, 0.0),
    rotation: float = 0.0,
    scale: float = 1.0,
    shear: float = 0.0,
) -> Array:
    """Return the matrix that takes a pixel (column, row, 1) of an image to its new place.

    Parameters
    ----------
    size : (height, width)
        Rotation, scale and shear leave the middle of the image where it is.
    shift : (down, right)
        In pixels.
    rotation : float
        Degrees, counter-clockwise as one sees it.
    scale : float
        Factor.
    shear : float
        Degrees by which verticals lean to the right.

    Returns
    -------
    ndarray, shape (3, 3)
    """
    angle, lean = math.radians(rotation), math.tan(math.radians(shear))
    cos, sin = math.cos(angle), math.sin(angle)
    # rows count downwards: leaning to the right moves the upper part to the right
    linear = scale * np.array([[cos, sin], [-sin, cos]]) @ np.array([[1.0, -lean], [0.0, 1.0]])
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = middle - linear @ middle + (shift[1], shift[0])
    return matrix


def warp_image(image: Array, matrix: Array, field: Array | None = None) -> Array:
    """Return an image moved by a matrix and then bent by a field, in one interpolation.

    Parameters
    ----------
    image : ndarray, shape (C, H, W)
    matrix : ndarray, shape (3, 3)
        From `affine`.
    field : ndarray, shape (2, H, W), or None
        How far down and to the right of it each new pixel is taken from, in pixels.

    Returns
    -------
    ndarray, shape and dtype of image
        Linear between pixels; paper, -1, outside.
    """
    from skimage.transform import warp

    back: Any = np.linalg.inv(matrix)
    if field is not None:
        height, width = image.shape[1:]
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        places = np.stack([columns + field[1], rows + field[0], np.ones_like(field[0])])
        across, down, _ = np.tensordot(back, places, axes=1)
        back = np.stack([down, across])
    # one channel at a time: given places are those of one channel
    moved = [
        warp(channel, back, order=1, mode="constant", cval=PAPER, preserve_range=True, clip=False)
        for channel in image
    ]
    return np.asarray(moved).astype(image.dtype)


def _check_images(x: Any) -> None:
    if not isinstance(x, np.ndarray) or x.ndim != 4:
        got = f"shape {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(
            f"Augmentation got {got}, expected images of shape (N, channels, height, width): rows "
            f"of features cannot be moved about."
        )
    if x.dtype not in (np.dtype("float32"), np.dtype("float64")):
        raise DataError(
            f"Augmentation got {x.dtype}, expected float32 or float64 with pixels in [-1, 1]: "
            f"convert them before."
        )
