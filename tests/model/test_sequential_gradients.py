"""What the chain sends back, what it leaves out, and where it stops."""

import numpy as np
import pytest

from minitorchcnn import (
    BatchNorm,
    CallOrderError,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
)

RNG = np.random.default_rng(7)
X = RNG.normal(size=(5, 1, 8, 7))


def layers():
    return [
        Conv2D(3, 3, padding=1),
        BatchNorm(),
        ReLU(),
        MaxPool(2),
        Conv2D(4, (2, 3)),
        ReLU(),
        Flatten(),
        Dropout(0.5),
        Dense(6),
        ReLU(),
        Dense(2),
    ]


def net(dtype="float64", seed=0):
    return Sequential(layers(), input_shape=(1, 8, 7), seed=seed, dtype=dtype)


def test_compute_and_gradients_are_forward_and_backward():
    stateful, stateless = net(), net()
    grad_y = RNG.normal(size=(5, 2))
    y = stateful.forward(X)
    stateful.backward(grad_y)
    y_too, saved = stateless.compute(X, training=True)
    grads = stateless.gradients(grad_y, saved)
    assert np.array_equal(y, y_too)
    assert len(grads) == len(stateful.parameters()) == 10
    for parameter, grad in zip(stateful.parameters(), grads, strict=True):
        # with grad_x asked for, a convolution may add up its weight gradient in another order
        np.testing.assert_allclose(
            grad, parameter.grad, rtol=1e-12, atol=1e-12, err_msg=parameter.name
        )
    assert all(layer._kept is None for layer in stateless.layers)
    assert all(parameter.grad is None for parameter in stateless.parameters())


def spied(model):
    """Note which layers are asked for gradients, and whether for that of their input."""
    calls = []
    for index, layer in enumerate(model.layers):

        def gradients(grad_y, saved, *, need_grad_x, index=index, inner=layer.gradients):
            calls.append((index, need_grad_x))
            return inner(grad_y, saved, need_grad_x=need_grad_x)

        layer.gradients = gradients
    return calls


def test_nothing_is_computed_below_the_lowest_trained_layer():
    model = net()
    for index in (0, 1, 4):
        model.layers[index].trainable = False
    y, saved = model.compute(X, training=True)
    calls = spied(model)
    grads = model.gradients(np.ones_like(y), saved)
    assert calls == [(10, True), (9, True), (8, False)]
    assert [grad is None for grad in grads] == [True] * 6 + [False] * 4


def test_nothing_is_computed_when_everything_is_frozen():
    model = net()
    for layer in model.layers:
        layer.trainable = False
    y, saved = model.compute(X, training=True)
    calls = spied(model)
    assert model.gradients(np.ones_like(y), saved) == [None] * 10
    assert len(calls) <= 1


def test_frozen_layer_in_the_middle_lets_the_gradient_through():
    free, frozen = net(), net()
    for index in (4, 8):
        frozen.layers[index].trainable = False
    grad_y = RNG.normal(size=(5, 2))
    for model in (free, frozen):
        model.forward(X)
        model.backward(grad_y)
    _, saved = frozen.compute(X, training=True)
    grads = frozen.gradients(grad_y, saved)
    for index, (expected, parameter) in enumerate(
        zip(free.parameters(), frozen.parameters(), strict=True)
    ):
        if parameter.name.startswith(("4.", "8.")):
            assert parameter.grad is None
            assert grads[index] is None
        else:
            assert np.array_equal(parameter.grad, expected.grad)
            assert np.abs(expected.grad).max() > 0
            assert grads[index].shape == expected.grad.shape


def test_layer_that_gives_no_gradient_is_refused_not_skipped():
    model = Sequential([Dense(3), ReLU(), Dense(3)], (3,), dtype="float64")
    y, saved = model.compute(np.ones((2, 3)), training=True)
    model.layers[1].gradients = lambda grad_y, saved, *, need_grad_x: (None, [])
    with pytest.raises(CallOrderError, match=r"ReLU\(\): gradients\(\) gave no grad_x"):
        model.gradients(np.ones_like(y), saved)
