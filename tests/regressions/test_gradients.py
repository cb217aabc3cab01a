"""Defects 7, 8, 9 and 13: gradients that stop, vanish, shrink or lose digits."""

import numpy as np
import pytest

from minitorchcnn import (
    BatchNorm,
    CallOrderError,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    check_gradients,
)
from tests.layers.cases import CASES
from tests.layers.witness import assert_same, expected, run


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def gradients_below(kind, trainable):
    """Give the gradients of the first layer's parameters, by both ways through a model."""
    layers = [Conv2D(2, 3), Tanh(), kind(3, 2, trainable=trainable), Flatten(), Dense(2)]
    model = Sequential(layers, input_shape=(1, 6, 6), seed=0, dtype="float64")
    x, grad_y = draw(3, 1, 6, 6), draw(3, 2, seed=1)
    model.forward(x)
    model.backward(grad_y)
    one_way = [parameter.grad for parameter in layers[0].parameters()]
    _, saved = model.compute(x, training=True)
    return one_way, model.gradients(grad_y, saved)[:2]


def assert_frozen_layer_lets_through(kind):
    want, _ = gradients_below(kind, trainable=True)
    assert all(grad.any() for grad in want)
    for found in gradients_below(kind, trainable=False):
        for ours, theirs in zip(found, want, strict=True):
            np.testing.assert_array_equal(ours, theirs)


class Blocks(Conv2D):
    """Defect 7: what is not trained sends nothing down."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        grad_x, grads = super().gradients(grad_y, saved, need_grad_x=need_grad_x)
        return (grad_x if self.trainable else np.zeros_like(grad_x)), grads


def test_07_frozen_layer_lets_the_gradient_through():
    assert_frozen_layer_lets_through(Conv2D)


def test_07_planted():
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        assert_frozen_layer_lets_through(Blocks)


def assert_gradient_is_there(layer, case):
    layer.forward(case.array())
    assert layer.backward(case.cotangent()).any(), "no gradient of x"
    assert all(parameter.grad.any() for parameter in layer.parameters())
    assert check_gradients(layer, case.array()).passed


class Silent(Tanh):
    """Defect 8: backward is a placeholder."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        return np.zeros_like(grad_y), []


class Nothing(Tanh):
    """Defect 8 again: backward gives None."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        return None, []


class Unfinished(Layer):
    """Defect 8 for those who write layers: backward was never written."""

    def _build(self, input_shape, rng):
        return input_shape

    def compute(self, x, *, training):
        return x, None


@pytest.mark.parametrize("name", CASES)
def test_08_every_layer_has_a_gradient(name):
    assert_gradient_is_there(CASES[name].layer(), CASES[name])


def test_08_planted():
    case = CASES["Tanh"]
    for kind, error, message in [
        (Silent, AssertionError, "no gradient of x"),
        (Nothing, CallOrderError, "returned no grad_x"),
    ]:
        layer = kind()
        layer.build(case.x[1:], dtype="float64")
        with pytest.raises(error, match=message):
            assert_gradient_is_there(layer, case)
    with pytest.raises(TypeError, match="abstract method"):
        Unfinished()


def assert_gradient_scales(activation):
    """A gradient is linear in the cotangent: a million times more in, a million times more out."""
    layers = [Conv2D(2, 3), BatchNorm(), activation, MaxPool(2), Flatten(), Dense(4), Sigmoid()]
    model = Sequential([*layers, Dense(2)], input_shape=(1, 8, 8), seed=0, dtype="float64")
    grad_y, found = draw(3, 2), []
    model.forward(draw(3, 1, 8, 8, seed=1))
    for scale in (1.0, 1e-6, 1e6):
        grad_x = model.backward(grad_y * scale) / scale
        found.append([grad_x, *(parameter.grad / scale for parameter in model.parameters())])
    for scaled in found[1:]:
        for ours, theirs in zip(scaled, found[0], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-14)


class Clips(ReLU):
    """Defect 9: gradients are clipped between layers, to be safe."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        return super().gradients(np.clip(grad_y, -1, 1), saved, need_grad_x=need_grad_x)


@pytest.mark.parametrize("activation", [ReLU, LeakyReLU, Tanh])
def test_09_nothing_is_clipped_on_the_way(activation):
    assert_gradient_scales(activation())


def test_09_planted():
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_gradient_scales(Clips())


def assert_full_precision(layer, name):
    got = run(layer, CASES[name].array(), CASES[name].cotangent())
    assert {array.dtype.name for array in (got.y, got.grad_x, *got.grads)} == {"float64"}
    assert_same(got, expected(name))


class SinglePrecision(Conv2D):
    """Defect 13: a float32 literal in backward decides the type of the gradient."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        grad_x, grads = super().gradients(grad_y, saved, need_grad_x=need_grad_x)
        return grad_x.astype(np.float32), grads


class RoundedOnTheWay(Conv2D):
    """Defect 13 again: the type is right in the end, the digits are gone."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        rounded = grad_y.astype(np.float32).astype(np.float64)
        return super().gradients(rounded, saved, need_grad_x=need_grad_x)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.random])
def test_13_float64_stays_float64(name):
    assert_full_precision(CASES[name].layer(), name)


@pytest.mark.parametrize("kind", [SinglePrecision, RoundedOnTheWay])
def test_13_planted(kind):
    name = "Conv2D: padding"
    case = CASES[name]
    layer = kind(**case.options)
    layer.build(case.x[1:], dtype="float64")
    for parameter, right in zip(layer.parameters(), case.layer().parameters(), strict=True):
        parameter.value[...] = right.value
    with pytest.raises(AssertionError):
        assert_full_precision(layer, name)
