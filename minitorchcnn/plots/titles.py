"""Titles that fit over small pictures: broken into lines, and smaller where a word is too long."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from minitorchcnn.plots.canvas import WIDE

#: Points below which nobody can read.
_SMALLEST = 5.0


def fit_text(texts: Sequence[str], width: float, points: float) -> tuple[list[str], float]:
    """Break texts into lines that fit inches, and return them with points that fit their words.

    Somewhat smaller letters are better than more lines.
    """
    longest = max((len(word) for text in texts for word in text.split()), default=1)
    most = 72 * width / (WIDE * longest)
    found = []
    for share in (1.0, 0.9, 0.8):
        size = max(_SMALLEST, min(share * points, most))
        letters = max(longest, int(72 * width / (WIDE * size)))
        lines = ["\n".join(textwrap.fill(one, letters) for one in t.split("\n")) for t in texts]
        found.append((lines, size))
    return min(found, key=lambda fit: max(text.count("\n") for text in fit[0]))


def text_height(texts: Sequence[str], points: float) -> float:
    """Return the inches that the highest of some titles needs, and a little more."""
    return max(text.count("\n") + 1 for text in texts) * 1.25 * points / 72 + 0.06


def text_width(texts: Sequence[str], points: float) -> float:
    """Return the inches that the widest of some titles needs."""
    return max(len(line) for text in texts for line in text.split("\n")) * WIDE * points / 72
