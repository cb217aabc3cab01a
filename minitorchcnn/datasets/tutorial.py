"""The smallest digits that can be looked at pixel by pixel: 5 wide, 7 high, as in the tutorial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import validation as checks

# "#" is ink. The nine is the tutorial's; the others are drawn to go with it, three columns wide
# like the nine, so that each may also stand one column further left or right.
_DRAWINGS = """
.###.  ..#..  .###.  .###.  .#.#.  .###.  ...#.  .###.  ..#..  .###.
.#.#.  .##..  .#.#.  ...#.  .#.#.  .#...  ..#..  ...#.  .#.#.  .#.#.
.#.#.  ..#..  ...#.  ...#.  .#.#.  .#...  .#...  ...#.  .#.#.  .###.
.#.#.  ..#..  ..#..  ..##.  .###.  .##..  .##..  ..#..  ..#..  ...#.
.#.#.  ..#..  .#...  ...#.  ...#.  ...#.  .#.#.  ..#..  .#.#.  ...#.
.#.#.  ..#..  .#...  ...#.  ...#.  ...#.  .#.#.  .#...  .#.#.  ..#..
.###.  .###.  .###.  .###.  ...#.  .##..  .###.  .#...  ..#..  .#...
"""


def tutorial_nine() -> NDArray[np.float32]:
    """Return the tutorial's picture of a nine.

    Returns
    -------
    ndarray, shape (1, 1, 7, 5), float32
        1 is ink, -1 is paper.
    """
    return _drawings()[9:, np.newaxis].copy()


def tutorial_digits(
    n: int, noise: float = 0.05, seed: int | np.random.Generator = 0, *, shift: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw digits of 5 x 7 pixels, some of the pixels flipped: data for "nine or not nine".

    Parameters
    ----------
    n : int
        Number of images, at least 1.
    noise : float, default 0.05
        Chance of each pixel to be flipped from ink to paper or back, 0 to below 0.5.
    seed : int or numpy.random.Generator, default 0
        Not negative. A Generator is advanced by one draw, so a second call gives other images.
    shift : bool, default False
        Also move each digit sideways by -1, 0 or 1 pixel, at random; no ink leaves the image.

    Returns
    -------
    x : ndarray, shape (n, 1, 7, 5), float32
        1 is ink, -1 is paper.
    y : ndarray, shape (n,), int64
        The digits. Every ten images are the ten digits in random order.

    Raises
    ------
    ArgumentError
        If an argument is out of its range.

    Notes
    -----
    The first m of n images are the m images with the same other arguments.

    Examples
    --------
    >>> from minitorchcnn import datasets
    >>> x, y = datasets.tutorial_digits(20, noise=0.0)
    >>> bool((x[y == 9] == datasets.tutorial_nine()).all())
    True
    """
    n = checks.integer(n, "n", minimum=1)
    noise = checks.number(noise, "noise", low=0.0, high=0.5)
    shift = checks.flag(shift, "shift")
    clean = _drawings()
    x = np.empty((n, 1, *clean.shape[1:]), dtype=np.float32)
    y = np.empty(n, dtype=np.int64)
    for part, rng in rounds_of_ten(n, seed):
        labels = rng.permutation(10)
        images = clean[labels]
        steps = rng.integers(-1, 2, size=10)
        if shift:
            moved = [
                np.roll(image, step, axis=1) for image, step in zip(images, steps, strict=True)
            ]
            images = np.stack(moved)
        flipped = np.where(rng.random(images.shape) < noise, -images, images)
        x[part, 0] = flipped[: part.stop - part.start]
        y[part] = labels[: part.stop - part.start]
    return x, y


def rounds_of_ten(
    n: int, seed: int | np.random.Generator
) -> Iterator[tuple[slice, np.random.Generator]]:
    """Yield, for each ten of n images, the part of the arrays to fill and its own generator.

    One random stream per ten images, so that a longer data set begins with the shorter one: the
    generators depend on the seed and the round alone. The last round may be cut short by n;
    draw all ten then as well, and keep the first, so that nothing depends on n.

    Raises
    ------
    ArgumentError
        If seed is neither a Generator nor an integer of 0 or more.
    """
    if isinstance(seed, np.random.Generator):
        entropy = int(seed.integers(2**63))
    else:
        entropy = checks.integer(seed, "seed", minimum=0)
    for start in range(0, n, 10):
        stream = np.random.SeedSequence(entropy, spawn_key=(start // 10,))
        yield slice(start, min(start + 10, n)), np.random.default_rng(stream)


def _drawings() -> NDArray[np.float32]:
    """Return the clean digits 0 to 9, shape (10, 7, 5)."""
    rows = [line.split() for line in _DRAWINGS.strip().splitlines()]
    ink = np.array([[[mark == "#" for mark in word] for word in row] for row in rows])
    return np.where(ink, 1.0, -1.0).astype(np.float32).transpose(1, 0, 2)
