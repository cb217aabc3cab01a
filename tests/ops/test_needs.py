"""What is asked for is computed, what is not asked for is None, and nothing more is kept."""

import numpy as np
import pytest

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.activation import relu, relu_backward
from minitorchcnn.ops.dense import dense, dense_backward
from minitorchcnn.ops.engine.convolution import convolve, convolve_backward
from minitorchcnn.ops.pooling import avg_pool

GEOMETRY = window_geometry((4, 4), (2, 2))
POOL = window_geometry((3, 3), (3, 3), stride=(3, 3))


def draw(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def run_conv(bias, **needs):
    y, saved = convolve(draw(2, 1, 4, 4), draw(3, 1, 2, 2), bias, geometry=GEOMETRY)
    return convolve_backward(np.ones_like(y), saved, **needs)


def run_dense(bias, **needs):
    y, saved = dense(draw(2, 5), draw(3, 5), bias)
    return dense_backward(np.ones_like(y), saved, **needs)


@pytest.mark.parametrize("run", [run_conv, run_dense])
@pytest.mark.parametrize(
    ("needs", "given"),
    [
        ({}, (True, True, True)),
        ({"need_grad_x": False}, (False, True, True)),
        ({"need_grad_weight": False}, (True, False, False)),
        ({"need_grad_x": False, "need_grad_weight": False}, (False, False, False)),
    ],
)
def test_only_the_gradients_needed_are_given(run, needs, given):
    assert tuple(grad is not None for grad in run(draw(3), **needs)) == given


@pytest.mark.parametrize("run", [run_conv, run_dense])
def test_without_a_bias_there_is_no_gradient_of_it(run):
    assert [grad is None for grad in run(None)] == [False, False, True]


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("pool", [None, POOL])
def test_convolution_keeps_no_large_array_without_need(relu, pool):
    _, saved = convolve(
        draw(2, 1, 4, 4), draw(3, 1, 2, 2), None, geometry=GEOMETRY, relu=relu, pool=pool
    )
    assert (saved.y is None) is not (relu and pool is None)
    assert (saved.argmax is None) is (pool is None)


def test_average_counts_the_padding_unless_told_otherwise():
    geometry = window_geometry((1, 1), (1, 2), padding=((0, 0), (1, 0)))
    y, _ = avg_pool(np.full((1, 1, 1, 1), 6.0), geometry=geometry)
    assert y.tolist() == [[[[3.0]]]]


def test_gradients_lie_in_memory_row_by_row_whatever_the_input_does():
    x = np.asfortranarray(draw(2, 1, 4, 4))
    for stride in (1, 2):
        geometry = window_geometry((4, 4), (2, 2), stride=(stride, stride))
        y, saved = convolve(x, draw(3, 1, 2, 2), None, geometry=geometry)
        grad_x, _, _ = convolve_backward(np.ones_like(y), saved)
        assert grad_x.flags.c_contiguous
    _, saved = relu(x)
    assert relu_backward(np.ones(x.shape), saved).flags.c_contiguous
