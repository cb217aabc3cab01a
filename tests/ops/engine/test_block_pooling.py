"""Windows side by side are pooled by a short cut: it must be taken for no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorchcnn import ShapeError
from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine.block_pooling import side_by_side

SIZES = st.integers(1, 12)
SMALL = st.sampled_from([1, 1, 2, 3])
BORDERS = st.sampled_from([0, 0, 0, 1, 2])


def pairs(of):
    return st.tuples(of, of)


def blocks(size, kernel, count):
    """List the pixels of each window if windows of this size are laid edge to edge."""
    return [list(range(i * kernel, (i + 1) * kernel)) for i in range(count) if i * kernel < size]


@given(pairs(SIZES), pairs(SMALL), pairs(SMALL), pairs(pairs(BORDERS)), pairs(SMALL), st.booleans())
def test_short_cut_is_for_windows_edge_to_edge(size, kernel, stride, padding, dilation, ceil_mode):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    try:
        pool = window_geometry(size, kernel, **options)
    except ShapeError:
        return  # larger than its image
    if not side_by_side(pool):
        return
    for axis in (0, 1):
        steps = [range(kernel[axis]), range(pool.output_size[axis])]
        start, gap = -padding[axis][0], dilation[axis]
        windows = [[start + i * stride[axis] + k * gap for k in steps[0]] for i in steps[1]]
        assert windows == blocks(size[axis], kernel[axis], pool.output_size[axis])
        assert windows[-1][-1] < size[axis], "a window hangs over the edge"


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2), (1, 4)])
@pytest.mark.parametrize("size", [(6, 8), (7, 9)])
def test_short_cut_is_taken_in_the_usual_case(size, kernel):
    assert side_by_side(window_geometry(size, kernel, stride=kernel))


@pytest.mark.parametrize(
    ("size", "options"),
    [
        (6, {"stride": (3, 2)}),
        (6, {"stride": (2, 1)}),
        (6, {"stride": (2, 2), "padding": ((1, 0), (0, 0))}),
        (6, {"stride": (2, 2), "padding": ((0, 0), (0, 1))}),
        (6, {"stride": (2, 2), "dilation": (2, 1)}),
        (7, {"stride": (2, 2), "ceil_mode": True}),
    ],
)
def test_short_cut_is_not_taken_for_others(size, options):
    """With one pixel of padding as many windows fit into 6 pixels as without, but elsewhere."""
    assert not side_by_side(window_geometry((size, size), (2, 2), **options))


@pytest.mark.parametrize(
    ("kernel", "fits"), [((2, 127), True), ((15, 17), False), ((16, 16), False)]
)
def test_winners_have_a_byte_and_one_value_of_it_means_closed(kernel, fits):
    """The numbers 0 .. 253 of 254 elements fit beside 255; more are left to the ordinary way."""
    assert side_by_side(window_geometry(kernel, kernel, stride=kernel)) is fits
