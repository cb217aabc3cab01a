"""The classical filters exactly as scikit-image defines them, without copying its numbers.

A linear filter is known by its answer to a single bright pixel. Turned by half a circle, that
answer is the kernel with which a cross-correlation does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.types import Array
from minitorchcnn.validation import integer, number


def edges() -> dict[str, Array]:
    """Return the filters that are 3 x 3 by definition, as scikit-image scales them.

    Returns
    -------
    dict of str to ndarray, shape (3, 3), float64
        ``sobel_horizontal`` finds horizontal edges, and so on.
    """
    from skimage import filters

    functions = {
        "sobel_horizontal": filters.sobel_h,
        "sobel_vertical": filters.sobel_v,
        "prewitt_horizontal": filters.prewitt_h,
        "prewitt_vertical": filters.prewitt_v,
        "scharr_horizontal": filters.scharr_h,
        "scharr_vertical": filters.scharr_v,
        "laplacian": filters.laplace,
    }
    return {name: _kernel(function, 3) for name, function in functions.items()}


def blurs(size: int) -> dict[str, Array]:
    """Return ``gaussian``, and ``sharpen``, which adds what the Gaussian takes away.

    Parameters
    ----------
    size : int
        In pixels, odd; the Gaussian's standard deviation is a third of it.

    Returns
    -------
    dict of str to ndarray, shape (size, size), float64
        What lies outside of the window is cut off.
    """
    from skimage import filters

    sigma = size / 3

    def blur(image: Array) -> Any:
        return filters.gaussian(image, sigma=sigma, preserve_range=True)

    def sharpen(image: Array) -> Any:
        return filters.unsharp_mask(image, radius=sigma, amount=1.0, preserve_range=True)

    return {"gaussian": _kernel(blur, size), "sharpen": _kernel(sharpen, size)}


def gabor(
    angle: float, frequency: float | None = None, *, size: int = 3, phase: float = 0.0
) -> Array:
    """Return a Gabor filter: a wave under a Gaussian, the real part of scikit-image's.

    Parameters
    ----------
    angle : float
        Degrees in which the wave runs, scikit-image's theta: 0 finds vertical strokes, 90
        horizontal ones, 45 strokes that rise from bottom left to top right.
    frequency : float or None
        Waves per pixel, at most 0.5; None is one wave in the window, 1 / size.
    size : int
        In pixels, odd. The kernel is cut or filled with zeros to this size.
    phase : float
        Degrees: 0 finds strokes, 90 edges.

    Returns
    -------
    ndarray, shape (size, size), float64
        Not normalised.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    References
    ----------
    ``skimage.filters.gabor_kernel``.
    """
    from skimage.filters import gabor_kernel

    width = check_odd(size, "gabor: size")
    theta, offset = (
        np.deg2rad(number(degrees, f"gabor: {name}", low=-360, high=360, closed=True))
        for degrees, name in ((angle, "angle"), (phase, "phase"))
    )
    waves = 1 / width if frequency is None else frequency
    # below 0.02 the kernel is hundreds of pixels wide, of which a filter holds nothing but grey
    waves = number(waves, "gabor: frequency", low=0.02, high=0.5, closed=True)
    kernel = gabor_kernel(waves, theta=theta, offset=offset).real
    return resize_centre(kernel[::-1, ::-1], (width, width))


def check_odd(size: Any, name: str) -> int:
    """Return an odd number of pixels, at least 3, or raise `ArgumentError` naming it."""
    width = integer(size, name, minimum=3)
    if width % 2 == 0:
        raise ArgumentError(f"{name} must be odd, so that a filter has a middle, got {width}.")
    return width


def resize_centre(kernel: Array, shape: tuple[int, int]) -> Array:
    """Return the middle of a kernel of odd sizes, cut or filled with zeros to `shape`."""
    for axis, size in enumerate(shape):
        missing = max(0, size - kernel.shape[axis])
        around = [(0, 0), (0, 0)]
        around[axis] = (missing // 2, missing - missing // 2)
        kernel = np.pad(kernel, around)
        start = (kernel.shape[axis] - size) // 2
        kernel = kernel.take(range(start, start + size), axis=axis)
    return np.ascontiguousarray(kernel)


def _kernel(function: Callable[[Array], Any], size: int) -> Array:
    """Return the cross-correlation kernel of a linear filter."""
    image = np.zeros((4 * size + 1, 4 * size + 1))  # large enough that no border is felt
    image[2 * size, 2 * size] = 1.0
    answer = np.asarray(function(image), dtype=np.float64)
    return resize_centre(answer[::-1, ::-1], (size, size)) + 0.0  # no negative zeros
