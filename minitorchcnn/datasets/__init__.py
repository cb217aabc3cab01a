"""Digits to learn from: drawn by rule, drawn by hand in 5 x 7 pixels, and really handwritten.

All deliver images (N, 1, height, width) of float32 in [-1, 1], 1 for ink, and labels of int64.
"""

from minitorchcnn.datasets.handwriting import handwriting
from minitorchcnn.datasets.split import stratified_split
from minitorchcnn.datasets.synthetic import synthetic_digits
from minitorchcnn.datasets.tutorial import tutorial_digits, tutorial_nine

__all__ = [
    "handwriting",
    "stratified_split",
    "synthetic_digits",
    "tutorial_digits",
    "tutorial_nine",
]
