"""Mistakes of max-pooling and average-pooling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake, Results, slide
from minitorchcnn.diagnostics.layers.known_mistakes.reference import (
    Change,
    Shares,
    Value,
    WindowRule,
    equal_shares,
    first_winner,
    largest,
    mean,
    pool,
)
from minitorchcnn.diagnostics.layers.known_mistakes.windows import DEFAULT_STRIDE, SLIDES, chain
from minitorchcnn.types import Array

Rules = tuple[Value, Shares]

_RIGHT: dict[str, Rules] = {"MaxPool": (largest, first_winner), "AvgPool": (mean, equal_shares)}


def pooled(
    change: Change | None = None, rules: Rules | None = None
) -> Callable[[CaseData], Results]:
    """Return the results of a pooling that slides wrongly, or has wrong rules, or both."""

    def compute(data: CaseData, rule: WindowRule) -> Results:
        y, grad_x = pool(data.x, data.grad_y, rule, *(rules or _RIGHT[data.like]))
        return {"y": y, "grad_x": grad_x}

    return lambda data: slide(data, change, compute, rules)


def combined(first: Mistake, second: Mistake) -> Mistake | None:
    """Return a pooling that makes both mistakes, if they can be made together."""
    if first.change is None or (second.change is None) == (second.rules is None):
        return None
    if first.key == second.key:
        return None
    change = first.change if second.change is None else chain(first.change, second.change)
    hint = f"Two mistakes at once. {first.hint} {second.hint}"
    return Mistake(f"{first.key} + {second.key}", hint, pooled(change, second.rules))


def _zero_padded(pixels: Array) -> Array:
    return np.where(np.isnan(pixels), 0.0, pixels)


def _winner_of(score: Callable[[Array], Array]) -> Shares:
    """Give everything to the first pixel with the highest score, even if it is padding."""

    def shares(pixels: Array, rule: WindowRule) -> Array:
        found = np.zeros_like(pixels)
        found.flat[int(np.argmax(score(pixels)))] = 1
        return found

    return shares


def _every_winner(pixels: Array, rule: WindowRule) -> Array:
    return np.asarray(pixels == np.nanmax(pixels), dtype=pixels.dtype)


def _shared_among_winners(pixels: Array, rule: WindowRule) -> Array:
    every = _every_winner(pixels, rule)
    return np.asarray(every / every.sum())


def _last_winner(pixels: Array, rule: WindowRule) -> Array:
    shares = np.zeros_like(pixels)
    turned = pixels[::-1, ::-1]
    shares[::-1, ::-1].flat[np.nanargmax(turned)] = 1
    return shares


def _ones(pixels: Array, rule: WindowRule) -> Array:
    return np.ones_like(pixels)


def _begins_at_zero(pixels: Array, rule: WindowRule) -> float:
    return max(0.0, largest(pixels, rule))


def _positive_winner(pixels: Array, rule: WindowRule) -> Array:
    return first_winner(pixels, rule) * float(np.nanmax(pixels) > 0)


def _largest_size(pixels: Array, rule: WindowRule) -> float:
    return float(pixels.flat[np.nanargmax(np.abs(pixels))])


def _mistakes(table: list[tuple[str, str, Rules]]) -> tuple[Mistake, ...]:
    own = (Mistake(key, hint, pooled(rules=rules), None, rules) for key, hint, rules in table)
    default, *moves = (
        Mistake(key, hint, pooled(change), change)
        for key, hint, change in (DEFAULT_STRIDE, *SLIDES)
    )
    return (default, *own, *moves)


MAX: tuple[Mistake, ...] = (
    *_mistakes(
        [
            (
                "pads with zero",
                "You pad with 0, so negative values at the border lose against the padding. Pad "
                "with -np.inf: padding must never win.",
                (lambda p, s: float(_zero_padded(p).max()), _winner_of(_zero_padded)),
            ),
            (
                "begins at zero",
                "The search for the largest begins at 0, so windows of negative pixels give 0. "
                "Begin at -np.inf, or at the window's first pixel.",
                (_begins_at_zero, _positive_winner),
            ),
            (
                "pays every winner",
                "Ties get the gradient more than once: of equal pixels only the first (row by row) "
                "gets it. Take np.argmax of the window instead of comparing with its maximum.",
                (largest, _every_winner),
            ),
            (
                "shares among winners",
                "Equal pixels share the gradient; frameworks give all of it to the first (row by "
                "row), as np.argmax does.",
                (largest, _shared_among_winners),
            ),
            (
                "pays the last winner",
                "Of equal pixels the last gets the gradient; it must be the first (row by row): "
                "compare with > instead of >=.",
                (largest, _last_winner),
            ),
            (
                "pays everybody",
                "Every pixel of the window gets the gradient; only the largest may.",
                (largest, _ones),
            ),
            (
                "spreads",
                "The gradient is spread evenly over the window, as in average-pooling; all of it "
                "belongs to the largest pixel.",
                (largest, equal_shares),
            ),
            (
                "mean",
                "You take the mean of the window, not its largest pixel.",
                (mean, equal_shares),
            ),
            (
                "smallest",
                "You take the smallest pixel of the window, not the largest.",
                (lambda p, s: float(np.nanmin(p)), _winner_of(lambda p: -_zero_padded(p))),
            ),
            (
                "largest without sign",
                "You take the pixel that is furthest from 0; the largest is meant, with its sign.",
                (_largest_size, _winner_of(lambda p: np.abs(_zero_padded(p)))),
            ),
        ]
    ),
)


def _counting(include: bool) -> Rules:
    """Divide by the real pixels only, or by all, whatever the option says."""

    def count(pixels: Array) -> int:
        return max(pixels.size if include else int((~np.isnan(pixels)).sum()), 1)

    return (
        lambda p, s: float(np.nansum(p)) / count(p),
        lambda p, s: np.full(p.shape, 1 / count(p)),
    )


AVERAGE: tuple[Mistake, ...] = (
    *_mistakes(
        [
            (
                "sum",
                "You add the pixels up and do not divide by their number.",
                (lambda p, s: float(np.nansum(p)), _ones),
            ),
            (
                "counts real pixels only",
                "You divide by the number of real pixels in the window. Unless "
                "count_include_pad=False is wanted, padding counts: divide by the size of the "
                "window.",
                _counting(False),
            ),
            (
                "counts padding",
                "You divide by the size of the window; with count_include_pad=False it is the "
                "number of real pixels in it.",
                _counting(True),
            ),
            (
                "largest",
                "You take the largest pixel of the window, not the mean.",
                (lambda p, s: float(_zero_padded(p).max()), _winner_of(_zero_padded)),
            ),
        ]
    ),
)
