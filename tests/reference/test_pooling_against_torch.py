"""The witnesses are questioned too: naive pooling must agree with PyTorch in float64."""

import numpy as np
import pytest

from tests.reference import pooling
from tests.reference.torch_side import agree, draw, functional, leaf, pad, tied, torch

pytestmark = pytest.mark.torch

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
