"""One small experiment: sizes and options, from which all its arrays follow.

Keeping the arrays out of a case is what lets a failing one be made smaller: change a number,
draw again, see whether it still fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from minitorchcnn.geometry import Pair, Sides
from minitorchcnn.types import Array, Shape

NO_PADDING: Sides = ((0, 0), (0, 0))

#: Values that options have when they are left out.
DEFAULTS: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}


@dataclass(frozen=True)
class Case:
    """Sizes and options of one experiment.

    Attributes
    ----------
    row : str
        The line of the report it belongs to, in plain words.
    x_shape : tuple of int
        With the batch axis.
    outputs : int
        Filters or units; 0 where the layer has no weights.
    kernel, stride, dilation : (int, int) or None
        Of the window. No kernel: the layer has no window. No stride: it is left out.
    padding : ((top, bottom), (left, right)) or "same"
    bias : bool
    extras : tuple of (str, value)
        Further options of the constructor.
    numbers : str
        A key of `NUMBERS`.
    warm : bool
        Use the layer on other numbers first, to see whether anything is left over.
    turned : bool
        Hand over x in another memory layout.
    """

    row: str
    x_shape: Shape
    outputs: int = 0
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Sides | Literal["same"] = NO_PADDING
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = True
    extras: tuple[tuple[str, Any], ...] = ()
    numbers: str = "distinct"
    warm: bool = False
    turned: bool = False

    @property
    def step(self) -> Pair:
        """The stride, also where it is left out: then windows lie side by side."""
        return self.stride or self.kernel or (1, 1)

    @property
    def weight_shape(self) -> Shape:
        """Shape of the weight; empty without weights."""
        if not self.outputs:
            return ()
        if self.kernel is None:
            return (self.outputs, self.x_shape[1])
        return (self.outputs, self.x_shape[1] // self.groups, *self.kernel)

    def options(self) -> dict[str, Any]:
        """Return the constructor's options as a person would write them."""
        found: dict[str, Any] = {}
        if self.kernel is not None:
            if self.stride is not None:
                found["stride"] = short(self.stride)
            found["padding"] = _short_padding(self.padding)
            found["dilation"], found["groups"] = short(self.dilation), self.groups
        return {**found, **dict(self.extras)}

    def needed(self) -> dict[str, Any]:
        """Return those options that the layer cannot do without in this case."""
        defaults = DEFAULTS
        if not self.outputs and self.kernel is not None:
            defaults = {**DEFAULTS, "stride": short(self.kernel)}
        return {k: v for k, v in self.options().items() if v != defaults.get(k)}

    def size(self) -> tuple[int, ...]:
        """Return what orders cases from small to large."""
        weights = int(np.prod(self.weight_shape)) if self.outputs else 0
        return (
            int(np.prod(self.x_shape)) + weights,
            len(self.needed()),
            self.numbers != "distinct",
        )


def short(pair: Pair) -> int | Pair:
    """Write (2, 2) as 2."""
    return pair[0] if pair[0] == pair[1] else pair


def _short_padding(padding: Sides | Literal["same"]) -> Any:
    if padding == "same":
        return "same"
    (top, bottom), (left, right) = padding
    return short((top, left)) if (top, left) == (bottom, right) else padding


def _distinct(size: int, rng: np.random.Generator, start: int) -> Array:
    """Whole numbers from `start` on, no two of the same size, half of them negative."""
    values = np.arange(start, size + start) * np.where(np.arange(size) % 2, -1, 1)
    return rng.permutation(values).astype(np.float64)


NUMBERS: dict[str, Callable[[int, np.random.Generator, int], Array]] = {
    "distinct": _distinct,
    "negative": lambda size, rng, start: -np.abs(_distinct(size, rng, start)),
    "few": lambda size, rng, start: rng.integers(-1, 2, size).astype(np.float64),
    "equal": lambda size, rng, start: np.full(size, float(start)),
    "quarters": lambda size, rng, start: _distinct(size, rng, start) / 4,
    "fractions": lambda size, rng, start: rng.normal(size=size),
    "large": lambda size, rng, start: 400 * _distinct(size, rng, start),
}


def draw(shape: Shape, numbers: str, rng: np.random.Generator, start: int = 2) -> Array:
    """Return an array of the wanted kind of numbers, float64.

    `start` is the smallest of whole numbers; arrays that differ in it cannot be mixed up.
    """
    return NUMBERS[numbers](int(np.prod(shape)), rng, start).reshape(shape)
