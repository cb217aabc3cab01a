"""Many small images laid out as one wide image, so that NumPy works in long runs.

Rows of 8 or 24 numbers are too short: starting on a row costs more than copying it. With the
batch as the last axis (C, H, W, N) neighbouring numbers are the same pixel of all samples, and a
convolution of the batch is one of a single image (C, H, W * N) whose window steps over N pixels.
"""

from __future__ import annotations

import numpy as np

from minitorchcnn.geometry import WindowGeometry
from minitorchcnn.ops.engine.columns import is_shallow
from minitorchcnn.types import Array

#: Measured: fewer samples gain nothing, more gain no more.
MIN_SAMPLES, MAX_SAMPLES = 16, 32

#: Wider outputs, after pooling, are long runs already: turning them costs more than it saves.
MAX_WIDTH = 14


def samples_together(
    n: int, channels: int, geometry: WindowGeometry, pool: WindowGeometry | None
) -> int:
    """Return how many of n samples make one wide image; 1 if they should be left as they are.

    Takes a third off the step of a LeNet. Windows of many channels gain nothing, as their
    products take most of the time. The window must go one pixel at a time and padding not exceed
    its reach, so that padding is the same for neighbours.

    Parameters
    ----------
    channels : int
        Of one group.
    geometry, pool : WindowGeometry
        Of the convolution and of a pooling that follows at once.
    """
    small = (pool or geometry).output_size[1] <= MAX_WIDTH and is_shallow(channels, geometry)
    if n < MIN_SAMPLES or not small or not geometry.gathers:
        return 1
    equal = (size for size in range(MAX_SAMPLES, MIN_SAMPLES - 1, -1) if n % size == 0)
    return next(equal, n)


def widen(geometry: WindowGeometry, samples: int) -> WindowGeometry:
    """Return how the window of a convolution or a pooling lies over the wide image."""
    (height, width), (rows, columns) = geometry.input_size, geometry.output_size
    above_below, (left, right) = geometry.padding
    return WindowGeometry(
        (height, width * samples),
        geometry.kernel_size,
        geometry.stride,
        (above_below, (left * samples, right * samples)),
        (geometry.dilation[0], geometry.dilation[1] * samples),
        (rows, columns * samples),
    )


def to_wide(maps: Array, samples: int) -> Array:
    """Return (N, C, H, W) as wide images (N / samples, C, H, W * samples), a copy."""
    n, channels, height, width = maps.shape
    turned = maps.reshape(n // samples, samples, -1).swapaxes(1, 2)
    return np.ascontiguousarray(turned).reshape(-1, channels, height, width * samples)


def from_wide(wide: Array, samples: int) -> Array:
    """Return wide images (n, C, H, W * samples) as the batch (n * samples, C, H, W), a copy."""
    n, channels, height, width = wide.shape
    turned = wide.reshape(n, -1, samples).swapaxes(1, 2)
    return np.ascontiguousarray(turned).reshape(-1, channels, height, width // samples)
