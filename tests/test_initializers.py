"""First weights have the spread that their papers ask for, and come from the seed only."""

import math

import numpy as np
import pytest

from minitorchcnn import ArgumentError, Conv2D, Dense, initializers

SHAPES = [(64, 3, 5, 5), (200, 50), (32, 1, 3, 3), (40, 16, 1, 7)]


def fan_in(shape):
    return math.prod(shape[1:])


@pytest.mark.parametrize("shape", SHAPES)
def test_he_normal_has_variance_two_over_fan_in(shape):
    drawn = initializers.he_normal(shape, np.random.default_rng(1))
    count = math.prod(shape)
    deviation = math.sqrt(2 / fan_in(shape))
    assert drawn.shape == shape
    # five standard errors
    assert abs(drawn.mean()) < 5 * deviation / math.sqrt(count)
    assert abs(drawn.std() / deviation - 1) < 5 / math.sqrt(2 * count)


@pytest.mark.parametrize("shape", SHAPES)
def test_glorot_uniform_fills_its_interval(shape):
    drawn = initializers.glorot_uniform(shape, np.random.default_rng(1))
    fan_out = shape[0] * math.prod(shape[2:])
    limit = math.sqrt(6 / (fan_in(shape) + fan_out))
    assert np.abs(drawn).max() <= limit
    assert np.abs(drawn).max() > 0.95 * limit
    assert abs(drawn.std() / (limit / math.sqrt(3)) - 1) < 5 / math.sqrt(drawn.size)


def test_normal_and_zeros():
    drawn = initializers.normal((100, 100), np.random.default_rng(1))
    assert abs(drawn.std() / 0.05 - 1) < 0.04
    assert not initializers.zeros((2, 3), np.random.default_rng(1)).any()


@pytest.mark.parametrize("name", ["he_normal", "glorot_uniform", "normal", "zeros"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layer_takes_its_weight_from_the_named_initializer_and_seed(name, dtype):
    layer = Dense(4, initializer=name)
    layer.build((6,), rng=3, dtype=dtype)
    expected = getattr(initializers, name)((4, 6), np.random.default_rng(3)).astype(dtype)
    weight, bias = layer.parameters()
    assert weight.value.dtype == dtype
    assert np.array_equal(weight.value, expected)
    assert not bias.value.any()


def test_layer_takes_a_function():
    shapes = []

    def ones(shape, rng):
        shapes.append(shape)
        return np.ones(shape)

    layer = Conv2D(4, (2, 3), groups=2, initializer=ones)
    layer.build((6, 5, 5))
    assert shapes == [(4, 3, 2, 3)]
    assert layer.parameters()[0].value.tolist() == np.ones((4, 3, 2, 3)).tolist()


def test_get_knows_names_and_functions():
    assert initializers.get("zeros") is initializers.zeros
    assert initializers.get(initializers.normal) is initializers.normal
    for unknown in ("xavier", 5, ["zeros"]):
        with pytest.raises(ArgumentError, match="unknown: use one of glorot_uniform, he_normal"):
            initializers.get(unknown)
