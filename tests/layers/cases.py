"""One table of layers and inputs, so that every test of the battery sees every awkward geometry.

Output shapes and the padding of each side are written by hand: they are expectations, too.
Input shapes begin with the batch; sizes are (height, width).
"""

from collections.abc import Iterator
from typing import Any

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sigmoid,
    Tanh,
)
from tests.layers.case import NONE, Case

ONE = ((1, 1), (1, 1))


def _window(kind: type[Layer]) -> Any:
    def case(x: tuple, y: tuple, sides: tuple = NONE, **options: Any) -> Case:
        return Case(kind, x, y, options, sides)

    return case


def _conv(x: tuple, y: tuple, kernel_size: Any, sides: tuple = NONE, **options: Any) -> Case:
    return Case(Conv2D, x, y, {"filters": y[0], "kernel_size": kernel_size, **options}, sides)


_max, _avg = _window(MaxPool), _window(AvgPool)

CONVOLUTIONS = {
    "one channel": _conv((2, 1, 5, 6), (3, 3, 4), 3),
    "one of everything": _conv((1, 1, 3, 3), (1, 1, 1), 3),
    "tall kernel": _conv((2, 2, 6, 5), (2, 4, 4), (3, 2)),
    "flat kernel": _conv((1, 2, 4, 7), (3, 4, 4), (1, 4)),
    "one-pixel kernel": _conv((2, 3, 4, 5), (2, 4, 5), 1),
    "kernel of the image's size": _conv((2, 2, 4, 5), (3, 1, 1), (4, 5)),
    "no bias": _conv((2, 2, 4, 4), (3, 2, 3), (3, 2), bias=False),
    "strides that do not divide": _conv((2, 2, 8, 7), (2, 3, 2), (3, 2), stride=(2, 3)),
    "stride over gaps": _conv((2, 1, 8, 9), (2, 3, 3), 2, stride=3),
    "padding": _conv((2, 2, 4, 5), (3, 4, 5), 3, ONE, padding=1),
    "padding by axis": _conv(
        (1, 1, 5, 6), (2, 4, 3), 3, ((2, 2), (1, 1)), padding=(2, 1), stride=2
    ),
    "padding by side": _conv(
        (2, 2, 4, 5), (3, 3, 3), (3, 4), ((0, 1), (2, 1)), padding=((0, 1), (2, 1)), stride=(1, 2)
    ),
    "windows of padding only": _conv(
        (1, 1, 2, 2), (1, 6, 4), 2, ((3, 2), (1, 2)), padding=((3, 2), (1, 2))
    ),
    "much padding on one side of each axis": _conv(
        (2, 2, 4, 3), (3, 5, 5), 2, ((2, 0), (0, 3)), padding=((2, 0), (0, 3))
    ),
    "much padding before the image": _conv(
        (2, 2, 4, 3), (3, 5, 4), 2, ((2, 0), (2, 0)), padding=((2, 0), (2, 0))
    ),
    "one-pixel image": _conv((2, 1, 1, 1), (2, 1, 1), 3, ONE, padding=1),
    "valid": _conv((2, 1, 4, 4), (2, 3, 2), (2, 3), padding="valid"),
    "same": _conv((2, 2, 4, 5), (2, 4, 5), 3, ONE, padding="same"),
    "same, even kernel": _conv((2, 1, 5, 6), (2, 5, 6), (2, 4), ((0, 1), (1, 2)), padding="same"),
    "same, stride 2": _conv((2, 2, 6, 7), (2, 3, 4), 3, ((0, 1), (1, 1)), padding="same", stride=2),
    "same, even kernel, stride 2": _conv(
        (1, 1, 7, 6), (2, 4, 3), (4, 2), ((1, 2), (0, 0)), padding="same", stride=2
    ),
    "same, stride over gaps": _conv((1, 1, 7, 5), (2, 3, 2), 1, padding="same", stride=3),
    "same, dilation": _conv(
        (1, 2, 4, 6), (2, 4, 6), 2, ((0, 1), (1, 2)), padding="same", dilation=(1, 3)
    ),
    "dilation, stride, padding": _conv(
        (2, 1, 9, 7),
        (2, 4, 7),
        (3, 2),
        ((1, 2), (0, 3)),
        padding=((1, 2), (0, 3)),
        dilation=(2, 3),
        stride=(2, 1),
    ),
    "stride and dilation without a common divisor": _conv(
        (1, 2, 9, 9), (2, 3, 3), 2, stride=3, dilation=2
    ),
    "groups": _conv((2, 4, 5, 5), (6, 2, 3), (2, 3), ONE, padding=1, groups=2, stride=(3, 2)),
    "a group for each channel": _conv((2, 3, 4, 4), (6, 2, 2), 3, groups=3),
}

