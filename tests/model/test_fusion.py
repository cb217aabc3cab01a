"""Layers that are computed together give what they give one by one."""

import copy
import pickle

import numpy as np
import pytest

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
)
from minitorchcnn.model.fusion import plan


def choose(rng, *options):
    return options[rng.integers(len(options))]


def random_conv(rng, channels):
    groups = choose(rng, 1, 1, channels)
    return Conv2D(
        groups * int(rng.integers(1, 4)),
        tuple(rng.integers(1, 4, 2).tolist()),
        stride=choose(rng, 1, 1, 2, (1, 2)),
        padding=choose(rng, 0, 1, "same", ((1, 0), (0, 2))),
        dilation=choose(rng, 1, 1, (2, 1)),
        groups=groups,
        bias=bool(rng.random() < 0.8),
        trainable=choose(rng, True, True, False),
    )


def random_pool(rng):
    return choose(
        rng,
        MaxPool(2),
        MaxPool(2, stride=1),
        MaxPool((1, 2), ceil_mode=True),
        MaxPool(2, padding=1),
        MaxPool(2, dilation=(1, 2)),
        MaxPool((2, 1), stride=(2, 3)),
        AvgPool(2),
    )


def random_net(seed, dtype):
    rng = np.random.default_rng(seed)
    layers, channels = [], 2
    for _ in range(rng.integers(1, 3)):
        conv = random_conv(rng, channels)
        channels = conv.filters
        layers.append(conv)
        if rng.random() < 0.7:
            layers.append(choose(rng, ReLU(), ReLU(), LeakyReLU(), BatchNorm()))
        if rng.random() < 0.7:
            layers.append(random_pool(rng))
    layers += [Flatten(), Dense(3)]
    model = Sequential(layers, (2, 17, 16), seed=seed, dtype=dtype)
    for parameter in model.parameters():
        parameter.value += 0.1 * rng.normal(size=parameter.value.shape).astype(dtype)
    return model, rng


def one_by_one(model, x, grad_y, training):
    for layer in model.layers:
        x = layer.forward(x, training=training)
    for layer in reversed(model.layers):
        grad_y = layer.backward(grad_y)
    return x, [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(60))
def test_random_nets_give_the_same_together_and_one_by_one(seed, dtype):
    model, rng = random_net(seed, dtype)
    x = rng.normal(size=(5, 2, 17, 16)).astype(dtype)
    if seed % 4 == 0:
        x = np.sign(x)  # ties in every pool
    grad_y = rng.normal(size=(5, 3)).astype(dtype)
    tolerance = (
        {"rtol": 1e-11, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-4}
    )
    y, saved = model.compute(x, training=False)
    grads = model.gradients(grad_y, saved)
    y_alone, grads_alone = one_by_one(model, x, grad_y, training=False)
    assert y.dtype == dtype
    assert np.allclose(y, y_alone, **tolerance)
    assert np.allclose(model.predict(x, batch_size=2), y_alone, **tolerance)
    for parameter, grad, alone in zip(model.parameters(), grads, grads_alone, strict=True):
        assert (grad is None) is (alone is None) is parameter.frozen, parameter.name
        if grad is not None:
            assert grad.dtype == dtype
            assert np.allclose(grad, alone, **tolerance), parameter.name


def kinds(layers, input_shape=(1, 9, 9)):
    model = Sequential(layers, input_shape)
    return [[type(layer).__name__ for layer in step.layers] for step in plan(model.layers)]


def test_every_layer_is_in_one_step_and_in_order():
    chain = [Conv2D(2, 2), ReLU(), MaxPool(2), ReLU(), Conv2D(2, 2), MaxPool(2), Conv2D(1, 1)]
    assert kinds(chain) == [
        ["Conv2D", "ReLU", "MaxPool"],
        ["ReLU"],
        ["Conv2D", "MaxPool"],
        ["Conv2D"],
    ]


def test_layers_that_behave_differently_are_left_alone():
    class OwnReLU(ReLU):
        """A user's layer may compute anything."""

    assert kinds([Conv2D(2, 2), OwnReLU(), MaxPool(2)]) == [["Conv2D"], ["OwnReLU"], ["MaxPool"]]
    assert kinds([Conv2D(2, 2), BatchNorm(), ReLU()]) == [["Conv2D"], ["BatchNorm"], ["ReLU"]]
    assert kinds([Conv2D(2, 2), ReLU(), MaxPool(2, stride=1)]) == [["Conv2D", "ReLU"], ["MaxPool"]]


def test_a_subclass_is_left_alone_until_it_declares_itself():
    class OwnConv2D(Conv2D):
        """It may compute anything, and does."""

        def compute(self, x, *, training):
            y, saved = super().compute(x, training=training)
            return y + 1, saved

    class OwnPool(MaxPool):
        pass

    class SameReLU(ReLU):
        fuses_as = "relu"

    class OfSameReLU(SameReLU):
        pass

    chain = [OwnConv2D(2, 2), ReLU(), Conv2D(2, 2), SameReLU(), OwnPool(2), Conv2D(2, 1)]
    assert kinds([*chain, OfSameReLU()], (1, 12, 12)) == [
        ["OwnConv2D"],
        ["ReLU"],
        ["Conv2D", "SameReLU"],
        ["OwnPool"],
        ["Conv2D"],
        ["OfSameReLU"],
    ]
    model = Sequential([OwnConv2D(1, 1, weight=np.ones((1, 1, 1, 1))), ReLU()], (1, 2, 2))
    assert (model.predict(np.ones((1, 1, 2, 2), np.float32)) == 2).all()


def test_what_can_be_computed_together_goes_on_in_order_only():
    chain = [MaxPool(1), ReLU(), MaxPool(1), Conv2D(1, 1), MaxPool(1), ReLU(), MaxPool(1)]
    assert kinds(chain) == [
        ["MaxPool"],
        ["ReLU"],
        ["MaxPool"],
        ["Conv2D", "MaxPool"],
        ["ReLU"],
        ["MaxPool"],
    ]
    assert kinds([Conv2D(1, 1), Conv2D(1, 1), ReLU(), ReLU()]) == [
        ["Conv2D"],
        ["Conv2D", "ReLU"],
        ["ReLU"],
    ]


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_copies_compute_with_their_own_weights(duplicate):
    model = Sequential([Conv2D(2, 3), ReLU(), MaxPool(2), Flatten(), Dense(2)], (1, 8, 8))
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    before, twin = model.predict(x), duplicate(model)
    for parameter in twin.parameters():
        parameter.value *= 2
    assert np.array_equal(model.predict(x), before)
    assert np.allclose(twin.predict(x), 4 * before, rtol=1e-5)


def test_input_is_not_modified():
    model, rng = random_net(3, "float32")
    x = rng.normal(size=(4, 2, 17, 16)).astype(np.float32)
    before = x.copy()
    _, saved = model.compute(x, training=True)
    grad_y = np.ones((4, 3), np.float32)
    model.gradients(grad_y, saved)
    model.predict(x)
    assert np.array_equal(x, before)
    assert (grad_y == 1).all()
    x.flags.writeable = False
    model.predict(x)


def test_nan_in_a_weight_shows_in_the_output():
    model = Sequential([Conv2D(2, 3), ReLU(), MaxPool(2)], (1, 8, 8))
    model.parameters()[0].value[1, 0, 1, 1] = np.nan
    y = model.predict(np.ones((1, 1, 8, 8), np.float32))
    assert np.isnan(y[:, 1]).all()
    assert np.isfinite(y[:, 0]).all()
