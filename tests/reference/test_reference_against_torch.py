"""The witnesses are questioned too: the naive loops must agree with PyTorch in float64."""

import numpy as np
import pytest

from tests.reference import activation, conv, dense, loss, normalization, pooling

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.torch


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def tied(*shape, seed=0):
    """Draw whole numbers of a small range, so that windows have several greatest elements."""
    return np.random.default_rng(seed).integers(-2, 2, shape).astype(np.float64)


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def agree(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)


def pad(x, padding, value=0.0):
    (top, bottom), (left, right) = padding
    return functional.pad(x, (left, right, top, bottom), value=value)


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


# Symmetric padding (height, width), as PyTorch has it; ceil_mode both ways below.
POOLINGS = {
    "tiles": {"shape": (2, 3, 4, 6), "window": (2, 3), "stride": (2, 3)},
    "overlap": {"shape": (2, 1, 5, 5), "window": (2, 2), "stride": (1, 1)},
    "ragged edge": {"shape": (1, 2, 7, 8), "window": (2, 3), "stride": (2, 3)},
    "padded": {"shape": (2, 2, 6, 5), "window": (3, 2), "stride": (2, 2), "padding": (1, 1)},
    "gaps": {"shape": (1, 1, 9, 8), "window": (2, 1), "stride": (3, 4)},
    "window past the end": {
        "shape": (1, 2, 5, 6),
        "window": (2, 4),
        "stride": (2, 5),
        "padding": (1, 2),
    },
    "long strides": {
        "shape": (1, 1, 3, 4),
        "window": (2, 2),
        "stride": (4, 5),
        "padding": (1, 1),
    },
}
MODES = pytest.mark.parametrize("ceil_mode", [False, True])
CASES = pytest.mark.parametrize("case", POOLINGS.values(), ids=POOLINGS)


def both_sides(padding):
    return tuple((size, size) for size in padding)


@MODES
@CASES
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (2, 3)])
@pytest.mark.parametrize("values", [draw, tied])
def test_max_pool(case, ceil_mode, dilation, values):
    padding = case.get("padding", (0, 0))
    x = leaf(values(*case["shape"]))
    reach = [d * (w - 1) + 1 for d, w in zip(dilation, case["window"], strict=True)]
    if any(
        r > s + 2 * p for r, s, p in zip(reach, case["shape"][2:], padding, strict=True)
    ):  # no window fits
        x = leaf(values(1, 2, 10, 11))
    options = {"stride": case["stride"], "dilation": dilation, "ceil_mode": ceil_mode}
    y = functional.max_pool2d(x, case["window"], padding=padding, **options)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, options = x.detach().numpy(), {**options, "padding": both_sides(padding)}
    agree(pooling.max_pool(x_, case["window"], **options), y)
    agree(pooling.max_pool_gradient(x_, grad_y, case["window"], **options), x.grad)


@pytest.mark.parametrize("values", [draw, tied])
def test_max_pool_with_one_sided_padding(values):
    padding = ((0, 1), (2, 1))
    x = leaf(values(2, 2, 5, 6) - 5)
    y = functional.max_pool2d(pad(x, padding, value=-np.inf), (2, 3), stride=(2, 1))
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, options = x.detach().numpy(), {"stride": (2, 1), "padding": padding}
    agree(pooling.max_pool(x_, (2, 3), **options), y)
    agree(pooling.max_pool_gradient(x_, grad_y, (2, 3), **options), x.grad)


def test_a_window_of_padding_has_no_winner():
    x, options = np.ones((1, 1, 1, 1)), {"stride": (1, 1), "padding": ((1, 0), (0, 0))}
    assert pooling.max_pool(x, (1, 1), **options).tolist() == [[[[-np.inf], [1.0]]]]
    grad_y = np.array([[[[7.0], [3.0]]]])
    assert pooling.max_pool_gradient(x, grad_y, (1, 1), **options).tolist() == [[[[3.0]]]]


@MODES
@CASES
@pytest.mark.parametrize("count_include_pad", [False, True])
def test_avg_pool(case, ceil_mode, count_include_pad):
    padding = case.get("padding", (0, 0))
    x = leaf(draw(*case["shape"]))
    options = {
        "stride": case["stride"],
        "ceil_mode": ceil_mode,
        "count_include_pad": count_include_pad,
    }
    y = functional.avg_pool2d(x, case["window"], padding=padding, **options)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_, options = x.detach().numpy(), {**options, "padding": both_sides(padding)}
    agree(pooling.avg_pool(x_, case["window"], **options), y)
    agree(pooling.avg_pool_gradient(x_.shape, grad_y, case["window"], **options), x.grad)


@pytest.mark.parametrize("count_include_pad", [False, True])
def test_avg_pool_with_one_sided_padding(count_include_pad):
    padding, stride = ((0, 1), (2, 1)), (2, 1)
    x = leaf(draw(2, 2, 5, 6))
    y = functional.avg_pool2d(pad(x, padding), (2, 3), stride=stride)
    if not count_include_pad:
        y = y / functional.avg_pool2d(pad(torch.ones_like(x), padding), (2, 3), stride=stride)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))

    x_ = x.detach().numpy()
    options = {"stride": stride, "padding": padding, "count_include_pad": count_include_pad}
    agree(pooling.avg_pool(x_, (2, 3), **options), y)
    agree(pooling.avg_pool_gradient(x_.shape, grad_y, (2, 3), **options), x.grad)


def test_global_avg_pool():
    x = leaf(draw(2, 3, 4, 5))
    y = functional.adaptive_avg_pool2d(x, 1).flatten(1)
    grad_y = draw(*y.shape, seed=3)
    y.backward(torch.tensor(grad_y))
    agree(pooling.global_avg_pool(x.detach().numpy()), y)
    agree(pooling.global_avg_pool_gradient(x.shape, grad_y), x.grad)


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