# Windows of many numbers; tests/ops/engine/test_convolution.py sends all convolutions all ways.
DEEP_CONVOLUTIONS = {
    "no padding": _conv((2, 8, 6, 5), (9, 4, 3), 3),
    "stride, dilation, padding": _conv(
        (1, 8, 9, 8),
        (2, 4, 3),
        3,
        ((1, 2), (0, 1)),
        padding=((1, 2), (0, 1)),
        stride=(2, 3),
        dilation=(2, 1),
    ),
    "same, dilation": _conv(
        (1, 8, 5, 6), (9, 5, 6), 3, ((1, 1), (2, 2)), padding="same", dilation=(1, 2)
    ),
    "groups": _conv((1, 16, 4, 4), (18, 4, 4), 3, ONE, padding=1, groups=2),
    "more padding than kernel": _conv((1, 8, 3, 3), (2, 7, 7), 3, ((3, 3), (3, 3)), padding=3),
    "stride over gaps": _conv((2, 16, 7, 8), (2, 2, 3), 2, stride=3, bias=False),
}

MAX_POOLS = {
    "tiles": _max((2, 3, 4, 6), (3, 2, 3), pool_size=2),
    "grey batch": _max((3, 1, 4, 4), (1, 2, 2), pool_size=2),
    "overlap": _max((2, 1, 5, 6), (1, 3, 4), pool_size=3, stride=1),
    "ragged edge": _max((2, 2, 5, 8), (2, 2, 2), pool_size=(2, 3)),
    "unequal strides": _max((1, 2, 8, 8), (2, 3, 3), pool_size=(2, 3), stride=(3, 2)),
    "padding": _max((2, 2, 5, 6), (2, 3, 3), ONE, pool_size=3, stride=2, padding=1),
    "padding by axis": _max(
        (2, 1, 4, 4), (1, 2, 2), ((1, 1), (0, 0)), pool_size=(3, 2), padding=(1, 0)
    ),
    "padding by side": _max(
        (1, 2, 4, 3), (2, 4, 3), ((0, 1), (1, 0)), pool_size=2, stride=1, padding=((0, 1), (1, 0))
    ),
    "valid": _max((1, 1, 5, 5), (1, 2, 2), pool_size=2, padding="valid"),
    "same, even window": _max(
        (2, 1, 4, 5), (1, 4, 5), ((0, 1), (0, 1)), pool_size=2, stride=1, padding="same"
    ),
    "same, stride 2": _max(
        (2, 1, 6, 7), (1, 3, 4), ((0, 1), (1, 1)), pool_size=3, stride=2, padding="same"
    ),
    "dilation": _max((1, 2, 6, 5), (2, 4, 2), pool_size=2, stride=(1, 2), dilation=(2, 1)),
    "ceil": _max((2, 2, 5, 7), (2, 3, 4), pool_size=2, ceil_mode=True),
    "ceil, last window in the padding": _max(
        (1, 2, 5, 6),
        (2, 3, 2),
        ((1, 1), (2, 2)),
        pool_size=(2, 4),
        stride=(2, 5),
        padding=(1, 2),
        ceil_mode=True,
    ),
    "ceil, dilation": _max(
        (1, 1, 6, 7), (1, 3, 3), pool_size=2, stride=2, dilation=2, ceil_mode=True
    ),
}

