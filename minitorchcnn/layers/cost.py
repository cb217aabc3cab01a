"""What a layer tells of its memory and work, so that a model's cost can be added up."""

from __future__ import annotations

from dataclasses import dataclass, field

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
