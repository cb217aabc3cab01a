"""A photograph or scan of a digit becomes an image in the classical form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.arrays import Array


def prepare_digit(
    image: Array, *, size: int = 28, light_ink: bool | None = None
) -> NDArray[np.float32]:
    """To be written."""
    raise NotImplementedError
