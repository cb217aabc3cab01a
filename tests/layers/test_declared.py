"""What layers declare of themselves, and what a new one gets without saying anything."""

import copy

import pytest

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sigmoid,
    Tanh,
)
from minitorchcnn.layers import Layer, __all__
from minitorchcnn.model.shapes import explain

LAYERS = [Conv2D, MaxPool, AvgPool, GlobalAvgPool, Flatten, ReLU, LeakyReLU, Sigmoid, Tanh]
LAYERS += [Dropout, BatchNorm, Dense]


def those(name):
    return {layer for layer in LAYERS if getattr(layer, name)}


def test_the_list_is_whole():
    assert {layer.__name__ for layer in LAYERS} == set(__all__) - {"Layer"}


def test_what_our_layers_declare():
    assert those("mixes_positions") == {Dense, GlobalAvgPool}
    assert set(LAYERS) - those("changes_values") == {Flatten, Dropout}
    assert those("can_die") == {ReLU}
    assert those("saturates") == {Sigmoid, Tanh}
    assert those("uses_batch_statistics") == {BatchNorm}
    assert those("weight_rows") == {Conv2D, Dense}
    assert those("fuses_as") == {Conv2D, ReLU, MaxPool}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_one_of_ours_tells_its_own_cost(layer):
    if layer is not Conv2D:  # the only one whose cost depends on how it is computed
        assert layer.cost is not Layer.cost


def test_a_subclass_is_not_computed_in_its_parents_place():
    own = type("Own", (ReLU,), {})
    assert (own.fuses_as, own.can_die) == ("", True)
    assert type("Same", (ReLU,), {"fuses_as": "relu"}).fuses_as == "relu"


@pytest.mark.parametrize(
    ("layer", "shape", "told"),
    [
        (Flatten(), (3, 4, 2), "3 * 4 * 2 = 24"),
        (Flatten(), (3, 1, 1), "3 * 1 * 1 = 3"),  # and no mean over 1x1
        (Flatten(), (5,), ""),
        (GlobalAvgPool(), (3, 4, 2), "one mean over 4x2 for each channel"),
        (Dense(4), (5,), "5 in, 4 out"),
        (ReLU(), (3, 4, 2), ""),
        (MaxPool(2), (3, 4, 2), "height (4 - 2) // 2 + 1 = 2; width (2 - 2) // 2 + 1 = 1"),
    ],
)
def test_the_sum_behind_a_shape(layer, shape, told):
    layer = copy.deepcopy(layer)  # so that the test can run twice in one process
    layer.build(shape)
    assert explain(layer) == told
