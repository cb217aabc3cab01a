"""The filters a person would set by hand, and how to bring one's own, before anything is learned.

All of them are cross-correlation kernels for images in [-1, 1] with ink 1 and paper -1. Unless
asked otherwise they are normalised as the tutorial does, so a perfect match answers exactly 1.
"""

from minitorchcnn.filters.bank import (
    antidiagonal,
    bank,
    box,
    diagonal,
    horizontal,
    tutorial,
    vertical,
)
from minitorchcnn.filters.classical import gabor
from minitorchcnn.filters.readers import from_array, from_image, from_text
from minitorchcnn.filters.shaping import for_channels, normalize
from minitorchcnn.filters.similarity import nearest

__all__ = [
    "antidiagonal",
    "bank",
    "box",
    "diagonal",
    "for_channels",
    "from_array",
    "from_image",
    "from_text",
    "gabor",
    "horizontal",
    "nearest",
    "normalize",
    "tutorial",
    "vertical",
]
