"""A convolution computed together with ReLU and pooling is the three operations, one by one."""

from functools import cache

import numpy as np
import pytest

from minitorchcnn.errors import ShapeError
from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine import batch_last, tiles
from minitorchcnn.ops.engine.block_pooling import side_by_side
from minitorchcnn.ops.engine.convolution import convolve, convolve_backward
from tests.reference import activation, conv, pooling

TILES = {"one tile": 1 << 20, "a few rows": 4000, "single rows": 1}


def drawn_case(seed):
    """Draw sizes and options; return (x, weight, bias, options, pool size or None, relu)."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(1, 3))
    channels, filters = groups * int(rng.integers(1, 12)), groups * int(rng.integers(1, 4))
    x = rng.standard_normal((int(rng.integers(1, 4)), channels, *rng.integers(5, 11, 2)))
    weight = rng.standard_normal((filters, channels // groups, *rng.integers(1, 5, 2)))
    bias = rng.standard_normal(filters) if rng.random() < 0.7 else None
    options = {
        "stride": tuple(rng.integers(1, 3, 2).tolist()) if rng.random() < 0.5 else (1, 1),
        "padding": tuple(tuple(side) for side in rng.integers(0, 3, (2, 2)).tolist()),
        "dilation": tuple(rng.integers(1, 3, 2).tolist()),
    }
    pool_size = tuple(rng.integers(1, 4, 2).tolist()) if rng.random() < 0.7 else None
    return x, weight, bias, groups, options, pool_size, bool(rng.random() < 0.7)


@cache
def wanted(seed):
    """Work a draw out with the naive loops: return y, its cotangent and the three gradients."""
    x, weight, bias, groups, options, pool_size, relu = drawn_case(seed)
    maps = conv.conv2d(x, weight, bias, groups=groups, **options)
    rectified = activation.relu(maps) if relu else maps
    y = pooling.max_pool(rectified, pool_size, stride=pool_size) if pool_size else rectified
    grad_y = np.random.default_rng(seed + 1000).standard_normal(y.shape)
    grad = grad_y
    if pool_size:
        grad = pooling.max_pool_gradient(rectified, grad, pool_size, stride=pool_size)
    if relu:
        grad = activation.relu_gradient(maps, grad)
    return y, grad_y, conv.conv2d_gradients(x, weight, grad, groups=groups, **options)


def as_wide_images(monkeypatch):
    """Let small batches too be laid out as wide images: 2 samples as one, 3 as one."""
    monkeypatch.setattr(batch_last, "MIN_SAMPLES", 2)
    monkeypatch.setattr(batch_last, "MAX_SAMPLES", 2)


@pytest.mark.parametrize("wide", [False, True], ids=["as they are", "wide"])
@pytest.mark.parametrize("tile_bytes", TILES.values(), ids=TILES.keys())
@pytest.mark.parametrize("seed", range(40))
def test_equals_the_naive_loops_one_after_the_other(seed, tile_bytes, wide, monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BYTES", tile_bytes)
    if wide:
        as_wide_images(monkeypatch)
    x, weight, bias, groups, options, pool_size, relu = drawn_case(seed)
    try:
        geometry = window_geometry(x.shape[2:], weight.shape[2:], **options)
        pool = pool_size and window_geometry(geometry.output_size, pool_size, stride=pool_size)
    except ShapeError:
        return  # a draw without any output
    y, saved = convolve(x, weight, bias, geometry=geometry, groups=groups, relu=relu, pool=pool)
    alone = convolve(
        x, weight, bias, geometry=geometry, groups=groups, relu=relu, pool=pool, keep=False
    )
    assert alone[1] is None
    assert alone[0].tobytes() == y.tobytes()

    want, grad_y, want_grads = wanted(seed)
    np.testing.assert_allclose(y, want, rtol=1e-10, atol=1e-10)
    *got_grads, got_bias = convolve_backward(grad_y, saved)
    assert (got_bias is None) is (bias is None)
    for got, want in zip([*got_grads, got_bias], want_grads, strict=True):
        if got is not None:
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("pool_size", [None, (2, 2), (2, 3)])
@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((2, 1), (1, 2))])
@pytest.mark.parametrize("n", [16, 37, 40])
def test_wide_images_give_what_each_sample_gives_alone(n, padding, pool_size, relu):
    """One image of 16, one of 37, two of 20."""
    rng = np.random.default_rng(n)
    x, weight = rng.standard_normal((n, 4, 9, 8)), rng.standard_normal((6, 2, 3, 3))
    options = {
        "groups": 2,
        "relu": relu,
        "geometry": window_geometry((9, 8), (3, 3), padding=padding),
    }
    options["pool"] = pool_size and window_geometry(
        options["geometry"].output_size, pool_size, stride=pool_size
    )
    y, saved = convolve(x, weight, np.ones(6), **options)
    assert saved.samples == {16: 16, 37: 37, 40: 20}[n]
    grad_y = rng.standard_normal(y.shape)
    grads = convolve_backward(grad_y, saved)
    alone = [convolve(x[k : k + 1], weight, np.ones(6), **options) for k in range(n)]
    back = [convolve_backward(grad_y[k : k + 1], kept) for k, (_, kept) in enumerate(alone)]
    assert all(kept.samples == 1 for _, kept in alone)
    np.testing.assert_allclose(y, np.concatenate([part for part, _ in alone]), atol=1e-12)
    for got, parts in zip(grads, zip(*back, strict=True), strict=True):
        want = np.concatenate(parts) if got.shape == x.shape else sum(parts)
        np.testing.assert_allclose(got, want, atol=1e-11)


def test_enough_draws_are_laid_out_wide(monkeypatch):
    """Or the test above would say nothing of them."""
    as_wide_images(monkeypatch)
    found = []
    for seed in range(40):
        x, weight, bias, groups, options, _, _ = drawn_case(seed)
        try:
            geometry = window_geometry(x.shape[2:], weight.shape[2:], **options)
        except ShapeError:
            continue
        saved = convolve(x, weight, bias, geometry=geometry, groups=groups)[1]
        found.append((saved.samples, geometry.dilation != (1, 1)))
    assert {samples for samples, _ in found} == {1, 2, 3}
    assert {dilated for samples, dilated in found if samples > 1} == {False, True}
    assert sum(samples > 1 for samples, _ in found) >= 8


def test_first_of_equal_pixels_gets_the_gradient():
    x = np.array([[[[2.0, 2.0, 1.0, 3.0], [2.0, 2.0, 3.0, 3.0]]]])
    geometry = window_geometry((2, 4), (1, 1))
    pool = window_geometry((2, 4), (2, 2), stride=(2, 2))
    _, saved = convolve(x, np.ones((1, 1, 1, 1)), None, geometry=geometry, relu=True, pool=pool)
    grad_x, _, _ = convolve_backward(np.array([[[[5.0, 7.0]]]]), saved)
    assert grad_x.tolist() == [[[[5.0, 0.0, 0.0, 7.0], [0.0, 0.0, 0.0, 0.0]]]]


def test_nothing_passes_where_all_of_a_window_is_negative_or_zero():
    x = np.array([[[[-2.0, 0.0], [-1.0, -3.0]]]])
    geometry = window_geometry((2, 2), (1, 1))
    pool = window_geometry((2, 2), (2, 2), stride=(2, 2))
    y, saved = convolve(x, np.ones((1, 1, 1, 1)), None, geometry=geometry, relu=True, pool=pool)
    grad_x, grad_weight, _ = convolve_backward(np.ones((1, 1, 1, 1)), saved)
    assert not y.any()
    assert not grad_x.any()
    assert not grad_weight.any()


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"stride": (2, 2)}, True),
        ({"stride": (1, 2)}, False),
        ({"stride": (2, 2), "padding": ((1, 0), (0, 0))}, False),
        ({"stride": (2, 2), "ceil_mode": True}, False),
        ({"stride": (2, 2), "dilation": (2, 1)}, False),
    ],
)
def test_only_windows_side_by_side_are_fused(options, fits):
    assert side_by_side(window_geometry((7, 6), (2, 2), **options)) is fits
