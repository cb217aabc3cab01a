"""The witnesses are questioned too: the naive loops must agree with PyTorch in float64."""

import numpy as np
import pytest

from tests.reference import activation, conv, dense, loss, normalization
from tests.reference.torch_side import agree, draw, functional, leaf, pad, torch

pytestmark = pytest.mark.torch


CONVOLUTIONS = {
    "plain": {"x": (2, 1, 5, 6), "weight": (3, 1, 3, 2)},
    "stride that does not divide": {"x": (2, 2, 8, 7), "weight": (2, 2, 3, 2), "stride": (2, 3)},
    "one-sided padding": {
        "x": (1, 2, 4, 5),
        "weight": (3, 2, 3, 4),
        "padding": ((0, 1), (2, 1)),
        "stride": (1, 2),
    },
    "dilation": {
        "x": (2, 1, 9, 7),
        "weight": (2, 1, 3, 2),
        "dilation": (2, 3),
        "padding": ((1, 2), (0, 3)),
        "stride": (2, 1),
    },
    "groups": {
        "x": (2, 4, 5, 5),
        "weight": (6, 2, 2, 3),
        "groups": 2,
        "padding": ((1, 1), (1, 1)),
        "stride": (3, 2),
    },
    "depthwise": {"x": (1, 3, 4, 4), "weight": (6, 1, 3, 3), "groups": 3},
    "a kernel in nothing but padding": {
        "x": (1, 1, 2, 2),
        "weight": (1, 1, 1, 1),
        "padding": ((3, 2), (1, 2)),
    },
}


@pytest.mark.parametrize("case", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolution(case):
    options = {"padding": ((0, 0), (0, 0)), **case}
    x, weight = leaf(draw(*options.pop("x"))), leaf(draw(*options.pop("weight"), seed=1))
    bias = leaf(draw(weight.shape[0], seed=2))
    native = {key: value for key, value in options.items() if key != "padding"}
    y = functional.conv2d(pad(x, options["padding"]), weight, bias, **native)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, weight_, bias_ = (t.detach().numpy() for t in (x, weight, bias))
    agree(conv.conv2d(x_, weight_, bias_, **options), y)
    agree(conv.conv2d(x_, weight_, **options) + bias_[:, None, None], y)
    grads = conv.conv2d_gradients(x_, weight_, grad_y, **options)
    for ours, theirs in zip(grads, (x.grad, weight.grad, bias.grad), strict=True):
        agree(ours, theirs)


def test_dense():
    x, weight, bias = leaf(draw(3, 5)), leaf(draw(4, 5, seed=1)), leaf(draw(4, seed=2))
    y = functional.linear(x, weight, bias)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, weight_, bias_ = (t.detach().numpy() for t in (x, weight, bias))
    agree(dense.dense(x_, weight_, bias_), y)
    agree(dense.dense(x_, weight_) + bias_, y)
    grads = dense.dense_gradients(x_, weight_, grad_y)
    for ours, theirs in zip(grads, (x.grad, weight.grad, bias.grad), strict=True):
        agree(ours, theirs)


@pytest.mark.parametrize(
    ("name", "options"),
    [("relu", {}), ("leaky_relu", {"slope": 0.3}), ("sigmoid", {}), ("tanh", {})],
)
def test_activation(name, options):
    values = np.concatenate([draw(20) * 3, [0.0, -1e4, 1e4, 1e-300, -1e-300]])
    x = leaf(values)
    y = getattr(functional, name)(x, *options.values())
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))
    agree(getattr(activation, name)(values, **options), y)
    agree(getattr(activation, f"{name}_gradient")(values, grad_y, **options), x.grad)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 3, 2, 3), (6, 3), (1, 2, 3, 2)])
def test_batch_norm(shape, training):
    x, channels = leaf(draw(*shape)), shape[1]
    weight, bias = leaf(draw(channels, seed=1)), leaf(draw(channels, seed=2))
    before = draw(channels, seed=4), draw(channels, seed=5) ** 2
    after = [torch.tensor(array) for array in before]
    y = functional.batch_norm(x, *after, weight, bias, training=training, momentum=0.3, eps=1e-3)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, weight_, bias_ = (t.detach().numpy() for t in (x, weight, bias))
    used = normalization.mean_and_variance(x_) if training else before
    agree(normalization.batch_norm(x_, weight_, bias_, *used, epsilon=1e-3), y)
    grads = normalization.parameter_gradients(x_, grad_y, *used, epsilon=1e-3)
    agree(grads[0], weight.grad)
    agree(grads[1], bias.grad)
    if training:
        ours = normalization.running_statistics(x_, *before, momentum=0.3)
        agree(ours[0], after[0])
        agree(ours[1], after[1])
        grad_x = normalization.training_gradient(x_, weight_, grad_y, epsilon=1e-3)
    else:
        grad_x = normalization.inference_gradient(weight_, grad_y, used[1], epsilon=1e-3)
    agree(grad_x, x.grad)


@pytest.mark.parametrize("scale", [1, 1e4])
def test_softmax_cross_entropy(scale):
    logits, labels = leaf(draw(5, 4) * scale), np.array([0, 3, 1, 1, 2])
    theirs = functional.cross_entropy(logits, torch.tensor(labels))
    theirs.backward()
    ours, grad = loss.softmax_cross_entropy(logits.detach().numpy(), labels)
    agree(ours, theirs)
    agree(grad, logits.grad)
    agree(loss.softmax(logits.detach().numpy()), torch.softmax(logits, dim=1))


@pytest.mark.parametrize("scale", [1, 1e4])
@pytest.mark.parametrize("shape", [(6,), (6, 1), (3, 2)])
def test_binary_cross_entropy(shape, scale):
    logits, targets = leaf(draw(*shape) * scale), np.arange(6.0).reshape(shape) % 2
    theirs = functional.binary_cross_entropy_with_logits(logits, torch.tensor(targets))
    theirs.backward()
    ours, grad = loss.binary_cross_entropy(logits.detach().numpy(), targets)
    agree(ours, theirs)
    agree(grad, logits.grad)


def test_mean_squared_error():
    y, targets = leaf(draw(4, 3)), draw(4, 3, seed=1)
    theirs = functional.mse_loss(y, torch.tensor(targets))
    theirs.backward()
    ours, grad = loss.mean_squared_error(y.detach().numpy(), targets)
    agree(ours, theirs)
    agree(grad, y.grad)
