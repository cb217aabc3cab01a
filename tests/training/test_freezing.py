"""Single parameters may be frozen or thawed: training, repr, summary and files must agree."""

import numpy as np
import pytest

from minitorchcnn import SGD, Conv2D, Dense, Flatten, Sequential, Trainer, load_model

X = np.random.default_rng(0).standard_normal((4, 1, 6, 6)).astype(np.float32)
Y = np.array([0, 1, 0, 1])


def model(**options):
    return Sequential([Conv2D(2, 3, **options), Flatten(), Dense(2)], (1, 6, 6), seed=0)


def trained(net):
    """Train one step with everything a frozen array must resist; return what changed."""
    before = net.state_dict()
    Trainer(net, SGD(0.1, momentum=0.9, weight_decay=0.1)).step(X, Y)
    return {name for name, value in net.state_dict().items() if (value != before[name]).any()}


def test_a_frozen_weight_lets_its_bias_learn():
    net = model()
    net.parameters()[0].trainable = False
    assert trained(net) == {"0.bias", "2.weight", "2.bias"}
    assert net.parameters()[0].grad is None


def test_a_bias_thawed_in_a_frozen_layer_learns():
    net = model(trainable=False)
    net.parameters()[1].trainable = True
    assert trained(net) == {"0.bias", "2.weight", "2.bias"}


def test_a_thawed_weight_shows_in_the_layer():
    net = model(trainable=False)
    net.parameters()[0].trainable = True
    assert net.layers[0].trainable is True


@pytest.mark.parametrize("mask", [False, [True, False]])
def test_what_is_frozen_stays_frozen_in_a_file(tmp_path, mask):
    net = model()
    net.parameters()[0].trainable = mask
    net.save(tmp_path / "net.safetensors")
    loaded = load_model(tmp_path / "net.safetensors")
    assert np.array_equal(loaded.parameters()[0].trainable, mask)
    assert loaded.parameters()[1].trainable is True
    assert repr(loaded) == repr(net)


@pytest.mark.parametrize("frozen", [False, [False, True]])
def test_the_gradient_passes_frozen_filters_unchanged(frozen):
    free, held = model(), model(trainable=frozen)
    grad_y = np.random.default_rng(1).standard_normal((4, 2)).astype(np.float32)
    grads = []
    for net in (free, held):
        net.forward(X)
        grads.append(net.backward(grad_y))
    assert np.abs(grads[0]).max() > 0
    assert np.array_equal(*grads)


def test_layers_below_frozen_filters_learn():
    layers = [Conv2D(2, 3), Conv2D(2, 3, trainable=False), Flatten(), Dense(2)]
    net = Sequential(layers, (1, 6, 6), seed=0)
    assert trained(net) == {"0.weight", "0.bias", "3.weight", "3.bias"}


def test_a_frozen_filter_beside_a_trained_one_stays_to_the_bit():
    net = model(trainable=[False, True])
    before = net.state_dict()
    assert trained(net) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    for name in ("0.weight", "0.bias"):
        assert np.array_equal(net.state_dict()[name][0], before[name][0])
        assert not np.array_equal(net.state_dict()[name][1], before[name][1])
