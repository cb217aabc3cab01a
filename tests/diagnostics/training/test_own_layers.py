"""The doctor understands layers it has never heard of by what they declare of themselves."""

import numpy as np
import pytest

from minitorchcnn import SGD, Dense, Doctor, Flatten, Layer, Parameter, Sequential, Trainer
from tests.diagnostics.training.runs import X, Y


class Linear(Layer):
    """A weighted layer of one's own."""

    weight_rows = "units"

    def __init__(self, units, scale=0.2):
        super().__init__()
        self.units, self.scale = units, scale

    def _build(self, input_shape, rng):
        weight = rng.normal(0, self.scale, (self.units, *input_shape)).astype(self.dtype)
        self._parameters = [Parameter("weight", weight, self.trainable)]
        return (self.units,)

    def compute(self, x, *, training):
        return x @ self._parameters[0].value.T, x

    def gradients(self, grad_y, saved, *, need_grad_x):
        return grad_y @ self._parameters[0].value, [grad_y.T @ saved]


class Activation(Layer):
    """An activation of one's own, by its formula and its slope."""

    def __init__(self):
        super().__init__()

    def _build(self, input_shape, rng):
        return input_shape

    def compute(self, x, *, training):
        return self.formula(x), x

    def gradients(self, grad_y, saved, *, need_grad_x):
        return grad_y * self.slope(saved), []


class Ramp(Activation):
    can_die = True

    def formula(self, x):
        return np.clip(x, 0, 6)

    def slope(self, x):
        return (x > 0) & (x < 6)


class Logistic(Activation):
    saturates = True

    def formula(self, x):
        return 1 / (1 + np.exp(-x))

    def slope(self, x):
        return self.formula(x) * (1 - self.formula(x))


class PReLU(Layer):
    """As in docs/architecture.md: it declares nothing."""

    def __init__(self):
        super().__init__()

    def _build(self, input_shape, rng):
        self._parameters = [Parameter("slope", np.full(1, 0.25, self.dtype), self.trainable)]
        return input_shape

    def compute(self, x, *, training):
        return np.where(x > 0, x, x * self._parameters[0].value), x

    def gradients(self, grad_y, saved, *, need_grad_x):
        grad_slope = (grad_y * np.minimum(saved, 0)).sum(keepdims=True).reshape(1)
        return np.where(saved > 0, grad_y, grad_y * self._parameters[0].value), [grad_slope]


def findings(layers, rate=0.02, epochs=3):
    doctor, model = Doctor(quiet=True), Sequential([Flatten(), *layers], (1, 8, 8), seed=0)
    Trainer(model, SGD(rate, 0.9), workers=1).fit(
        X[:300], Y[:300], epochs, validation=0.2, callbacks=[doctor], progress=False
    )
    return [(finding.kind, finding.message) for finding in doctor.findings]


def test_dead_units_of_an_own_layer_under_an_own_activation():
    ((kind, message),) = findings([Linear(16, scale=0.0), Ramp(), Dense(10)])
    assert kind == "dead"
    assert message.startswith("16 of 16 units of layer 1, Linear(16, scale=0.0), are dead")


def test_gradients_vanish_below_an_own_activation():
    layers = [layer for _ in range(8) for layer in (Linear(32), Logistic())]
    ((kind, message),) = findings([*layers, Dense(10)])
    assert kind == "vanishing"
    assert message.endswith("Try ReLU() in place of Sigmoid() or Tanh() or Logistic().")


@pytest.mark.parametrize("rate", [5.0])
def test_updates_of_an_own_layer_are_weighed(rate):
    ((kind, _),) = findings([Linear(10)], rate, epochs=1)
    assert kind == "large_updates"


@pytest.mark.parametrize("activation", [PReLU, Ramp, Logistic])
def test_healthy_training_is_left_in_peace(activation):
    assert findings([Linear(32), activation(), Dense(10)], epochs=5) == []
