"""A parameter's mask decides what training may change, and what it counts."""

import numpy as np
import pytest

from minitorchcnn import ArgumentError, BatchNorm, Conv2D, Dense, Parameter, ReLU
from minitorchcnn.layers.parameter import trainable_mask


def weight(trainable=True):
    return Parameter("weight", np.zeros((3, 2, 2, 2), np.float32), trainable)


@pytest.mark.parametrize(
    ("trainable", "kept", "size"),
    [
        (True, True, 24),
        (False, False, 0),
        (np.True_, True, 24),
        ([True, True, True], True, 24),
        ((False, False, False), False, 0),
        ([True, False, True], [True, False, True], 16),
        (np.array([False, False, True]), [False, False, True], 8),
    ],
)
def test_mask_counts_and_collapses_to_a_bool(trainable, kept, size):
    parameter = weight(trainable)
    assert np.array_equal(parameter.trainable, kept)
    assert type(parameter.trainable) is (bool if isinstance(kept, bool) else np.ndarray)
    assert (parameter.size, parameter.trainable_size) == (24, size)
    assert parameter.frozen is (size == 0)


@pytest.mark.parametrize(
    "wrong", [1, "yes", None, [True], [True] * 4, [[True, True, True]], [1, 0, 1], [0.0, 1.0, 0.0]]
)
def test_mask_refuses_what_is_not_one_bool_per_filter(wrong):
    with pytest.raises(ArgumentError, match=r"must be .* or 3 bools, one per filter"):
        weight(wrong)
    with pytest.raises(ArgumentError, match="got"):
        trainable_mask(wrong, 3, "weight")


def test_mask_is_a_copy():
    mask = np.array([True, False, True])
    parameter = weight(mask)
    mask[:] = True
    assert parameter.trainable.tolist() == [True, False, True]


def test_freezing_forgets_the_gradient_and_thawing_does_not_invent_one():
    parameter = weight()
    parameter.grad = np.ones_like(parameter.value)
    parameter.trainable = [True, False, True]
    assert parameter.grad is not None
    parameter.trainable = False
    assert parameter.grad is None
    parameter.trainable = True
    assert parameter.grad is None


def test_repr_says_what_is_frozen():
    assert repr(weight()) == "Parameter('weight', shape=(3, 2, 2, 2))"
    assert repr(weight(False)) == "Parameter('weight', shape=(3, 2, 2, 2), trainable=False)"


@pytest.mark.parametrize("make", [lambda: Conv2D(3, 2), lambda: Dense(3)])
def test_layer_trainable_may_be_set_after_build(make):
    layer = make()
    layer.build((1, 4, 4) if isinstance(layer, Conv2D) else (5,), rng=0)
    assert layer.trainable is True
    layer.trainable = np.array([True, False, True])
    assert layer.trainable == (True, False, True)
    for parameter in layer.parameters():
        assert parameter.trainable.tolist() == [True, False, True]
    layer.trainable = False
    assert [parameter.frozen for parameter in layer.parameters()] == [True, True]


def test_layer_trainable_set_before_build_reaches_the_parameters():
    layer = Dense(2)
    layer.trainable = [False, True]
    layer.build((3,), rng=0)
    assert [p.trainable.tolist() for p in layer.parameters()] == [[False, True], [False, True]]


def test_layers_without_filters_take_a_bool_only():
    norm = BatchNorm(trainable=False)
    norm.build((3, 2, 2))
    assert all(parameter.frozen for parameter in norm.parameters())
    for layer in (norm, ReLU()):
        with pytest.raises(ArgumentError, match=f"{type(layer).__name__}: trainable must be True"):
            layer.trainable = [True, False, True]


def test_backward_gives_a_frozen_parameter_no_gradient_even_if_only_it_is_frozen():
    layer = Dense(2)
    layer.build((3,), rng=0, dtype="float64")
    weight, bias = layer.parameters()
    weight.trainable = False
    layer.forward(np.ones((4, 3)))
    layer.backward(np.ones((4, 2)))
    assert weight.grad is None
    assert bias.grad.tolist() == [4.0, 4.0]
