"""Window arithmetic against counting: every place a window can lie, one by one."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from minitorchcnn import ArgumentError, ShapeError
from minitorchcnn.geometry import normalize_padding, pair, reach, window_geometry
from tests.reference import pooling as reference

SIZES = st.integers(1, 12)
KERNELS = st.integers(1, 5)
STEPS = st.integers(1, 4)
BORDERS = st.integers(0, 4)


def pairs(of):
    return st.tuples(of, of)


@st.composite
def geometries(draw):
    """Draw the arguments of a window that fits into its image."""
    options = {
        "input_size": draw(pairs(SIZES)),
        "kernel_size": draw(pairs(KERNELS)),
        "stride": draw(pairs(STEPS)),
        "padding": draw(pairs(pairs(BORDERS))),
        "dilation": draw(pairs(st.integers(1, 3))),
        "ceil_mode": draw(st.booleans()),
    }
    assume(all(fits(options, axis) for axis in (0, 1)))
    return options


def fits(options, axis):
    last = (options["kernel_size"][axis] - 1) * options["dilation"][axis]
    return last < options["input_size"][axis] + sum(options["padding"][axis])


def positions(options, axis, count):
    """List, for each output along an axis, the pixels its window elements lie on."""
    size, step = options["kernel_size"][axis], options["stride"][axis]
    before, gap = options["padding"][axis][0], options["dilation"][axis]
    return [[i * step + u * gap - before for u in range(size)] for i in range(count)]


@given(geometries())
def test_output_size_is_the_number_of_windows(options):
    geometry = window_geometry(**options)
    names = ("input_size", "kernel_size", "stride", "padding", "dilation")
    for axis in (0, 1):
        along = [options[name][axis] for name in names]
        assert geometry.output_size[axis] == reference.output_size(*along, options["ceil_mode"])
    assert geometry.padding == options["padding"]


@given(geometries())
def test_ceil_mode_adds_a_window_only_where_pixels_are_left_over(options):
    """It never starts in the padding behind the image, and the window before it ends too early."""
    ceil = window_geometry(**{**options, "ceil_mode": True}).output_size
    floor = window_geometry(**{**options, "ceil_mode": False}).output_size
    for axis in (0, 1):
        windows = positions(options, axis, ceil[axis])
        size, (_, behind) = options["input_size"][axis], options["padding"][axis]
        assert windows[-1][0] < size
        if ceil[axis] > floor[axis]:
            assert ceil[axis] == floor[axis] + 1
            assert windows[-2][-1] < size + behind - 1
        elif behind < reach(options["kernel_size"][axis], options["dilation"][axis]):
            assert ceil[axis] == floor[axis], "only windows of padding may be dropped"


@given(
    pairs(SIZES),
    pairs(KERNELS),
    pairs(STEPS),
    pairs(st.integers(1, 3)),
)
def test_same_gives_one_output_for_each_step_with_the_least_padding(size, kernel, stride, dilation):
    options = {"stride": stride, "dilation": dilation}
    geometry = window_geometry(size, kernel, padding="same", **options)
    for axis in (0, 1):
        wanted = math.ceil(size[axis] / stride[axis])
        assert geometry.output_size[axis] == wanted
        before, after = geometry.padding[axis]
        assert after - before in (0, 1), "an odd pixel goes to the bottom and right"
        if before + after:
            span = (kernel[axis] - 1) * dilation[axis] + (wanted - 1) * stride[axis]
            assert span == size[axis] + before + after - 1, "more padding than the windows need"


@given(geometries())
def test_taps_are_exactly_the_pixels_under_each_element(options):
    geometry = window_geometry(**options)
    (h_in, w_in), (h_out, w_out) = geometry.input_size, geometry.output_size
    rows, columns = (positions(options, axis, geometry.output_size[axis]) for axis in (0, 1))
    elements = list(product(*map(range, options["kernel_size"])))
    assert [(tap.row, tap.column) for tap in geometry.taps] == elements, "row-major order"
    for tap in geometry.taps:
        row_in, column_in = (range(n)[s] for n, s in zip((h_in, w_in), tap.inputs, strict=True))
        row_out, column_out = (
            range(n)[s] for n, s in zip((h_out, w_out), tap.outputs, strict=True)
        )
        found = set(
            product(zip(row_out, row_in, strict=True), zip(column_out, column_in, strict=True))
        )
        want = {
            ((i, rows[i][tap.row]), (j, columns[j][tap.column]))
            for i, j in product(range(h_out), range(w_out))
            if 0 <= rows[i][tap.row] < h_in and 0 <= columns[j][tap.column] < w_in
        }
        assert found == want


@given(geometries(), st.booleans())
def test_elements_inside_are_counted(options, count_padding):
    options["dilation"] = (1, 1)
    assume(all(fits(options, axis) for axis in (0, 1)))
    geometry = window_geometry(**options)
    for axis, counts in enumerate(geometry.elements_inside(count_padding=count_padding)):
        before, after = options["padding"][axis] if count_padding else (0, 0)
        allowed = range(-before, options["input_size"][axis] + after)
        windows = positions(options, axis, geometry.output_size[axis])
        assert counts == [sum(place in allowed for place in window) for window in windows]


@pytest.mark.parametrize(
    ("options", "output_size", "padding"),
    [
        ({"kernel_size": (5, 5)}, (24, 24), ((0, 0), (0, 0))),
        ({"kernel_size": (3, 3), "padding": "same"}, (28, 28), ((1, 1), (1, 1))),
        ({"kernel_size": (2, 4), "padding": "same"}, (28, 28), ((0, 1), (1, 2))),
        ({"kernel_size": (3, 2), "padding": "same", "stride": (2, 3)}, (14, 10), ((0, 1), (0, 1))),
        ({"kernel_size": (3, 3), "stride": (2, 2), "ceil_mode": True}, (14, 14), ((0, 0), (0, 0))),
        ({"kernel_size": (3, 3), "dilation": (2, 4)}, (24, 20), ((0, 0), (0, 0))),
    ],
)
def test_known_sizes_of_a_28_pixel_image(options, output_size, padding):
    geometry = window_geometry((28, 28), **options)
    assert (geometry.output_size, geometry.padding) == (output_size, padding)


def test_reach_of_a_dilated_kernel():
    assert [reach(1, 5), reach(3, 1), reach(3, 2), reach(4, 3)] == [1, 3, 5, 10]


@given(geometries())
def test_window_larger_than_its_image_is_refused(options):
    side, name = ("height", "width")[options["stride"][0] % 2], "Conv2D(3, 9)"
    axis = ("height", "width").index(side)
    kernel = list(options["kernel_size"])
    room = options["input_size"][axis] + sum(options["padding"][axis])
    kernel[axis] = (room - 1) // options["dilation"][axis] + 2
    with pytest.raises(ShapeError, match=rf"larger than its input along the {side}.* = {room}\. "):
        window_geometry(**{**options, "kernel_size": tuple(kernel)}, owner=name)


def test_message_has_the_formula_with_its_numbers():
    message = (
        r"^Conv2D: the window .* along the width: it spans \(3 - 1\) \* 4 \+ 1 = 9 pixels, "
        r"the input has 5 \+ 2 \+ 1 of padding = 8\. Use a smaller kernel"
    )
    with pytest.raises(ShapeError, match=message):
        window_geometry((9, 5), (3, 3), padding=((0, 0), (2, 1)), dilation=(4, 4), owner="Conv2D")


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (0, ((0, 0), (0, 0))),
        (2, ((2, 2), (2, 2))),
        ((1, 3), ((1, 1), (3, 3))),
        ([1, 3], ((1, 1), (3, 3))),
        (((0, 1), (2, 3)), ((0, 1), (2, 3))),
        ([(0, 1), [2, 3]], ((0, 1), (2, 3))),
        ((1, (2, 3)), ((1, 1), (2, 3))),
        ("valid", "valid"),
        ("same", "same"),
    ],
)
def test_forms_of_padding(value, want):
    assert normalize_padding(value, "Conv2D") == want


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, r"Conv2D: padding must be >= 0, got -1"),
        ((0, -2), r"must be >= 0, got -2"),
        (((0, 1), (2, -3)), r"must be >= 0, got -3"),
        (1.0, r"must be an integer >= 0, got 1.0 \(float\)"),
        (True, r"must be an integer >= 0, got True"),
        ((1, 2, 3), r"must be an int or \(height, width\), got 3 values"),
        (((1, 2), (3, 4), (5, 6)), r"must be \(\(top, bottom\), \(left, right\)\)"),
        ("full", r"must be pixels, \"valid\" or \"same\", got 'full'"),
        (None, r"must be an integer >= 0, got None"),
    ],
)
def test_padding_that_is_refused(value, message):
    with pytest.raises(ArgumentError, match=message):
        normalize_padding(value, "Conv2D")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "Conv2D: stride must be >= 1, got 0"),
        ((2, 0), "must be >= 1, got 0"),
        (2.5, r"must be an integer >= 1, got 2.5 \(float\)"),
        ("2", r"got '2' \(str\)"),
        ((), "got 0 values"),
    ],
)
def test_pair_that_is_refused(value, message):
    with pytest.raises(ArgumentError, match=message):
        pair(value, "Conv2D: stride", minimum=1)


def test_pair_takes_numpys_integers():
    assert pair(np.int64(3), "stride", minimum=1) == (3, 3)
    assert pair((np.int8(2), 5), "stride", minimum=1) == (2, 5)
