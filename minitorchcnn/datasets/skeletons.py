"""How people write the ten digits, because a drawn digit is a path of the pen before it is pixels.

Each class has several skeletons (open and closed fours, crossed and plain sevens, ...), each with
the share of writers who use it. A skeleton is pen strokes through control points; `Path` turns
control points, as they are or jittered, into the smooth line that the pen follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# One sample of the path every 2 % of the digit's height: closer together than any pen is thick.
_SPACING = 0.02

# (share, strokes). Points are "x,y" in hundredths of the digit's height, y downwards;
# "/" after a point makes it a corner, ";" lifts the pen. Shares are relative within the class.
_TABLE: dict[int, tuple[tuple[float, str], ...]] = {
    0: (
        (4, "36,1 14,16 3,48 12,84 35,100 58,86 68,50 58,14 36,1 24,6"),  # oval
        (2, "42,4 18,10 3,42 8,80 32,100 62,88 76,52 66,16 40,0 28,8"),  # wide and round
        (2, "50,12 30,4 10,24 3,60 14,94 36,98 56,72 62,36 52,8 34,0"),  # begun at the right
        (1, "30,4 10,22 2,56 12,92 30,100 46,82 52,44 44,10 26,0 20,14 34,22"),  # inner curl
        (1, "28,2 8,26 4,66 20,98 44,94 58,58 54,18 38,4"),  # left open at the top
    ),
    1: (
        (5, "12,0 11,35 10,68 10,100"),  # a bare stem
        (2, "14,0 12,30 8,66 9,100"),
        (2, "0,24 24,0/ 24,45 23,100"),  # flag
        (2, "0,32 14,20 22,0/ 23,50 22,100"),  # steep flag
        (3, "0,38 16,22 30,0/ 29,50 27,100"),  # long flag
        (2, "2,20 28,0/ 28,50 27,99 ; 4,100 30,99 54,98"),  # flag and foot
        (1, "4,14 22,2/ 22,50 21,100 ; 2,99 42,100"),
        (1, "22,0 22,50 21,98 ; 2,100 42,98"),  # foot, no flag
    ),
    2: (
        (4, "6,24 16,5 38,0 56,14 52,40 28,70 3,98/ 34,97 66,96"),  # corner and flat foot
        (3, "4,20 22,2 48,4 56,26 42,56 16,88 6,92 10,80 28,86 46,97 68,92"),  # small loop
        (2, "6,16 30,0 54,10 54,36 36,66 14,94 2,92 6,76 26,78 44,96 64,100 76,90"),  # big loop
        (2, "2,16 22,0 46,8 50,30 34,60 4,95/ 24,90 46,97 70,88"),  # waved foot
        (2, "4,8 28,2 56,6 56,22 34,56 2,98/ 30,99 62,98"),  # angular, close to a z
        (1, "10,30 8,12 28,0 46,12 44,42 26,72 8,96/ 30,98 54,96"),
    ),
    3: (
        (4, "6,14 24,0 48,6 52,26 38,42 20,47/ 44,52 58,72 46,94 22,100 2,88"),  # two bowls
        (3, "8,10 30,0 50,12 44,36 24,46 26,50 50,58 56,78 40,97 18,99 3,90"),  # soft waist
        (2, "4,5 30,3 56,2/ 42,22 26,42/ 48,50 58,72 44,95 20,99 2,90"),  # flat top
        (2, "6,16 26,0 48,12 42,36 22,48 18,42 26,42 52,56 54,82 32,100 4,92"),  # looped waist
        (1, "2,4 46,2 52,20 42,42 22,46/ 52,54 60,78 36,98 0,99"),
    ),
    4: (
        (3, "10,2 6,30 3,56/ 30,57 66,54 ; 50,4 48,40 46,72 45,100"),  # open
        (3, "20,0 12,30 2,60/ 34,60 74,57 ; 50,28 48,60 44,100"),  # open, short stem
        (2, "4,6 6,36 20,50 42,46 54,30/ ; 58,0 54,40 50,72 48,100"),  # a cup and a stem
        (2, "6,4 4,30 14,46 36,42 52,28 56,6/ 54,50 48,100"),  # the cup in one stroke
        (3, "48,0 26,28 2,62/ 36,63 74,60 ; 50,2 49,50 47,100"),  # closed, pointed
        (2, "44,2 22,24 2,56/ 30,57 56,54/ 52,30 46,4/ 46,50 45,100"),  # closed in one stroke
        (1, "40,0 18,26 3,50 10,58 34,52 54,34/ ; 56,30 46,66 38,100"),
        (2, "28,0 14,30 2,66/ 30,66 58,62 ; 42,38 38,66 34,100"),  # low bar, short stem
        (1, "34,0 16,26 4,56 14,64 34,60 52,44 ; 44,40 36,74 34,100"),  # the same, round
    ),
    5: (
        (3, "14,4 11,24 8,44/ 30,38 52,52 54,76 36,98 12,99 0,88 ; 14,3 34,4 58,0"),  # two strokes
        (3, "58,2 36,4 16,5/ 12,26 9,46/ 30,40 52,52 55,78 36,99 4,94"),  # one stroke
        (2, "56,4 24,6 14,22 18,40 40,50 54,68 46,92 22,100 2,90"),  # round, close to an s
        (2, "20,6 14,40/ 38,42 54,60 46,88 20,100 0,92 ; 24,5 50,6 74,0"),  # long bar
        (1, "62,0 18,4/ 14,40/ 44,46 56,68 40,94 2,100"),
    ),
    6: (
        (4, "44,0 22,18 6,48 4,78 20,100 44,94 54,74 42,58 22,62 6,80"),
        (3, "30,0 16,28 5,62 12,94 34,100 50,84 46,64 26,60 8,76"),
        (2, "58,4 30,10 8,38 3,74 22,99 50,94 62,70 44,52 18,60 6,72"),  # wide
        (2, "24,0 10,36 3,72 12,98 34,97 42,80 30,66 12,74 5,86"),  # tall stem, small loop
        (1, "50,0 26,12 8,40 4,72 16,96 42,98 56,78 46,58 26,58"),  # loop left open
    ),
    7: (
        (4, "2,6 28,5 58,2/ 46,34 32,66 24,100"),  # plain
        (2, "0,8 24,4 48,2 58,8 50,32 34,66 28,100"),  # round shoulder
        (3, "2,6 30,5 60,2/ 46,36 34,66 26,100 ; 14,52 34,50 58,47"),  # crossed
        (2, "4,20 4,6/ 30,5 62,4/ 48,34 36,62 30,100"),  # serif
        (1, "4,18 5,4/ 32,4 60,2/ 44,42 28,100 ; 12,54 58,50"),  # serif and cross
        (2, "2,10 18,2 36,8 58,2/ 40,42 34,70 34,100"),  # waved bar
    ),
    8: (
        (4, "46,10 28,0 10,12 14,32 34,48 52,68 46,92 24,100 6,86 10,66 30,48 48,28 46,8 32,1"),
        (3, "52,12 36,0 16,8 14,28 32,46 46,66 38,92 18,99 4,84 12,64 34,46 52,26 54,6"),
        (2, "30,0 12,12 12,34 28,45 46,34 46,12 28,0 ; 28,45 8,58 4,84 28,100 52,86 50,60 28,46"),
        (2, "56,8 34,0 14,14 20,36 40,54 48,76 32,98 10,94 6,74 24,54 48,34 60,14"),  # open
        (1, "34,46 14,34 14,10 36,0 52,14 46,36 22,54 6,76 16,98 42,98 52,78 42,58 26,42"),
    ),
    9: (
        (4, "50,16 32,2 10,12 4,34 20,50 42,38 52,14/ 50,50 44,100"),  # straight tail
        (3, "48,14 28,0 8,14 6,36 24,48 44,36 50,12 52,40 48,72 38,100"),
        (3, "52,14 34,0 12,8 6,30 20,46 42,38 52,14 54,48 48,80 30,99 6,92"),  # hooked tail
        (2, "46,8 22,2 4,22 12,46 36,42 48,20 52,6/ 44,52 28,100"),  # leaning
        (1, "54,6 30,0 8,16 8,42 30,50 52,36 56,4/ 55,50 54,100"),  # wide
        (1, "44,12 26,0 8,10 10,32 28,40 44,26 46,12 50,44 44,82 22,100 4,88 16,74"),  # curled tail
        (1, "56,24 48,4 28,0 8,14 8,34 26,44 50,38/ 56,58 48,86 26,100 2,92"),  # loop left open
    ),
}


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
    for label, variants in _TABLE.items():
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
