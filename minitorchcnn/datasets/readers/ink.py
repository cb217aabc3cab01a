"""Segment a picture into ink and paper, whatever the light it was taken in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.errors import Argument, DataError

Plane = NDArray[np.float64]

#: Ink differs from paper at least so much, as a share of the way from black to white.
_CONTRAST = 0.1

#: And so many standard deviations of the paper; the brighter half of mere noise is at 2.7.
_OVER_NOISE = 5.0

#: Strokes are narrower than this share of a picture's longer side.
_STROKE = 0.25

#: Paper darker than this is no measure of how black ink can be.
_DARKEST = 0.1

#: Rows and columns that are enough to see which side the ink is on.
_COARSE = 100

#: Rounds in which what does not look like paper is left out of the estimate of paper.
_ROUNDS = 4


class Ink(NamedTuple):
    """The ink of a picture.

    Attributes
    ----------
    amount : ndarray, shape (H, W)
        0 on paper, 1 in the middle of strokes.
    where : ndarray of bool, shape (H, W)
        Strokes.
    light : bool
        Ink is brighter than paper.
    """

    amount: Plane
    where: NDArray[np.bool_]
    light: bool


def segment_ink(light: Plane, light_ink: bool | None = None) -> Ink:
    """Part ink from paper, under shadows and uneven light.

    Strokes are what a closing by a square wider than any stroke takes away; what remains is the
    paper in its light. Ink is darker than that by more than Otsu's threshold. Light ink is found
    likewise by an opening.

    Parameters
    ----------
    light : ndarray, shape (H, W)
        0 is black, 1 is white.
    light_ink : bool or None
        None finds out: the side to which the picture differs more from a smooth paper.

    Raises
    ------
    DataError
        If nothing differs clearly from the paper.
    """
    from scipy.ndimage import gaussian_filter, grey_closing, grey_opening
    from skimage.filters import threshold_otsu

    smooth = gaussian_filter(light, max(light.shape) / 300)
    if light_ink is None:
        light_ink = _ink_is_light(smooth)
    window = max(3, round(max(light.shape) * _STROKE))
    if light_ink:
        strength = smooth - grey_opening(smooth, size=(window, window), mode="nearest")
    else:
        page = grey_closing(smooth, size=(window, window), mode="nearest")
        # in a shadow paper and ink are darker by the same factor
        strength = (page - smooth) / np.maximum(page, _DARKEST)
    threshold = float(threshold_otsu(strength)) if np.ptp(strength) else 0.0
    where = strength > threshold
    _check_contrast(strength, where)
    full, foot = float(np.median(strength[where])), threshold / 2
    return Ink(np.clip((strength - foot) / (full - foot), 0, 1), where, light_ink)


def _check_contrast(strength: Plane, where: NDArray[np.bool_]) -> None:
    """Raise `DataError` if ink is too faint, or no more than the paper's own noise."""
    contrast = float(np.median(strength[where])) if where.any() else 0.0
    expected = _CONTRAST
    if contrast >= _CONTRAST:
        rest = strength[~where]
        expected = float(np.median(rest)) + _OVER_NOISE * float(rest.std())
    if contrast < max(_CONTRAST, expected):
        raise DataError(
            f"no digit is found on the page: what differs most from it does so by {contrast:.0%} "
            f"of full contrast, expected {expected:.0%} or more. Take a picture of one digit in a "
            f"strong pen, or say by ",
            Argument("light_ink"),
            " whether it is light on dark.",
        )


def _ink_is_light(light: Plane) -> bool:
    """Tell whether the ink is light: the side to which a picture differs more from its paper.

    The paper is a smooth surface. It is begun from the border, which is right for a tight crop,
    and from everything, which is right where a desk is in the picture; the better fit decides.
    """
    light = light[:: -(-light.shape[0] // _COARSE), :: -(-light.shape[1] // _COARSE)]
    border = np.ones(light.shape, bool)
    border[1:-1, 1:-1] = False
    fits = [light - _fit_surface(light, begin) for begin in (border, np.ones_like(border))]
    difference = min(fits, key=lambda fit: float(np.median(np.abs(fit))))
    return bool((difference**3).sum() > 0)


def _fit_surface(light: Plane, begin: NDArray[np.bool_]) -> Plane:
    """Fit a surface of the second degree to the paper, beginning with some pixels of it."""
    down, right = np.meshgrid(
        np.linspace(-1, 1, light.shape[0]), np.linspace(-1, 1, light.shape[1]), indexing="ij"
    )
    terms = np.stack([np.ones_like(down), down, right, down * down, right * right, down * right])
    terms = terms.reshape(6, -1).T
    values, chosen = light.reshape(-1), begin.reshape(-1)
    surface = np.full(values.shape, float(np.median(values[chosen])))
    for _ in range(_ROUNDS):
        away = np.abs(values - surface)
        near = away <= max(2.5 * float(np.median(away[chosen])), 0.02)
        chosen = near if near.sum() > 6 else chosen
        weights, *_ = np.linalg.lstsq(terms[chosen], values[chosen], rcond=None)
        surface = terms @ weights
    return np.asarray(surface.reshape(light.shape))
