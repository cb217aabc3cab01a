"""Work in tiles and in memory used again must not show: not in results, not between threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine import tiles
from minitorchcnn.ops.engine.convolution import convolve, convolve_backward
from tests.reference import conv as reference


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def results_of(x, weight, bias, grad_y_seed=3, **options):
    """Give y and the three gradients for a cotangent drawn from a seed."""
    geometry = window_geometry(x.shape[2:], weight.shape[2:], **options)
    y, saved = convolve(x, weight, bias, geometry=geometry)
    return y, *convolve_backward(draw(*y.shape, seed=grad_y_seed), saved)


@pytest.mark.parametrize(
    ("n", "rows", "row", "step", "want"),
    [
        (5, 4, 1, 1, [(0, 5, 0, 4)]),
        (5, 1, tiles.TILE_BYTES // 2, 1, [(0, 2, 0, 1), (2, 4, 0, 1), (4, 5, 0, 1)]),
        (2, 3, tiles.TILE_BYTES // 3, 1, [(0, 1, 0, 3), (1, 2, 0, 3)]),
        (2, 3, tiles.TILE_BYTES // 3, 2, [(0, 1, 0, 3), (1, 2, 0, 3)]),
        (1, 5, tiles.TILE_BYTES // 2, 1, [(0, 1, 0, 2), (0, 1, 2, 4), (0, 1, 4, 5)]),
        (1, 7, tiles.TILE_BYTES // 5, 2, [(0, 1, 0, 4), (0, 1, 4, 7)]),
        (1, 3, tiles.TILE_BYTES * 9, 2, [(0, 1, 0, 2), (0, 1, 2, 3)]),
    ],
)
def test_tiles_cover_the_batch_once(n, rows, row, step, want):
    found = [
        (tile.samples.start, tile.samples.stop, tile.first, tile.last)
        for tile in tiles.tiles(n, rows, row, step)
    ]
    assert found == want


@pytest.mark.parametrize(
    ("n", "rows", "step", "least", "want"),
    [
        (8, 5, 1, 2, [(0, 4, 0, 5), (4, 8, 0, 5)]),
        (3, 5, 1, 2, [(0, 2, 0, 5), (2, 3, 0, 5)]),
        (1, 5, 1, 2, [(0, 1, 0, 3), (0, 1, 3, 5)]),
        (1, 5, 2, 2, [(0, 1, 0, 4), (0, 1, 4, 5)]),
        (1, 1, 1, 2, [(0, 1, 0, 1)]),
        (2, 6, 1, 4, [(0, 1, 0, 3), (0, 1, 3, 6), (1, 2, 0, 3), (1, 2, 3, 6)]),
    ],
)
def test_so_many_tiles_are_cut_where_samples_or_rows_suffice(n, rows, step, least, want):
    found = [
        (tile.samples.start, tile.samples.stop, tile.first, tile.last)
        for tile in tiles.tiles(n, rows, 1, step, least)
    ]
    assert found == want


def test_batch_of_many_tiles_equals_the_sum_over_windows():
    """Witnesses: one einsum over all windows at once, and a loop over single samples."""
    x, weight, bias = draw(45, 2, 30, 31), draw(3, 2, 5, 4, seed=1), draw(3, seed=2)
    assert x.nbytes * 20 > 3 * tiles.TILE_BYTES, "this test is about batches of several tiles"

    y, grad_x, grad_weight, grad_bias = results_of(x, weight, bias)
    windows = sliding_window_view(x, (5, 4), axis=(2, 3))
    want = np.einsum("ncijuv,ocuv->noij", windows, weight) + bias[:, None, None]
    np.testing.assert_allclose(y, want, rtol=1e-11, atol=1e-11)
    grad_y = draw(*y.shape, seed=3)
    want = np.einsum("ncijuv,noij->ocuv", windows, grad_y)
    np.testing.assert_allclose(grad_weight, want, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(grad_bias, grad_y.sum(axis=(0, 2, 3)), rtol=1e-11)
    # grad_x is the correlation of grad_y, padded all round, with the kernel turned by 180 degrees
    padded = np.pad(grad_y, ((0, 0), (0, 0), (4, 4), (3, 3)))
    back = sliding_window_view(padded, (5, 4), axis=(2, 3))
    want = np.einsum("noijuv,ocuv->ncij", back, weight[:, :, ::-1, ::-1])
    np.testing.assert_allclose(grad_x, want, rtol=1e-11, atol=1e-11)


def test_same_bits_every_time():
    x, weight, bias = draw(45, 1, 28, 28), draw(4, 1, 3, 3, seed=1), draw(4, seed=2)
    first, second = results_of(x, weight, bias), results_of(x, weight, bias)
    for one, other in zip(first, second, strict=True):
        assert one.tobytes() == other.tobytes()


def test_what_lies_in_the_memory_from_before_does_not_matter():
    """A convolution of NaN leaves NaN in the workspace; padding must be written again."""
    weight, bias = draw(2, 1, 3, 3, seed=1), draw(2, seed=2)
    results_of(np.full((2, 1, 9, 9), np.nan), weight, bias)
    x, padding = draw(2, 1, 5, 4), ((2, 1), (0, 3))
    y, *_ = results_of(x, weight, bias, padding=padding, stride=(2, 2))
    want = reference.conv2d(x, weight, bias, padding=padding, stride=(2, 2))
    np.testing.assert_allclose(y, want, rtol=1e-12, atol=1e-12)


def test_results_do_not_live_in_the_workspace():
    """What was returned must not change when the memory is used again."""
    weight, bias = draw(2, 1, 1, 1, seed=1), draw(2, seed=2)
    results = results_of(draw(3, 1, 6, 6), weight, bias)
    copies = [array.copy() for array in results]
    results_of(draw(3, 1, 6, 6, seed=9), weight, bias, grad_y_seed=10)
    for array, copy in zip(results, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_scratch_is_used_again_by_the_same_thread_only():
    mine = tiles.scratch("test", (4, 3), "float64")
    again = tiles.scratch("test", (2, 2), "float32")
    assert np.shares_memory(mine, again)
    assert np.shares_memory(mine, tiles.scratch("test", (4, 3), "float64"))
    assert (again.shape, again.dtype) == ((2, 2), np.dtype("float32"))
    assert not np.shares_memory(mine, tiles.scratch("other", (4, 3), "float64"))
    found = []
    other = threading.Thread(target=lambda: found.append(tiles.scratch("test", (4, 3), "float64")))
    other.start()
    other.join()
    assert not np.shares_memory(mine, found[0])


def test_threads_do_not_disturb_each_other():
    jobs = [
        (draw(6, 2, 14 + k, 17 - k, seed=k), draw(3, 2, 3, 2, seed=k + 50), draw(3, seed=k + 90))
        for k in range(8)
    ]
    want = [results_of(*job) for job in jobs]
    start = threading.Barrier(4)

    def work(first):
        start.wait()
        order = [(first + k) % len(jobs) for k in range(len(jobs))] * 5
        return [(job, results_of(*jobs[job])) for job in order]

    with ThreadPoolExecutor(4) as pool:
        done = [pair for pairs in pool.map(work, range(4)) for pair in pairs]
    assert len(done) == 160
    for job, got in done:
        for ours, alone in zip(got, want[job], strict=True):
            assert ours.tobytes() == alone.tobytes()
