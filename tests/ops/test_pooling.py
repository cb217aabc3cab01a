"""Pooling where it is easy to go wrong: ties, borders, and images that are negative everywhere."""

import numpy as np
import pytest

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops import pooling as ops

NO_PADDING = ((0, 0), (0, 0))


def pool_max(x, grad_y=None, **options):
    geometry = window_geometry(x.shape[2:], options.pop("window"), **options)
    y, saved = ops.max_pool(x, geometry=geometry)
    return y, ops.max_pool_backward(np.ones_like(y) if grad_y is None else grad_y, saved)


def pool_avg(x, window, *, count_include_pad=True, **options):
    geometry = window_geometry(x.shape[2:], window, **options)
    y, saved = ops.avg_pool(x, geometry=geometry, count_include_pad=count_include_pad)
    return y, ops.avg_pool_backward(np.ones_like(y), saved)


def image(rows):
    return np.array([[rows]], dtype=float)


def test_first_of_a_tie_in_row_major_order_takes_everything():
    _, grad_x = pool_max(image([[5, 5], [5, 5]]), window=(2, 2))
    assert grad_x[0, 0].tolist() == [[1, 0], [0, 0]]
    # the tie of row 0, column 1 with row 1, column 0 goes to the earlier row
    _, grad_x = pool_max(image([[0, 5], [5, 0]]), window=(2, 2))
    assert grad_x[0, 0].tolist() == [[0, 1], [0, 0]]


def test_overlapping_ties_add_up():
    """Four windows over nine equal pixels: each gives to its own top left corner."""
    grad_y = image([[1, 2], [3, 4]])
    _, grad_x = pool_max(image([[7] * 3] * 3), grad_y, window=(2, 2))
    assert grad_x[0, 0].tolist() == [[1, 2, 0], [3, 4, 0], [0, 0, 0]]


def test_one_winner_of_several_windows_collects_all_gradients():
    grad_y = image([[1, 2], [3, 4]])
    _, grad_x = pool_max(image([[0, 0, 0], [0, 9, 0], [0, 0, 0]]), grad_y, window=(2, 2))
    assert grad_x[0, 0].tolist() == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_padding_never_wins(dtype):
    x = image([[-3, -1], [-2, -4]]).astype(dtype)
    y, grad_x = pool_max(x, window=(2, 2), stride=(2, 2), padding=((1, 1), (1, 1)))
    assert y[0, 0].tolist() == [[-3, -1], [-2, -4]]
    assert grad_x[0, 0].tolist() == [[1, 1], [1, 1]]
    assert y.dtype == grad_x.dtype == dtype


def test_minus_infinity_may_win_a_window_of_its_own():
    y, grad_x = pool_max(np.full((1, 1, 2, 2), -np.inf), window=(2, 2))
    assert y[0, 0].tolist() == [[-np.inf]]
    assert grad_x[0, 0].tolist() == [[1, 0], [0, 0]]


def test_ragged_edge_is_dropped_unless_ceil_mode():
    x = image([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    y, grad_x = pool_max(x, window=(2, 2), stride=(2, 2))
    assert y[0, 0].tolist() == [[5]]
    assert grad_x[0, 0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    y, grad_x = pool_max(x, window=(2, 2), stride=(2, 2), ceil_mode=True)
    assert y[0, 0].tolist() == [[5, 6], [8, 9]]
    assert grad_x[0, 0].tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]


def test_what_an_average_divides_by():
    """A 3x3 image of ones under 2x2 windows, with one pixel of padding before it."""
    options = {"stride": (2, 2), "padding": ((1, 0), (1, 0))}
    y, grad_x = pool_avg(image([[1] * 3] * 3), (2, 2), **options)
    assert y[0, 0].tolist() == [[0.25, 0.5], [0.5, 1]]
    assert grad_x[0, 0].tolist() == [[0.25] * 3] * 3
    y, grad_x = pool_avg(image([[1] * 3] * 3), (2, 2), count_include_pad=False, **options)
    assert y[0, 0].tolist() == [[1, 1], [1, 1]]
    assert grad_x[0, 0].tolist() == [[1, 0.5, 0.5], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]


def test_what_hangs_over_in_ceil_mode_is_never_counted():
    """Padding counts; pixels beyond it do not exist."""
    x = image([[6.0, 6.0, 6.0]])
    y, _ = pool_avg(x, (1, 2), stride=(1, 2), ceil_mode=True)
    assert y[0, 0].tolist() == [[6, 6]]
    # columns -1 0 1 | 2 3 (4 is beyond the padding): 12 / 3 and 6 / 2
    options = {"stride": (1, 3), "padding": ((0, 0), (1, 1)), "ceil_mode": True}
    y, grad_x = pool_avg(x, (1, 3), **options)
    assert y[0, 0].tolist() == [[4, 3]]
    np.testing.assert_allclose(grad_x[0, 0], [[1 / 3, 1 / 3, 1 / 2]], rtol=1e-15)


def test_global_average_of_known_numbers():
    x = np.arange(12.0).reshape(1, 2, 2, 3)
    y, saved = ops.global_avg_pool(x)
    assert y.tolist() == [[2.5, 8.5]]
    grad_x = ops.global_avg_pool_backward(np.array([[6.0, 12.0]]), saved)
    assert grad_x.tolist() == [[[[1] * 3] * 2, [[2] * 3] * 2]]
    grad_x += 1  # must be an array of its own, not a view of one number
    assert grad_x[0, 0].tolist() == [[2] * 3] * 2
