"""Large images are convolved in bands of rows, large windows in a way of their own.

Here tiny tiles make every image a large one, and a moved threshold makes every window large or
none, so that all cases of the table go all ways.
"""

import numpy as np
import pytest

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine import columns, convolution_gradients, tiles
from minitorchcnn.ops.engine.convolution import convolve
from tests.layers.cases import CASES
from tests.layers.witness import assert_same, expected, run
from tests.reference.conv import conv2d as naive_conv2d

CONVOLUTIONS = [name for name in CASES if name.startswith("Conv2D")]


@pytest.mark.parametrize("shallow", [0, 10**9], ids=["all windows large", "all windows small"])
@pytest.mark.parametrize("tile_bytes", [1, 700, 3000, 10**9])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_every_way_equals_the_naive_loop(name, tile_bytes, shallow, monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BYTES", tile_bytes)
    monkeypatch.setattr(columns, "SHALLOW", shallow)
    case = CASES[name]
    assert_same(run(case.layer(), case.array(), case.cotangent()), expected(name))


@pytest.mark.parametrize("name", [name for name in CONVOLUTIONS if "deep" in name])
def test_threshold_is_about_one_groups_channels(name, monkeypatch):
    """Weights and columns must be laid out alike, whichever side of it the windows are."""
    for shallow in (40, 80, 160):
        monkeypatch.setattr(columns, "SHALLOW", shallow)
        case = CASES[name]
        assert_same(run(case.layer(), case.array(), case.cotangent()), expected(name))


def test_bands_of_a_tall_image_end_where_pooling_windows_end(monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BYTES", 1)
    x = np.random.default_rng(0).standard_normal((1, 1, 100, 1))
    geometry = window_geometry((100, 1), (1, 1))
    pool = window_geometry((100, 1), (5, 1), stride=(5, 1))
    y, _ = convolve(x, np.ones((1, 1, 1, 1)), None, geometry=geometry, pool=pool)
    assert y.ravel().tolist() == x.reshape(20, 5).max(axis=1).tolist()


def test_tiny_tiles_are_single_rows(monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BYTES", 1)
    found = [(t.samples.start, t.first, t.last) for t in tiles.tiles(2, 3, 100)]
    assert found == [(0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 0, 1), (1, 1, 2), (1, 2, 3)]


def test_threshold_decides_how_windows_are_multiplied(monkeypatch):
    case = CASES["Conv2D: padding"]
    weight, window = case.layer().parameters()[0].value, case.layer().window
    for shallow, products in [(0, 3), (10**9, 1)]:
        monkeypatch.setattr(columns, "SHALLOW", shallow)
        assert len(columns.split_kernel(weight, 1, window)) == products


@pytest.mark.parametrize(("pixels", "tiles"), [(999, 1), (1000, 2), (1999, 2), (2500, 2)])
def test_work_for_two_threads_is_cut_in_two(pixels, tiles, monkeypatch):
    """Worth it from twice the work of one on: here 2 filters of 5 numbers, 10 products a pixel."""
    monkeypatch.setattr(columns, "WORTHWHILE", 5000)
    x, weight = np.zeros((1, 5, pixels, 1)), np.zeros((2, 5, 1, 1))
    geometry = window_geometry((pixels, 1), (1, 1))
    assert columns.work(x, weight, geometry) == 10 * pixels
    assert len(columns.column_tiles(x, weight, geometry)) == tiles
    # of wide images the work of one sample counts
    wide = np.zeros((3, 5, pixels, 1))
    assert columns.work(wide, weight, geometry, 3) == 10 * pixels
    assert len(columns.column_tiles(wide[:1], weight, geometry, samples=3)) == 1


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_tall_windows_reach_as_far_as_they_should(stride, dilation, monkeypatch):
    """Witness: every output alone, as a sum over the window's rows."""
    monkeypatch.setattr(columns, "SHALLOW", 0)
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((1, 1, 40, 1)), rng.standard_normal((1, 1, 5, 1))
    options = {"stride": (stride, 1), "dilation": (dilation, 1)}
    geometry = window_geometry((40, 1), (5, 1), **options)
    y, _ = convolve(x, weight, None, geometry=geometry)
    column, taps = x.ravel(), weight.ravel()
    want = [
        sum(column[start + k * dilation] * taps[k] for k in range(5))
        for start in range(0, 40 - 4 * dilation, stride)
    ]
    np.testing.assert_allclose(y.ravel(), want, atol=1e-12)


@pytest.mark.parametrize(
    ("numbers", "count", "fewest", "pieces"),
    [
        (1000, 1000, 64, 1),  # a million products: all at once
        (1001, 1000, 64, 2),
        (1001, 999, 64, 1),  # 999.999 thousand
        (3000, 1000, 64, 4),  # 3 does not divide 1000
        (3000, 999, 64, 3),
        (20_000, 1000, 64, 1),  # 50 columns would be too few
        (20_000, 1000, 50, 20),
        (9, 6272, 256, 1),
        (5000, 1009, 64, 1),  # a prime
    ],
)
def test_products_are_cut_into_equal_pieces_of_a_million(numbers, count, fewest, pieces):
    assert columns.pieces(numbers, count, fewest) == pieces


@pytest.mark.parametrize("at_once", [1, 300, 10**9], ids=["many pieces", "some", "one"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_pieces_add_up_to_the_naive_loop(name, at_once, monkeypatch):
    monkeypatch.setattr(columns, "AT_ONCE", at_once)
    monkeypatch.setattr(columns, "FEWEST_COLUMNS", 1)
    monkeypatch.setattr(convolution_gradients, "FEWEST_PRODUCTS", 1)
    case = CASES[name]
    assert_same(run(case.layer(), case.array(), case.cotangent()), expected(name))


@pytest.mark.parametrize("tile_bytes", [1, 10**9], ids=["bands", "whole"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 3])
def test_windows_that_hang_over_below_and_on_the_right_see_zeros(
    dilation, stride, tile_bytes, monkeypatch
):
    """They must not be copied as if they lay inside, or they would see other memory."""
    monkeypatch.setattr(tiles, "TILE_BYTES", tile_bytes)
    x = np.random.default_rng(0).standard_normal((2, 2, 11, 12))
    weight = np.random.default_rng(1).standard_normal((3, 2, 3, 2))
    for padding in [((0, 1), (0, 0)), ((0, 0), (0, 1)), ((0, 2), (0, 3)), ((1, 1), (0, 0))]:
        options = {"stride": (stride, stride), "dilation": (dilation, dilation), "padding": padding}
        geometry = window_geometry((11, 12), (3, 2), **options)
        y, _ = convolve(x, weight, None, geometry=geometry)
        np.testing.assert_allclose(y, naive_conv2d(x, weight, None, **options), atol=1e-12)