AVG_POOLS = {
    "tiles": _avg((2, 3, 4, 6), (3, 2, 3), pool_size=2),
    "overlap": _avg((2, 1, 5, 6), (1, 4, 2), pool_size=(2, 3), stride=(1, 2)),
    "tall window, ragged edge": _avg((2, 2, 7, 5), (2, 2, 2), pool_size=(3, 2)),
    "padding": _avg((2, 2, 5, 6), (2, 3, 3), ONE, pool_size=3, stride=2, padding=1),
    "padding not counted": _avg(
        (2, 2, 5, 6), (2, 3, 3), ONE, pool_size=3, stride=2, padding=1, count_include_pad=False
    ),
    "padding by side": _avg(
        (1, 2, 4, 5),
        (2, 4, 3),
        ((0, 1), (2, 1)),
        pool_size=(2, 3),
        stride=(1, 2),
        padding=((0, 1), (2, 1)),
    ),
    "padding by side not counted": _avg(
        (1, 2, 4, 5),
        (2, 4, 3),
        ((0, 1), (2, 1)),
        pool_size=(2, 3),
        stride=(1, 2),
        padding=((0, 1), (2, 1)),
        count_include_pad=False,
    ),
    "same not counted": _avg(
        (2, 1, 4, 5),
        (1, 4, 5),
        ((0, 1), (0, 1)),
        pool_size=2,
        stride=1,
        padding="same",
        count_include_pad=False,
    ),
    "ceil": _avg((2, 2, 5, 7), (2, 3, 4), pool_size=2, ceil_mode=True),
    "ceil over padding": _avg(
        (1, 2, 6, 5), (2, 3, 2), ONE, pool_size=3, stride=3, padding=1, ceil_mode=True
    ),
    "ceil over padding not counted": _avg(
        (1, 1, 6, 4),
        (1, 3, 2),
        ONE,
        pool_size=3,
        stride=3,
        padding=1,
        ceil_mode=True,
        count_include_pad=False,
    ),
}

OTHERS = {
    "GlobalAvgPool": Case(GlobalAvgPool, (2, 3, 4, 5), (3,)),
    "GlobalAvgPool, one pixel": Case(GlobalAvgPool, (1, 2, 1, 1), (2,)),
    "Flatten": Case(Flatten, (2, 3, 2, 4), (24,)),
    "Flatten, rows": Case(Flatten, (3, 5), (5,)),
    "Dense": Case(Dense, (3, 5), (4,), {"units": 4}),
    "Dense, one of everything": Case(Dense, (1, 1), (1,), {"units": 1}),
    "Dense, no bias": Case(Dense, (2, 6), (3,), {"units": 3, "bias": False}),
    "ReLU": Case(ReLU, (2, 3, 4, 5), (3, 4, 5)),
    "ReLU, rows": Case(ReLU, (3, 7), (7,)),
    "LeakyReLU": Case(LeakyReLU, (2, 1, 4, 3), (1, 4, 3)),
    "LeakyReLU, steeper": Case(LeakyReLU, (2, 5), (5,), {"slope": 0.3}),
    "Sigmoid": Case(Sigmoid, (2, 2, 3, 4), (2, 3, 4)),
    "Tanh": Case(Tanh, (2, 2, 3, 4), (2, 3, 4)),
    "Dropout": Case(Dropout, (2, 2, 5, 4), (2, 5, 4), {"rate": 0.4}),
    "Dropout, nothing dropped": Case(Dropout, (2, 7), (7,), {"rate": 0.0}),
    "BatchNorm": Case(BatchNorm, (2, 3, 3, 4), (3, 3, 4)),
    "BatchNorm, batch of one": Case(BatchNorm, (1, 2, 3, 2), (2, 3, 2), {"epsilon": 1e-2}),
    "BatchNorm, rows": Case(BatchNorm, (6, 3), (3,), {"momentum": 0.3, "epsilon": 1e-3}),
}


def _named() -> Iterator[tuple[str, Case]]:
    tables = {
        "Conv2D": CONVOLUTIONS,
        "Conv2D, deep": DEEP_CONVOLUTIONS,
        "MaxPool": MAX_POOLS,
        "AvgPool": AVG_POOLS,
    }
    for prefix, table in tables.items():
        yield from ((f"{prefix}: {name}", case) for name, case in table.items())
    yield from OTHERS.items()


CASES: dict[str, Case] = dict(_named())
