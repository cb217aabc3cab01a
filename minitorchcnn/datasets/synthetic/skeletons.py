"""From control points to the line of a pen, because a digit is a path before it is pixels.

Each class has several skeletons, each with the share of writers who use it; `strokes.py` lists
them. A skeleton is pen strokes through control points; `Path` turns control points, as they are
or jittered, into the smooth line that the pen follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.datasets.synthetic.strokes import STROKES

FloatArray = NDArray[np.float64]

# One sample of the path every 2 % of the digit's height: closer together than any pen is thick.
_SPACING = 0.02


@dataclass(frozen=True, eq=False)
class Path:
    """A skeleton with the arithmetic from its control points to the line of the pen.

    Attributes
    ----------
    share : float
        Part of the writers of this digit who write it so.
    control : ndarray, shape (K, 2)
        Control points (x, y) in units of the digit's height, y downwards.
    curve, chord : ndarray, shape (S, K)
        Weights of the control points in each sample of the path: through them smoothly, and
        straight from one to the next. A mixture of both is a rounder or more angular hand.
    ends : ndarray, shape (E, 2) of int
        Index of a stroke's first or last control point and of its neighbour.
    progress : ndarray, shape (S,)
        Way along the stroke, 0 at its beginning and 1 at its end.
    """

    share: float
    control: FloatArray
    curve: FloatArray
    chord: FloatArray
    ends: NDArray[np.intp]
    progress: FloatArray


@lru_cache(maxsize=1)
def paths() -> dict[int, tuple[Path, ...]]:
    """Return the skeletons of every digit, ready to draw; shares add up to 1 in each class."""
    table: dict[int, tuple[Path, ...]] = {}
    for label, variants in STROKES.items():
        total = sum(share for share, _ in variants)
        table[label] = tuple(_path(share / total, strokes) for share, strokes in variants)
    return table


def _path(share: float, text: str) -> Path:
    strokes = [_parse_stroke(stroke) for stroke in text.split(";")]
    sizes = [len(points) for points, _ in strokes]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    curves, chords, ways, ends = [], [], [], []
    for (points, corners), start in zip(strokes, first, strict=True):
        curve, chord = _stroke_weights(points, corners)
        room = ((0, 0), (start, sum(sizes) - start - len(points)))
        curves.append(np.pad(curve, room))
        chords.append(np.pad(chord, room))
        ways.append(np.linspace(0.0, 1.0, len(curve)))
        stop = start + len(points) - 1
        ends += [(start, start + 1), (stop, stop - 1)]
    return Path(
        share=share,
        control=np.concatenate([points for points, _ in strokes]),
        curve=np.concatenate(curves),
        chord=np.concatenate(chords),
        ends=np.array(ends, dtype=np.intp),
        progress=np.concatenate(ways),
    )


def _parse_stroke(text: str) -> tuple[FloatArray, list[int]]:
    """Return the control points (K, 2) and the indices of the corners among them."""
    words = text.split()
    points = [[float(value) / 100 for value in word.rstrip("/").split(",")] for word in words]
    corners = [i for i, word in enumerate(words) if word.endswith("/") and i < len(words) - 1]
    return np.array(points), corners


def _stroke_weights(points: FloatArray, corners: list[int]) -> tuple[FloatArray, FloatArray]:
    """Return curve and chord weights (S, K); the tangent breaks at a corner."""
    curves, chords = [], []
    for start, stop in zip([0, *corners], [*corners, len(points) - 1], strict=True):
        room = ((0, 0), (start, len(points) - stop - 1))
        curve, chord = _run_weights(points[start : stop + 1])
        curves.append(np.pad(curve, room))
        chords.append(np.pad(chord, room))
    return np.concatenate(curves), np.concatenate(chords)


def _run_weights(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the weights of a smooth run: cubic Hermite pieces with centripetal knots.

    Square roots of the distances as knots keep the curve from overshooting at close points.
    """
    distance = np.linalg.norm(np.diff(points, axis=0), axis=1)
    step = np.sqrt(distance)[:, None]
    identity = np.eye(len(points))
    slope = np.diff(identity, axis=0) / step  # (K - 1, K)
    tangent = np.concatenate([slope[:1], slope[-1:]]) if len(slope) == 1 else _tangents(slope, step)
    curves, chords = [], []
    for i, length in enumerate(distance):
        u = np.linspace(0.0, 1.0, max(2, int(np.ceil(length / _SPACING)) + 1))[:, None]
        a, b = identity[i], identity[i + 1]
        # Hermite: p(u) = h00 a + h01 b + h (h10 m_a + h11 m_b)
        blend = u * u * (3 - 2 * u)
        bend = u * (1 - u) * ((1 - u) * tangent[i] - u * tangent[i + 1])
        curves.append((1 - blend) * a + blend * b + step[i] * bend)
        chords.append((1 - u) * a + u * b)
    return np.concatenate(curves), np.concatenate(chords)


def _tangents(slope: FloatArray, step: FloatArray) -> FloatArray:
    """Return weights (K, K) of the tangents of the parabola through each three neighbours."""
    before, after = step[:-1], step[1:]
    inner = (after * slope[:-1] + before * slope[1:]) / (before + after)
    # At an end the parabola of the last three points is followed outwards.
    return np.concatenate([2 * slope[:1] - inner[:1], inner, 2 * slope[-1:] - inner[-1:]])
