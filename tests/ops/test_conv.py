"""The definition of the convolution: the naive loops agree with it, and what the layers compute."""

import numpy as np
import pytest

from minitorchcnn.geometry import WindowGeometry, window_geometry
from minitorchcnn.ops.conv import conv2d, conv2d_backward
from minitorchcnn.ops.engine.convolution import convolve, convolve_backward
from tests.layers.cases import CASES
from tests.layers.witness import expected

CONVOLUTIONS = [name for name in CASES if name.startswith("Conv2D")]

# Larger than a loop in Python could go through: many tiles, wide images, deep windows.
LARGE = {
    "a batch of small images": ((64, 6, 12, 12), (16, 6, 5, 5), {}, 1),
    "deep": ((9, 40, 24, 20), (24, 40, 3, 3), {"padding": ((1, 1), (1, 1))}, 1),
    "a large image": ((1, 3, 250, 240), (8, 3, 5, 4), {"padding": ((2, 0), (1, 3))}, 1),
    "strided": ((8, 16, 33, 35), (12, 16, 3, 3), {"stride": (2, 3)}, 1),
    "dilated": ((20, 4, 30, 28), (6, 4, 3, 3), {"dilation": (2, 3)}, 1),
    "groups": ((16, 24, 20, 20), (36, 2, 3, 3), {"padding": ((1, 1), (1, 1))}, 12),
    "all of it": (
        (5, 8, 41, 37),
        (10, 4, 4, 3),
        {"stride": (3, 2), "dilation": (1, 2), "padding": ((2, 3), (0, 1))},
        2,
    ),
}


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_equals_the_naive_loops(name):
    case, layer = CASES[name], CASES[name].layer()
    state, options = layer.state(), {"geometry": layer.window, "groups": layer.groups}
    x, grad_y, weight = case.array(), case.cotangent(), state["weight"]
    y = conv2d(x, weight, state.get("bias"), **options)
    grad_x, *grads = conv2d_backward(grad_y, x, weight, **options)
    want = expected(name)
    assert {y.dtype, grad_x.dtype, *(grad.dtype for grad in grads)} == {x.dtype}
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if x.dtype == "float32" else {"atol": 1e-10}
    np.testing.assert_allclose(y, want.y, **tolerance)
    np.testing.assert_allclose(grad_x, want.grad_x, **tolerance)
    for grad, its_want in zip(grads, want.grads, strict="bias" in state):
        np.testing.assert_allclose(grad, its_want, **tolerance)


@pytest.mark.parametrize("name", LARGE)
def test_the_layers_compute_the_same(name):
    x_shape, weight_shape, sliding, groups = LARGE[name]
    geometry = window_geometry(x_shape[2:], weight_shape[2:], **sliding)
    x, weight, bias = draw(x_shape, weight_shape, weight_shape[:1])
    (grad_y,) = draw((x_shape[0], weight_shape[0], *geometry.output_size))
    options = {"geometry": geometry, "groups": groups}
    y, saved = convolve(x, weight, bias, **options)
    np.testing.assert_allclose(y, conv2d(x, weight, bias, **options), rtol=1e-10, atol=1e-10)
    want = conv2d_backward(grad_y, x, weight, **options)
    for grad, its_want in zip(convolve_backward(grad_y, saved), want, strict=True):
        np.testing.assert_allclose(grad, its_want, rtol=1e-9, atol=1e-9)


def test_windows_that_hang_over_the_image_see_zeros_there():
    """Checkers of layers ask for outputs that a right layer would not have."""
    geometry = WindowGeometry((3, 3), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1), (2, 3))
    x, weight = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    y = conv2d(x, weight, None, geometry=geometry)
    assert y.tolist() == [[[[4.0, 2.0, 0.0], [2.0, 1.0, 0.0]]]]
    grad_x, grad_weight, grad_bias = conv2d_backward(np.ones_like(y), x, weight, geometry=geometry)
    assert grad_x.tolist() == [[[[1.0, 1.0, 1.0]] * 3]]
    assert grad_weight.tolist() == [[[[4.0, 2.0], [2.0, 1.0]]]]
    assert grad_bias.tolist() == [6.0]
    _, grad_weight, _ = conv2d_backward(
        np.ones_like(y), x, np.ones((1, 1, 3, 2)), geometry=geometry
    )
    assert grad_weight.tolist() == [[[[4.0, 2.0], [2.0, 1.0], [0.0, 0.0]]]]  # a row left out
    none = WindowGeometry((3, 3), (2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), (0, 2))
    assert conv2d(x, weight, None, geometry=none).shape == (1, 1, 0, 2)


def test_inputs_stay_as_they_are_whatever_their_layout():
    x, weight, bias, grad_y = draw((2, 4, 5, 6), (6, 2, 3, 2), (6,), (2, 6, 3, 5))
    options = {"geometry": window_geometry((5, 6), (3, 2)), "groups": 2}
    want = conv2d(x, weight, bias, **options), *conv2d_backward(grad_y, x, weight, **options)
    x, weight, grad_y = (np.asfortranarray(array) for array in (x, weight, grad_y))
    for array in (x, weight, bias, grad_y):
        array.flags.writeable = False
    got = conv2d(x, weight, bias, **options), *conv2d_backward(grad_y, x, weight, **options)
    for ours, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        assert ours.flags.c_contiguous
