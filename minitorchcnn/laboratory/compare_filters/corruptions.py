"""What happens to images outside of a laboratory: noise, shift, rotation, thicker strokes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from minitorchcnn.laboratory.image_sets import DIGITS, load_image_set

Corruption = tuple[str, float]

#: Kinds and strengths for each data set, weakest first. A piece of texture that is shifted is
#: only another piece, and photographs have no strokes.
STRENGTHS: dict[str, dict[str, tuple[float, ...]]] = {
    "synthetic": {
        "noise": (0.2, 0.5, 1.0),
        "shift": (1, 2, 4),
        "rotation": (10, 20, 40),
        "thickness": (-0.5, 0.5, 1),
    },
    "handwriting": {
        "noise": (0.2, 0.5, 1.0),
        "shift": (1, 2),
        "rotation": (10, 20, 40),
        "thickness": (-0.5, 0.5, 1),
    },
    "textures": {"noise": (0.1, 0.2, 0.5), "rotation": (10, 20, 40, 90)},
    "faces": {"noise": (0.2, 0.5, 1.0), "shift": (1, 2, 4), "rotation": (10, 20, 40)},
}

#: What the strengths count.
UNITS = {
    "noise": "standard deviation of Gaussian noise on pixels in [-1, 1]",
    "shift": "pixels, in one of eight directions",
    "rotation": "degrees to turn, to the left or to the right",
    "thickness": "pixels added to either side of every stroke, or taken away",
}


@lru_cache(maxsize=2)
def corrupt_test_images(
    name: str, seed: int, train: int, test: int
) -> dict[Corruption, np.ndarray]:
    """Return a seed's test images under every disturbance; the last two are remembered.

    Parameters
    ----------
    name, seed, train, test
        As for `load_image_set`.

    Returns
    -------
    dict of (str, float) to ndarray, shape (N, 1, height, width), float32 in [-1, 1]
    """
    x = load_image_set(name, seed, train, test).x_test
    outside = -1.0 if name in DIGITS else None
    found = {}
    for number, (kind, strengths) in enumerate(STRENGTHS[name].items()):
        for strength in strengths:
            # the same directions and signs for every strength: only the strength differs
            rng = np.random.default_rng([seed, 3, number])
            found[kind, strength] = corrupt(x, kind, strength, rng, outside)
    return found


def corrupt(
    x: np.ndarray, kind: str, strength: float, rng: np.random.Generator, outside: float | None
) -> np.ndarray:
    """Return images with one disturbance.

    Parameters
    ----------
    x : ndarray, shape (N, 1, height, width), float32 in [-1, 1]
    kind : "noise", "shift", "rotation" or "thickness"
    strength : float
        In the unit that `UNITS` tells.
    rng : numpy.random.Generator
        Decides noise, directions and signs, image by image.
    outside : float or None
        The pixel that comes in from outside; None repeats the image's border.

    Returns
    -------
    ndarray, shape of x, float32 in [-1, 1]
    """
    y: np.ndarray
    if kind == "noise":
        y = np.clip(x + strength * rng.standard_normal(x.shape, dtype=np.float32), -1, 1)
    elif kind == "shift":
        y = _shift(x, int(strength), rng, outside)
    elif kind == "rotation":
        y = _rotate(x, strength, rng, outside)
    else:
        y = _thicken(x, strength)
    return y.astype(np.float32)


def _shift(
    x: np.ndarray, pixels: int, rng: np.random.Generator, outside: float | None
) -> np.ndarray:
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    directions = rng.integers(len(steps), size=len(x))
    around = [(0, 0), (0, 0), (pixels, pixels), (pixels, pixels)]
    if outside is None:
        padded = np.pad(x, around, mode="edge")
    else:
        padded = np.pad(x, around, constant_values=outside)
    y = np.empty_like(x)
    height, width = x.shape[2:]
    for number, (down, right) in enumerate(steps):
        rows = directions == number
        top, left = pixels * (1 - down), pixels * (1 - right)
        y[rows] = padded[rows, :, top : top + height, left : left + width]
    return y


def _rotate(
    x: np.ndarray, degrees: float, rng: np.random.Generator, outside: float | None
) -> np.ndarray:
    from skimage.transform import rotate

    options = {"mode": "edge"} if outside is None else {"mode": "constant", "cval": outside}
    signs = rng.choice((-1, 1), size=len(x))
    turned = [
        rotate(image[0].astype(np.float64), sign * degrees, clip=False, **options)
        for image, sign in zip(x, signs, strict=True)
    ]
    found: np.ndarray = np.stack(turned)[:, np.newaxis].clip(-1, 1)
    return found


def _thicken(x: np.ndarray, pixels: float) -> np.ndarray:
    """Let ink grow by half pixels: on images twice as large, a disk reaches a whole pixel."""
    from skimage.morphology import dilation, disk, erosion

    disk_of_each = disk(round(2 * abs(pixels)))[np.newaxis]
    large = x[:, 0].repeat(2, axis=1).repeat(2, axis=2)
    large = (dilation if pixels > 0 else erosion)(large, disk_of_each)
    n, height, width = x[:, 0].shape
    small: np.ndarray = large.reshape(n, 1, height, 2, width, 2).mean(axis=(3, 5))
    return small
