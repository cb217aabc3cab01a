"""The walk shows what `forward` and `backward` compute, layer by layer, and nothing else."""

import numpy as np
import pytest

from minitorchcnn import (
    BatchNorm,
    CallOrderError,
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    softmax_cross_entropy,
)
from minitorchcnn.layers.base import Elementwise
from minitorchcnn.model.trace import trace, trace_back

LABELS = np.array([0, 2, 1, 1])


def model_and_images():
    layers = [Conv2D(3, 3), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Dense(3)]
    model = Sequential(layers, input_shape=(2, 8, 6), seed=1, dtype="float64")
    return model, np.random.default_rng(0).normal(size=(4, 2, 8, 6))


def test_up_gives_every_layers_input_and_output():
    model, x = model_and_images()
    twin, _ = model_and_images()
    for step in trace(model.layers, x, training=True):
        assert step.layer is model.layers[step.position]
        np.testing.assert_array_equal(step.x, x)
        x = twin.layers[step.position].forward(x)
        np.testing.assert_array_equal(step.y, x)


def test_down_gives_every_gradient():
    model, x = model_and_images()
    twin, _ = model_and_images()
    steps = list(trace(model.layers, x, training=True))
    _, grad = softmax_cross_entropy(steps[-1].y, LABELS)
    twin.forward(x)
    arriving = grad
    for step in trace_back(steps, grad):
        np.testing.assert_array_equal(step.grad_y, arriving)
        layer = twin.layers[step.traced.position]
        arriving = layer.backward(arriving)
        np.testing.assert_array_equal(step.grad_x, arriving)
        for found, parameter in zip(step.grads, layer.parameters(), strict=True):
            np.testing.assert_array_equal(found, parameter.grad)


def test_a_part_of_the_chain_can_be_gone_down():
    model, x = model_and_images()
    steps = list(trace(model.layers, x, training=False))
    passed = [step.traced.position for step in trace_back(steps[3:], np.ones_like(steps[-1].y))]
    assert passed == [5, 4, 3]


class Silent(Elementwise):
    def compute(self, x, *, training):
        return x, None

    def gradients(self, grad_y, saved, *, need_grad_x):
        return None, []


class Crash(Silent):
    def compute(self, x, *, training):
        raise ZeroDivisionError


def test_a_layer_without_gradient_is_named():
    model = Sequential([Silent()], input_shape=(3,))
    x = np.zeros((2, 3), np.float32)
    steps = list(trace(model.layers, x, training=True))
    with pytest.raises(CallOrderError, match=r"Silent\(\): gradients\(\) gave no grad_x"):
        list(trace_back(steps, x))


def test_a_layer_that_fails_is_named():
    model = Sequential([Flatten(), Crash()], input_shape=(3, 2))
    with pytest.raises(ZeroDivisionError) as caught:
        list(trace(model.layers, np.zeros((2, 3, 2), np.float32), training=True))
    assert caught.value.__notes__ == ["This is layer 1, Crash(), given x of shape (2, 6)."]
