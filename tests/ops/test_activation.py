"""Activations at the values where formulas break, and what Dropout does on average."""

import math

import numpy as np
import pytest

from minitorchcnn.ops import activation as ops

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@DTYPES
def test_slope_of_relu_at_zero_is_zero(dtype):
    x = np.array([-1.0, -0.0, 0.0, 1e-30, 2.0], dtype)
    y, saved = ops.relu(x)
    assert y.tolist() == [0, 0, 0, x[3], 2]
    assert ops.relu_backward(np.full_like(x, 7), saved).tolist() == [0, 0, 0, 7, 7]


@DTYPES
def test_slope_of_leaky_relu_at_zero_is_the_small_one(dtype):
    x = np.array([-8.0, -0.0, 0.0, 4.0], dtype)
    y, saved = ops.leaky_relu(x, 0.25)
    assert y.tolist() == [-2, 0, 0, 4]
    grad_x = ops.leaky_relu_backward(np.full_like(x, 8), saved, 0.25)
    assert grad_x.tolist() == [2, 2, 2, 8]
    assert grad_x.dtype == dtype


@DTYPES
def test_sigmoid_of_extremes(dtype):
    x = np.array([-np.inf, -1e4, 0.0, 1e4, np.inf], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, saved = ops.sigmoid(x)
        grad_x = ops.sigmoid_backward(np.ones_like(x), saved)
    assert y.tolist() == [0, 0, 0.5, 1, 1]
    assert grad_x.tolist() == [0, 0, 0.25, 0, 0]
    assert y.dtype == grad_x.dtype == dtype


def test_sigmoid_keeps_its_digits_in_the_tail():
    y, _ = ops.sigmoid(np.array([-700.0, -50.0]))
    np.testing.assert_allclose(y, [math.exp(-700), math.exp(-50)], rtol=1e-13)


@DTYPES
def test_tanh_of_extremes(dtype):
    x = np.array([-1e4, 0.0, 1e4], dtype)
    y, saved = ops.tanh(x)
    assert y.tolist() == [-1, 0, 1]
    assert ops.tanh_backward(np.ones_like(x), saved).tolist() == [0, 1, 0]


@DTYPES
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_drops_its_share_and_scales_up_the_rest(rate, dtype):
    n = 200_000
    x = np.full(n, 3, dtype)
    y, factors = ops.dropout(x, rate, np.random.default_rng(0))
    assert y.dtype == factors.dtype == dtype
    kept = y != 0
    np.testing.assert_allclose(y[kept], 3 / (1 - rate), rtol=1e-6)
    # the share kept is binomial: five standard deviations
    allowed = 5 * math.sqrt(rate * (1 - rate) / n)
    assert abs(kept.mean() - (1 - rate)) < allowed
    assert abs(y.mean() - 3) < 3 * allowed / (1 - rate) + 1e-4


@DTYPES
def test_dropout_draws_one_number_for_each_in_the_dtype_of_x(dtype):
    factors = np.random.default_rng(4).random((3, 5), dtype=dtype) >= 0.25
    y, _ = ops.dropout(np.ones((3, 5), dtype), 0.25, np.random.default_rng(4))
    np.testing.assert_allclose(y, factors / 0.75, rtol=1e-6)


def test_dropout_of_rate_0_keeps_even_a_draw_of_0():
    class Zeros:
        def random(self, shape, dtype):
            return np.zeros(shape, dtype)

    assert ops.dropout(np.ones(3), 0.0, Zeros())[0].tolist() == [1, 1, 1]


def test_dropout_drops_neighbours_independently():
    y, _ = ops.dropout(np.ones((400, 500)), 0.3, np.random.default_rng(1))
    kept = (y != 0) - 0.7
    for neighbours in (kept[1:] * kept[:-1], kept[:, 1:] * kept[:, :-1]):
        assert abs(neighbours.mean()) < 5 * 0.21 / math.sqrt(neighbours.size)


def test_dropout_sends_the_gradient_through_what_was_kept():
    x = np.random.default_rng(2).standard_normal((3, 4, 5))
    grad_y = np.random.default_rng(3).standard_normal(x.shape)
    y, saved = ops.dropout(x, 0.4, np.random.default_rng(0))
    grad_x = ops.dropout_backward(grad_y, saved)
    np.testing.assert_allclose(grad_x, grad_y * (y / x), rtol=1e-14)
    assert 0 < (grad_x == 0).sum() < x.size
