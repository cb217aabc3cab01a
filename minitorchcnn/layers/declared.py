"""What a layer declares of itself for the rest of the package, each with a safe default.

So nobody else has a table of layer classes, and a new kind of layer is one class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from minitorchcnn.types import Shape

Slots = dict[str, int]


@dataclass(frozen=True)
class StepCost:
    """The memory and the work of one step for one batch.

    Attributes
    ----------
    x, y : int
        Bytes of input and output.
    keeps_x, keeps_y : bool
        Whether backward needs them.
    view : bool
        True if y is x in another shape.
    kept : int
        Bytes kept for backward beside x and y.
    forward, backward : int
        Bytes held only while computing, beside y, and beside grad_x.
    predict : int or None
        Bytes made by computing without training; None means y and forward.
    scratch, training_scratch, descent_scratch : dict of str to int
        Bytes of scratch memory in each thread, by purpose, which other steps use again: always,
        in training, and where the gradient of x is needed.
    pieces : int
        How many threads can share the work.
    products : int
        Multiplications of the matrix products in forward. A gradient, of x or of the weight,
        needs as many again.
    """

    x: int
    y: int
    keeps_x: bool = False
    keeps_y: bool = False
    view: bool = False
    kept: int = 0
    forward: int = 0
    backward: int = 0
    predict: int | None = None
    scratch: Slots = field(default_factory=dict)
    training_scratch: Slots = field(default_factory=dict)
    descent_scratch: Slots = field(default_factory=dict)
    pieces: int = 1
    products: int = 0


class Declared:
    """Base of `Layer`: what a class may declare beside its mathematics.

    Attributes
    ----------
    mixes_positions : bool
        True if every output depends on every position of the input, as for Dense.
    changes_values : bool
        False if prediction only passes the numbers of x on, perhaps in another shape.
    can_die : bool
        True for an activation whose output may stay the same, without a slope, as ReLU's.
    saturates : bool
        True for an activation that is flat at both ends, as Sigmoid is.
    uses_batch_statistics : bool
        True if training needs several values for each channel, as BatchNorm does.
    weight_rows : str
        What one row of the first parameter stands for, "filters" or "units"; "" if it is no
        weight with a row for each output.
    fuses_as : str
        The operation of `minitorchcnn.ops` that `model.fusion` may compute together with those
        of neighbours, in place of `compute`; "" for none. A subclass does not inherit it, as its
        `compute` may be another.
    """

    mixes_positions = False
    changes_values = True
    can_die = False
    saturates = False
    uses_batch_statistics = False
    weight_rows = ""
    fuses_as = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "fuses_as" not in vars(cls):
            cls.fuses_as = ""

    def cost(self, x: int, y: int) -> StepCost:
        """Return memory and work of the layer for a batch of x bytes that gives y bytes.

        By default a guess: backward needs x, and computing makes another array on the way.
        """
        return StepCost(x, y, keeps_x=True, forward=max(x, y), backward=max(x, y))

    def shape_sum(self) -> str:
        """Return the sum behind the output shape of a built layer; "" if there is none to tell."""
        return ""

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return shapes of arrays that `build` would make, by name, before it makes them.

        So a file cannot make it allocate what the file does not hold. Ready weights need no
        entry, and nothing is by default.
        """
        return {}
