"""Handwritten digits without a download: drawn by rule, stroke by stroke, from one seed.

Images come in pages of ten. A page is one imaginary writer, whose slant, width, roundness and pen
are shared by the ten digits of the page; each digit then varies a little by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import validation as checks
from minitorchcnn.datasets.synthetic.pen import BOX_SHARE, draw, fit_to_box
from minitorchcnn.datasets.synthetic.skeletons import FloatArray, Path, paths
from minitorchcnn.datasets.tutorial import rounds_of_ten
from minitorchcnn.errors import Argument, ArgumentError

_PAGE = 10
_SIZES = (12, 64)
_MOST_POINTS = 20  # control points that a skeleton may have


def synthetic_digits(
    n: int,
    size: int = 28,
    seed: int | np.random.Generator = 0,
    *,
    variation: float = 1.0,
    noise: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw handwritten digits 0 to 9 in the MNIST form, varied enough to train on for real.

    The digit fills a box of 20/28 of the image (a little less for a part of them), its height to
    width kept, and lies centred by the mass of its ink, but for a small shift.

    Parameters
    ----------
    n : int
        Number of images, at least 1.
    size : int, default 28
        Height and width in pixels, 12 to 64.
    seed : int or numpy.random.Generator, default 0
        Not negative. A Generator is advanced by one draw, so a second call gives other digits.
    variation : float, default 1.0
        Strength of everything in which two digits of one skeleton differ, but for the noise:
        0 is like print, 1 like people, up to (not including) 2, which is hard to read.
    noise : float, default 0.0
        Largest standard deviation of the grain, in the units of the pixels, 0 to below 1. Each
        image has its own, between 0 and this.

    Returns
    -------
    x : ndarray, shape (n, 1, size, size), float32
        1 is ink, -1 is paper.
    y : ndarray, shape (n,), int64
        The digits. Every ten images are the ten digits in random order, so that the classes
        differ by one image at most.

    Raises
    ------
    ArgumentError
        If an argument is out of its range.

    Notes
    -----
    The same arguments give the same bytes under the same versions of NumPy and scikit-image.
    Image i depends on the other arguments and i, not on n: the first m of n images are the m
    images. What a network trained on these alone reads of people's digits is measured by
    experiments/transfer.py. Time: about 0.3 milliseconds for an image of 28 x 28 pixels.

    Examples
    --------
    >>> from minitorchcnn import datasets
    >>> x, y = datasets.synthetic_digits(20, seed=1)
    >>> x.shape, x.dtype.name
    ((20, 1, 28, 28), 'float32')
    >>> sorted(y[:10].tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    n = checks.integer(n, "n", minimum=1)
    size = _check_size(size)
    variation = checks.number(variation, "variation", low=0.0, high=2.0)
    noise = checks.number(noise, "noise", low=0.0, high=1.0)
    x = np.empty((n, 1, size, size), dtype=np.float32)
    y = np.empty(n, dtype=np.int64)
    for part, rng in rounds_of_ten(n, seed):
        images, labels = _draw_page(rng, size, variation, noise)
        x[part, 0] = images[: part.stop - part.start]
        y[part] = labels[: part.stop - part.start]
    return x, y


@dataclass(frozen=True)
class _Writer:
    """How the ten digits of a page are written; each array has one entry per digit."""

    slant: FloatArray  # radians, to the right
    taper: FloatArray  # relative change of the width from the middle to the foot
    balance: FloatArray  # how far the waist sinks, share of the height
    rotation: FloatArray  # radians, anticlockwise as seen
    width: FloatArray  # factor of the width
    roundness: FloatArray  # 0 straight between control points, 1 smooth curves
    thickness: FloatArray  # pen's diameter, share of the digit's box
    pressure: FloatArray  # relative change of the diameter along a stroke
    wobble: FloatArray  # standard deviation of a control point, share of the height
    overshoot: FloatArray  # standard deviation of where strokes begin and end, same unit
    elastic: FloatArray  # largest amplitude of a wave of distortion, same unit
    scale: FloatArray  # share of the box that is used
    blur: FloatArray  # standard deviation in pixels of 28


def _draw_writer(rng: np.random.Generator, variation: float) -> _Writer:
    """Draw a writer, and how far each of the ten digits strays from the writer's habit."""

    def normal(writer: float, digit: float, limit: float = 0.6) -> FloatArray:
        shared, own = rng.normal(size=1), rng.normal(size=_PAGE)
        return np.clip(variation * (writer * shared + digit * own), -limit, limit)

    return _Writer(
        slant=0.12 * min(variation, 1.0) + normal(0.22, 0.10, 0.52),
        taper=normal(0.08, 0.16, 0.40),
        balance=normal(0.04, 0.07, 0.18),
        rotation=normal(0.06, 0.07, 0.22),
        width=np.exp(normal(0.20, 0.16, 0.50)),
        roundness=np.clip(1.0 + normal(0.18, 0.1), 0.3, 1.2),
        thickness=np.clip(0.130 * np.exp(normal(0.28, 0.12)), 0.065, 0.225),
        pressure=normal(0.10, 0.08, 0.35),
        wobble=0.032 * np.exp(normal(0.3, 0.3)) * variation,
        overshoot=0.050 * np.exp(normal(0.2, 0.2)) * variation,
        elastic=0.062 * np.exp(normal(0.3, 0.3)) * variation,
        scale=1.0 - np.minimum(np.abs(normal(0.01, 0.03)), 0.1),
        blur=0.35 * np.exp(normal(0.3, 0.2)),
    )


