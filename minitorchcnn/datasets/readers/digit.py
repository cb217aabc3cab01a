"""A photograph or scan of a digit becomes an image in the MNIST form.

That is: the digit fills a box of 20 pixels, and the mass of its ink is in the
middle of 28 x 28. A network that learned from such images knows no other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.datasets.readers.image_files import shrink, to_bytes
from minitorchcnn.datasets.readers.ink import Plane, segment_ink
from minitorchcnn.errors import DataError
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, integer

#: The box that the digit fills, as a share of the image.
_BOX = 20 / 28

#: Photographs are worked on at this size, in pixels; finer detail is lost in any case.
_WORKING = 400

#: Pieces of ink smaller than this share of the largest are dirt, not the bar of a 5.
_DIRT = 0.03

#: What covers this share of a border of the picture is the edge of the page, or a shadow.
_FRAME = 0.6

#: A piece at the border counts for so much of its area, beside one that lies inside.
_INSIDE = 0.2


def prepare_digit(
    image: Array, *, size: int = 28, light_ink: bool | None = None
) -> NDArray[np.float32]:
    """Find the digit in a photograph or scan, and bring it into the MNIST form.

    The picture becomes grey, the ink is found under uneven light, cropped, and fitted with
    anti-aliasing into a box of 20/28 of the size, height to width kept; then the mass of its ink
    is moved into the middle. The digit must stand upright, be the largest thing on the page, and
    have some paper round it.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, 3)
        As `read_image` gives it: uint8, 255 for white. Also bool, uint16, or floating point in
        [0, 1].
    size : int
        Height and width of the result in pixels.
    light_ink : bool or None
        Whether ink is light on dark, as chalk on a blackboard; None finds out.

    Returns
    -------
    ndarray, shape (size, size), float32
        In [-1, 1]: 1 is ink, -1 is paper.

    Raises
    ------
    DataError
        If no ink is found, or the picture is no picture.
    ArgumentError
        If an option cannot work.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn import datasets
    >>> page = np.full((200, 150), 230, dtype=np.uint8)
    >>> page[40:160, 70:80] = 30  # a one
    >>> digit = datasets.prepare_digit(page)
    >>> digit.shape, np.flatnonzero((digit > 0).any(axis=1))[[0, -1]].tolist()
    ((28, 28), [4, 23])
    """
    size = integer(size, "prepare_digit: size", minimum=8)
    if light_ink is not None:
        light_ink = flag(light_ink, "prepare_digit: light_ink")
    light = _to_grey(image)
    if min(light.shape) < 8:
        raise DataError(
            f"prepare_digit got a picture of {light.shape[0]} x {light.shape[1]} pixels, expected "
            f"8 x 8 or more: a digit is not to be made out in fewer."
        )
    ink = segment_ink(light, light_ink)
    digit = ink.amount * _select_strokes(ink.where)
    return _centre(_fit_into_box(digit, max(1, round(size * _BOX))), size)


def _to_grey(image: Array) -> Plane:
    """Return lightness, 0 to 1, at a size that is quick to work on."""
    from skimage.color import rgb2gray

    pixels = to_bytes(image)
    longest = max(pixels.shape[:2])
    scale = min(1.0, _WORKING / longest)
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    grey = shrink(pixels, (height, width)) / 255
    return np.asarray(rgb2gray(grey) if grey.ndim == 3 else grey, np.float64)


def _select_strokes(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pieces of ink that make the digit, without dirt and the edges of the page."""
    from scipy.ndimage import binary_dilation, label

    pieces, count = label(where, structure=np.ones((3, 3)))
    areas = np.bincount(pieces.reshape(-1), minlength=count + 1)
    areas[0] = 0
    lines = pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]
    contact = np.array([np.bincount(line, minlength=count + 1) / len(line) for line in lines])
    at_edge = contact.max(axis=0) > 0
    digits = np.where(contact.max(axis=0) > _FRAME, 0, areas)
    if digits.max() < _DIRT * areas.max():
        digits = areas
    # in a tight crop the digit may touch the border; beside another it is what is cut off
    main = int(np.argmax(digits * np.where(at_edge, _INSIDE, 1.0)))
    chosen = (digits >= max(1, _DIRT * digits[main])) & ~at_edge
    chosen[main] = True
    return np.asarray(binary_dilation(chosen[pieces], iterations=2))


def _fit_into_box(digit: Plane, box: int) -> Plane:
    """Crop the ink and fit its longer side into the box."""
    from skimage.transform import resize

    rows, columns = (np.flatnonzero((digit > digit.max() / 2).any(axis=axis)) for axis in (1, 0))
    cut = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = box / max(cut.shape)
    shape = tuple(max(1, round(side * scale)) for side in cut.shape)
    fitted = resize(cut, shape, order=1, anti_aliasing=True)
    # a thin pen is grey at this size: its strokes become ink again
    return np.asarray(np.clip(fitted / np.quantile(fitted[fitted > 0], 0.9), 0, 1))


def _centre(digit: Plane, size: int) -> NDArray[np.float32]:
    """Put the digit on paper, its centre of mass in the middle, and never over the edge."""
    from scipy.ndimage import center_of_mass

    image = np.full((size, size), -1, np.float32)
    top, left = (
        int(np.clip(round((size - 1) / 2 - middle), 0, size - side))
        for middle, side in zip(center_of_mass(digit), digit.shape, strict=True)
    )
    height, width = digit.shape
    image[top : top + height, left : left + width] = 2 * digit - 1
    return image
