"""What is taken for right must be right, and what is taken for a mistake must be one.

The check's own naive loops are held to the package's layers on the whole matrix; those are held
to tests/reference and to PyTorch elsewhere.
"""

import numpy as np
import pytest

from minitorchcnn.diagnostics.layers import KINDS
from minitorchcnn.diagnostics.layers.case import make_data
from minitorchcnn.diagnostics.layers.case_table import CASE_TABLE
from minitorchcnn.diagnostics.layers.diagnose import MET
from minitorchcnn.diagnostics.layers.known_mistakes import reference as loops
from minitorchcnn.diagnostics.layers.known_mistakes.base import correct_rule
from minitorchcnn.diagnostics.layers.known_mistakes.catalogue import known
from minitorchcnn.diagnostics.layers.known_mistakes.conv import convolution
from minitorchcnn.diagnostics.layers.runner import quiet
from minitorchcnn.diagnostics.layers.verdicts import close
from tests.reference import conv as reference

POOLS = {
    "MaxPool": (loops.largest, loops.first_winner),
    "AvgPool": (loops.mean, loops.equal_shares),
}
DATA = {like: [make_data(like, case) for case in cases] for like, cases in CASE_TABLE.items()}


def number(data):
    return f"{data.case.row} {data.case.x_shape}"


@pytest.mark.parametrize("data", DATA["Conv2D"], ids=number)
def test_naive_convolution_is_ours(data):
    assert_same(convolution(data, correct_rule(data.case)), data.expected)


@pytest.mark.parametrize("data", DATA["Conv2D"], ids=number)
def test_right_convolution_is_that_of_the_definition(data):
    inputs, slides = data.inputs, correct_rule(data.case)
    options = {"stride": slides.stride, "padding": slides.padding, "dilation": slides.dilation}
    options["groups"] = data.case.groups
    y = reference.conv2d(inputs["x"], inputs["weight"], inputs.get("bias"), **options)
    grads = reference.conv2d_gradients(inputs["x"], inputs["weight"], inputs["grad_y"], **options)
    names = ("y", "grad_x", "grad_weight", "grad_bias")
    wanted = dict(zip(names, (y, *grads), strict=True))
    assert_same(data.expected, {name: wanted[name] for name in data.expected})


@pytest.mark.parametrize("like", POOLS)
def test_naive_pooling_is_ours(like):
    for data in DATA[like]:
        y, grad_x = loops.pool(data.x, data.grad_y, correct_rule(data.case), *POOLS[like])
        assert_same({"y": y, "grad_x": grad_x}, data.expected)


def assert_same(got, right):
    assert set(got) == set(right)
    for name, array in right.items():
        np.testing.assert_allclose(got[name], array, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("like", KINDS)
def test_every_known_mistake_shows_somewhere(like):
    """A mistake that gives the right numbers in every case would never be found."""
    with quiet():
        silent = [
            mistake for mistake in known(like) if not any(map(mistake_shows(mistake), DATA[like]))
        ]
    assert {mistake.key for mistake in silent} <= UNSEEN.get(like, set())


def mistake_shows(mistake):
    def shows(data):
        given = {name: mistake.given(data, name) for name in data.expected}
        return any(g is not None and not close(g, data.expected[n], MET) for n, g in given.items())

    return shows


# Mistakes of all layers that these have no numbers or arrays for.
UNSEEN = {
    "AvgPool": {"dilation swapped", "dilation missing"},
    "softmax_cross_entropy": {
        *("grad_y unused", "first sample only", "first sample for all"),
        *("piles up", "batch average"),
    },
}


def test_every_case_is_small_enough_to_read():
    assert max(data.x.size for data in DATA.values() for data in data) <= 224


def test_the_matrix_has_what_the_list_of_defects_asks_for():
    conv = CASE_TABLE["Conv2D"]
    assert {case.x_shape[0] for case in conv} >= {1, 2, 3}
    assert {case.x_shape[1] for case in conv} >= {1, 2, 3}
    assert any(case.kernel[0] != case.kernel[1] for case in conv)
    assert any(case.stride[0] != case.stride[1] for case in conv)
    assert any(case.padding == "same" and case.stride == (2, 2) for case in conv)
    assert len(conv) >= 40
    assert any(case.numbers == "equal" for case in CASE_TABLE["MaxPool"])
