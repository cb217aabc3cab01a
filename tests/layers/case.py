"""What a case of the layer table is: a layer, an input, and what is expected by hand."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minitorchcnn import Dropout, Layer

NONE = ((0, 0), (0, 0))


@dataclass(frozen=True)
class Case:
    """A layer, the shape of x, the shape of y without the batch, and the padding by sides."""

    kind: type[Layer]
    x: tuple[int, ...]
    y: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    sides: tuple[tuple[int, int], tuple[int, int]] = NONE

    def array(self, seed: int = 0) -> np.ndarray:
        """Draw x: all numbers differ, none is 0, so that no kink or tie is near."""
        return spread(self.x, seed)

    def cotangent(self, seed: int = 1) -> np.ndarray:
        """Draw a gradient of y, different everywhere."""
        return np.random.default_rng(seed).standard_normal((self.x[0], *self.y))

    def layer(self, dtype: str = "float64", **changes: Any) -> Layer:
        """Build the layer, and give every parameter and statistic a value of its own."""
        layer = self.kind(**{**self.options, **changes})
        layer.build(self.x[1:], rng=0, dtype=dtype)
        rng = np.random.default_rng(2)
        for name, value in layer.state().items():
            if name == "running_var":
                value[...] = rng.uniform(0.5, 2.0, value.shape)
            elif value.dtype.kind == "f":
                value[...] = rng.standard_normal(value.shape)
        return layer

    @property
    def random(self) -> bool:
        """Whether training draws random numbers."""
        return self.kind is Dropout and self.options["rate"] > 0


def spread(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Fill an array with evenly spaced numbers from -2 to 2 in random order, leaving out 0."""
    size = int(np.prod(shape))
    steps = np.random.default_rng(seed).permutation(size) - size // 2 + 0.5
    return (steps * (4 / size)).reshape(shape)
