"""The printed table, compared with one written by hand."""

import pytest

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
)
from minitorchcnn.model.summary import receptive_fields

# conv: 3 * 9 + 3 = 30, of which two filters of 10 are frozen; norm: 3 + 3;
# dense: 100 * 24 + 100; the pool sees 3 + 1 pixels
TABLE = """\
   layer                                         output shape  parameters  frozen  sees
---------------------------------------------------------------------------------------
   input float64                                 1x7x5
0  Conv2D(3, 3, trainable=(False, False, True))  3x5x3                 30      20   3x3
1  BatchNorm()                                   3x5x3                  6       -   3x3
2  ReLU()                                        3x5x3                  -       -   3x3
3  MaxPool(2, stride=1)                          3x4x2                  -       -   4x4
4  Flatten()                                     24                     -       -   4x4
5  Dense(100, trainable=False)                   100                2,500   2,500   all
---------------------------------------------------------------------------------------
2,536 parameters: 16 trainable, 2,520 frozen
"""


def test_table_of_a_small_net():
    layers = [
        Conv2D(3, 3, trainable=[False, False, True]),
        BatchNorm(),
        ReLU(),
        MaxPool(2, stride=1),
        Flatten(),
        Dense(100, trainable=False),
    ]
    model = Sequential(layers, (1, 7, 5), dtype="float64")
    assert model.summary() == TABLE + model.estimate(32, workers=1).brief()


def total(model):
    return model.summary().splitlines()[-2]


def test_table_follows_thawing():
    model = Sequential([Dense(2, trainable=False)], (3,))
    assert total(model) == "8 parameters: 0 trainable, 8 frozen"
    model.layers[0].trainable = [True, False]
    assert total(model) == "8 parameters: 4 trainable, 4 frozen"
    model.layers[0].trainable = True
    assert total(model) == "8 parameters: 8 trainable, 0 frozen"


def test_table_without_parameters():
    lines = Sequential([ReLU()], (2, 3, 3)).summary().splitlines()
    assert lines[3].split() == ["0", "ReLU()", "2x3x3", "-", "-", "1x1"]
    assert lines[-2] == "0 parameters: 0 trainable, 0 frozen"


# Each new window of reach r adds (r - 1) * (product of the strides below it).
@pytest.mark.parametrize(
    ("layers", "fields"),
    [
        ([Conv2D(1, 3), Conv2D(1, 3), Conv2D(1, 3)], [(3, 3), (5, 5), (7, 7)]),
        ([Conv2D(1, 3, stride=2), Conv2D(1, 3)], [(3, 3), (7, 7)]),
        ([Conv2D(1, 3, stride=(2, 1)), Conv2D(1, 3), MaxPool(2)], [(3, 3), (7, 5), (9, 6)]),
        ([Conv2D(1, (5, 1), stride=(1, 3)), AvgPool((1, 2))], [(5, 1), (5, 4)]),
        ([MaxPool(2), Conv2D(1, 3, dilation=2, padding="same"), MaxPool(3)], [2, 10, 14]),
        ([Conv2D(1, 3), Dropout(0.1), GlobalAvgPool(), Dense(2)], [3, 3, None, None]),
        ([Conv2D(1, 3), Flatten(), ReLU(), Dense(2), ReLU()], [3, 3, 3, None, None]),
        ([MaxPool(3, stride=1, dilation=(2, 1)), MaxPool(2, ceil_mode=True)], [(5, 3), (6, 4)]),
    ],
)
def test_receptive_fields_by_hand(layers, fields):
    squares = [(field, field) if isinstance(field, int) else field for field in fields]
    assert receptive_fields(Sequential(layers, (1, 24, 24))) == squares
