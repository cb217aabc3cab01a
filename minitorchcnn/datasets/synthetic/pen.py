"""Ink on paper: the path of a pen becomes grey pixels, in MNIST's form of digit images.

The nib is pressed down along the path on a canvas four times finer than the image; the mean of
each 4 x 4 block is then how much of the pixel is covered, which is the anti-aliasing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

OVERSAMPLING = 4
# MNIST form: the digit fills a 20 x 20 box inside 28 x 28 pixels.
BOX_SHARE = 20 / 28


def fit_to_box(points: FloatArray, radius: FloatArray, box: float) -> FloatArray:
    """Scale a path, height to width kept, so that its ink just fits into a square box.

    Parameters
    ----------
    points : ndarray, shape (S, 2)
        The path (x, y), any unit.
    radius : ndarray, shape (S,)
        Radius of the nib along the path, in pixels; the pen does not scale with the digit.
    box : float
        Side of the box in pixels.

    Returns
    -------
    ndarray, shape (S, 2)
        The path in pixels, the box's middle at (0, 0).
    """
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (box - 2 * radius.max()) / max(high - low)
    return np.asarray((points - (low + high) / 2) * scale)


def draw(
    lines: Sequence[FloatArray], radii: Sequence[FloatArray], shift: FloatArray, size: int
) -> FloatArray:
    """Draw digits, centre each by the mass of its ink, and shift it; ink is never cut off.

    Parameters
    ----------
    lines : sequence of N arrays, shape (S, 2)
        Paths (x, y) in pixels around (0, 0).
    radii : sequence of N arrays, shape (S,)
        Radius of the nib along each path, in pixels.
    shift : ndarray, shape (N, 2)
        Way (right, down) from the centred position, in pixels; shortened where the frame ends.
    size : int
        Height and width of the images.

    Returns
    -------
    ndarray, shape (N, size, size), float64
        Share of each pixel that is inked, 0 to 1.
    """
    from skimage.transform import downscale_local_mean

    fine = size * OVERSAMPLING
    canvas = np.zeros((len(lines), fine, fine), dtype=np.uint8)
    _press_nibs(canvas, lines, radii)
    for image, way in zip(canvas, shift * OVERSAMPLING, strict=True):
        down = _roll_to_centre(image.sum(axis=1), way[1])
        right = _roll_to_centre(image.sum(axis=0), way[0])
        image[:] = np.roll(image, (down, right), axis=(0, 1))
    return np.asarray(downscale_local_mean(canvas, (1, OVERSAMPLING, OVERSAMPLING)))


def _press_nibs(
    canvas: NDArray[np.uint8], lines: Sequence[FloatArray], radii: Sequence[FloatArray]
) -> None:
    """Set every fine pixel under the nib to 1, all digits of one nib size at a time."""
    fine = canvas.shape[-1]
    centre = np.concatenate(lines) * OVERSAMPLING + fine / 2
    column, row = np.floor(centre).astype(np.intp).T
    digit = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    pixel = (digit * fine + row) * fine + column
    # Half fine pixels are as exact as a disc on this grid can be.
    doubled = np.maximum(np.rint(np.concatenate(radii) * OVERSAMPLING * 2), 2).astype(np.intp)
    ink = canvas.reshape(-1)
    for width in np.unique(doubled):
        down, right = _nib(int(width))
        ink[pixel[doubled == width, None] + (down * fine + right)] = 1


@lru_cache(maxsize=256)
def _nib(width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the (down, right) offsets of a round nib, `width` fine pixels across."""
    from skimage.draw import disk

    # A disc of an even width has its middle where four pixels meet.
    middle = -0.5 if width % 2 == 0 else 0.0
    rows, columns = disk((middle, middle), width / 2)
    return rows, columns


def _roll_to_centre(mass: NDArray[np.integer], shift: float) -> int:
    """Return the roll that centres a row or column sum, then shifts it, inside the frame."""
    from scipy.ndimage import center_of_mass

    inked = np.flatnonzero(mass)
    (centre,) = center_of_mass(mass)
    wanted = round((len(mass) - 1) / 2 - centre + shift)
    return int(np.clip(wanted, -inked[0], len(mass) - 1 - inked[-1]))
