"""Drawn digits in the form of the 8 x 8 handwriting, so that a network can be tested on it.

Those were scanned forms, normalised before they were counted: slant taken out, the digit
stretched to a box of 32 x 20 pixels, the strokes made about equally thick, and then the inked
pixels of each 4 x 4 block counted. The same is done here to drawn ones.
"""

from __future__ import annotations

import numpy as np

#: Side of the bitmap, and the box in it that the digit is stretched to.
_SIDE, _WIDTH, _BLOCK = 32, 20, 4
#: A one is not stretched without limit: at most so much wider in proportion.
_MOST_WIDER = 2.2
#: Share of inked pixels in the bitmap that thinning and thickening aim at, and what will do.
_INK, _LOW, _HIGH = 0.30, 0.24, 0.375
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def as_8x8(x: np.ndarray) -> np.ndarray:
    """Bring large drawn digits into the form of `datasets.handwriting`.

    Parameters
    ----------
    x : ndarray, shape (N, 1, H, W)
        In [-1, 1], 1 is ink; 64 x 64 pixels or thereabouts, so that there is enough to normalise.

    Returns
    -------
    ndarray, shape (N, 1, 8, 8), float32
        In [-1, 1] in steps of 1/8.
    """
    counts = [_block_shares(_normalised(image > 0)) for image in x[:, 0]]
    return 2 * np.stack(counts)[:, np.newaxis].astype(np.float32) - 1


def _normalised(ink: np.ndarray) -> np.ndarray:
    """Return a bitmap (32, 32): upright, in its box, of the usual weight."""
    from skimage.transform import resize

    upright = _cropped(_upright(_cropped(ink)))
    height, width = upright.shape
    wanted = min(_WIDTH, max(1, round(width * _SIDE / height * _MOST_WIDER)))
    stretched = resize(upright.astype(float), (_SIDE, wanted), order=1, anti_aliasing=True) > 0.5
    left = (_SIDE - wanted) // 2
    return _weighed(np.pad(stretched, ((0, 0), (left, _SIDE - wanted - left))))


def _cropped(ink: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _upright(ink: np.ndarray) -> np.ndarray:
    """Shift every row so that no line slopes on the whole: the regression of column on row is 0."""
    row, column = np.nonzero(ink)
    down = row - row.mean()
    slope = (down * (column - column.mean())).sum() / max((down**2).sum(), 1.0)
    shifted = np.rint(column - slope * down).astype(np.intp)
    shifted -= shifted.min()
    upright = np.zeros((len(ink), shifted.max() + 1), dtype=bool)
    upright[row, shifted] = True
    return upright


def _weighed(ink: np.ndarray) -> np.ndarray:
    """Thicken or thin a bitmap, pixel by pixel, as long as that brings its weight nearer."""
    from skimage.morphology import dilation, erosion

    while not _LOW <= ink.mean() <= _HIGH:
        changed = (dilation if ink.mean() < _LOW else erosion)(ink, _CROSS)
        if abs(changed.mean() - _INK) >= abs(ink.mean() - _INK):
            break
        ink = changed
    return ink


def _block_shares(ink: np.ndarray) -> np.ndarray:
    """Return the inked share (8, 8) of each 4 x 4 block."""
    from skimage.transform import downscale_local_mean

    return np.asarray(downscale_local_mean(ink.astype(float), (_BLOCK, _BLOCK)))