def _draw_page(
    rng: np.random.Generator, size: int, variation: float, noise: float
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return ten images (10, size, size) and their labels (10,)."""
    labels = rng.permutation(_PAGE)
    writer = _draw_writer(rng, variation)
    pick = rng.random(_PAGE)
    wobble = rng.normal(size=(_PAGE, _MOST_POINTS, 2))
    overshoot = rng.normal(size=(_PAGE, _MOST_POINTS))
    wave = rng.uniform(-1.0, 1.0, size=(_PAGE, 3, 5))
    lines, radii = [], []
    for i, label in enumerate(labels.tolist()):
        path = _choose_skeleton(paths()[label], pick[i])
        control = _jitter(path, writer.wobble[i] * wobble[i], writer.overshoot[i] * overshoot[i])
        r = writer.roundness[i]
        line = (r * path.curve + (1 - r) * path.chord) @ control
        line = _distort(line + writer.elastic[i] * _bend(line, wave[i]), writer, i)
        box = BOX_SHARE * size * writer.scale[i]
        beat = np.sin(2 * np.pi * (path.progress + wave[i, 0, 4]))
        radius = box * writer.thickness[i] / 2 * (1 + writer.pressure[i] * beat)
        lines.append(fit_to_box(line, radius, box))
        radii.append(radius)
    shift = variation * size * rng.uniform(-0.025, 0.025, size=(_PAGE, 2))
    ink = draw(lines, radii, shift, size)
    return _scan(ink, writer.blur * size / 28, noise, rng), labels


def _choose_skeleton(variants: tuple[Path, ...], pick: float) -> Path:
    """Return the skeleton at `pick` (0 to 1) of the shares laid end to end."""
    bounds = np.cumsum([path.share for path in variants])
    return variants[min(int(np.searchsorted(bounds, pick, side="right")), len(variants) - 1)]


def _jitter(path: Path, wobble: FloatArray, overshoot: FloatArray) -> FloatArray:
    """Return jittered control points (K, 2), the ends moved along their strokes as well."""
    control = path.control + wobble[: len(path.control)]
    end, neighbour = path.ends.T
    along = control[end] - control[neighbour]
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-6
    control[end] += overshoot[: len(end), None] * along
    return control


def _bend(line: FloatArray, wave: FloatArray) -> FloatArray:
    """Return a smooth displacement (S, 2): three waves, longer than the digit, across the paper."""
    phase = 2 * np.pi * (line @ (0.8 * wave[:, :2].T) + wave[:, 4])
    return np.asarray(np.sin(phase) @ wave[:, 2:4])


def _distort(line: FloatArray, writer: _Writer, i: int) -> FloatArray:
    """Bend, slant, widen and rotate a path (S, 2)."""
    from skimage.transform import AffineTransform

    x, y = line.T
    middle = (x.max() + x.min()) / 2
    # The waist sinks or rises, head and foot stay; the width grows or shrinks downwards.
    x = middle + (x - middle) * (1 + writer.taper[i] * (2 * y - 1))
    line = np.stack([x, y + 4 * writer.balance[i] * y * (1 - y)], axis=1)
    lean = np.array([[1.0, -np.tan(writer.slant[i]), 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    turn = AffineTransform(scale=(writer.width[i], 1.0), rotation=-writer.rotation[i])
    return np.asarray(AffineTransform(matrix=turn.params @ lean)(line))


def _scan(
    ink: FloatArray, blur: FloatArray, noise: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Turn coverage (N, size, size) into a scan of it: blurred, in [-1, 1], with grain."""
    from skimage.filters import gaussian
    from skimage.util import random_noise

    soft = np.stack([gaussian(image, sigma) for image, sigma in zip(ink, blur, strict=True)])
    # A thin line, blurred, is pale; scans are stretched so that the darkest ink is black.
    images = 2 * soft / soft.max(axis=(1, 2), keepdims=True) - 1
    grain = noise * rng.random((len(ink), 1, 1))
    if noise > 0:
        # The variance must be positive, also for the image that drew no grain at all.
        variance = np.broadcast_to(np.maximum(grain**2, 1e-12), images.shape)
        images = random_noise(images, mode="localvar", rng=rng, local_vars=variance, clip=True)
    return np.asarray(np.clip(images, -1.0, 1.0), dtype=np.float32)


def _check_size(size: int) -> int:
    low, high = _SIZES
    if checks.integer(size, "size", minimum=low) > high:
        raise ArgumentError(
            Argument("size"),
            f" must be {low} to {high} pixels, got {size}: draw at {high} and enlarge "
            f"the images, for example by skimage.transform.resize.",
        )
    return int(size)
