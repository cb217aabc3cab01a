"""Batches of small images are laid out as wide ones, where it pays and only there."""

import numpy as np
import pytest

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine.batch_last import from_wide, samples_together, to_wide, widen
from minitorchcnn.ops.engine.convolution import convolve


def test_neighbours_are_the_same_pixel_of_all_samples():
    batch = np.arange(2 * 2 * 1 * 3).reshape(2, 2, 1, 3)
    wide = to_wide(batch, 2)
    assert wide.tolist() == [[[[0, 6, 1, 7, 2, 8]], [[3, 9, 4, 10, 5, 11]]]]
    assert from_wide(wide, 2).tolist() == batch.tolist()


def test_two_wide_images_hold_one_half_of_the_batch_each():
    batch = np.arange(4 * 3 * 2 * 5).reshape(4, 3, 2, 5)
    wide = to_wide(batch, 2)
    assert wide.shape == (2, 3, 2, 10)
    assert wide[1].tobytes() == to_wide(batch[2:], 2)[0].tobytes()
    assert from_wide(wide, 2).tolist() == batch.tolist()
    assert wide.flags.c_contiguous


def test_the_window_steps_over_as_many_pixels_as_samples():
    geometry = window_geometry((7, 9), (3, 2), padding=((1, 0), (0, 2)), dilation=(1, 2))
    assert geometry.output_size == (6, 9)
    wide = widen(geometry, 5)
    assert (wide.input_size, wide.output_size) == ((7, 45), (6, 45))
    assert (wide.padding, wide.dilation) == (((1, 0), (0, 10)), (1, 10))
    assert (wide.kernel_size, wide.stride) == ((3, 2), (1, 1))
    # as many outputs as a window of that reach finds places in the wide image
    assert 45 + 10 - ((2 - 1) * 10 + 1) + 1 == 45


@pytest.mark.parametrize(
    ("n", "together"),
    {
        1: 1,
        15: 1,
        16: 16,
        17: 17,
        32: 32,
        33: 33,
        34: 17,
        37: 37,
        64: 32,
        90: 30,
        592: 16,
        1021: 1021,
    }.items(),
)
def test_so_many_samples_make_one_image(n, together):
    assert samples_together(n, 1, window_geometry((8, 8), (3, 3)), None) == together


@pytest.mark.parametrize(
    ("options", "channels", "pool", "pays"),
    [
        ({}, 1, None, True),
        ({}, 22, None, True),  # 22 * 9 = 198 numbers in a window
        ({}, 23, None, False),
        ({"input_size": (40, 16)}, 1, None, True),
        ({"input_size": (16, 17)}, 1, None, False),  # 15 outputs
        ({"input_size": (30, 31)}, 1, (2, 2), True),  # 29, pooled to 14
        ({"input_size": (30, 32)}, 1, (2, 2), False),
        ({"stride": (1, 2)}, 1, None, False),
        ({"padding": ((2, 2), (2, 2))}, 1, None, True),
        ({"padding": ((0, 3), (0, 0))}, 1, None, False),  # some windows see padding only
    ],
)
def test_it_pays_where_rows_are_short_and_windows_small(options, channels, pool, pays):
    geometry = window_geometry(**{"input_size": (8, 8), "kernel_size": (3, 3), **options})
    window = pool and window_geometry(geometry.output_size, pool, stride=pool)
    assert (samples_together(16, channels, geometry, window) > 1) is pays


@pytest.mark.parametrize(("channels", "filters", "together"), [(22, 30, 16), (23, 1, 1)])
def test_convolution_goes_by_the_channels_of_its_windows(channels, filters, together):
    x, weight = np.ones((16, channels, 4, 4)), np.ones((filters, channels, 3, 3))
    saved = convolve(x, weight, None, geometry=window_geometry((4, 4), (3, 3)))[1]
    assert saved.samples == together
