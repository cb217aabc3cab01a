"""One random stream per ten images, so that a longer data set begins with the shorter one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from minitorchcnn import validation as checks


def rounds_of_ten(
    n: int, seed: int | np.random.Generator
) -> Iterator[tuple[slice, np.random.Generator]]:
    """Yield, for each ten of n images, the part of the arrays to fill and its own generator.

    The generators depend on the seed and the round alone. The last round may be cut short by n;
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
