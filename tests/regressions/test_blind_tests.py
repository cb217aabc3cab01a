"""Defects 14 and 15: tests that cannot fail."""

from pathlib import Path

import numpy as np
import pytest

from minitorchcnn import Flatten, check_gradients
from tests.floors import imports
from tests.layers.cases import CASES
from tests.layers.witness import assert_same, expected, run
from tests.reference import conv as reference


class Permutes(Flatten):
    """A backward that puts every number somewhere else, in the right shape."""

    def gradients(self, grad_y, saved, *, need_grad_x):
        n, c, h, w = saved
        return grad_y.reshape(n, h, w, c).transpose(0, 3, 1, 2), []


def our_check(layer, x):
    return check_gradients(layer, x).passed


def check_with_ones(layer, x):
    """Defect 14: the sum of all outputs is the same however they are ordered."""
    y = layer.forward(x)
    grad_x = layer.backward(np.ones_like(y))
    for index in np.ndindex(*x.shape):
        above = x.copy()
        above[index] += 1e-6
        slope = (layer.forward(above).sum() - y.sum()) / 1e-6
        if abs(slope - grad_x[index]) > 1e-4:
            return False
    return True


def check_of_shapes(layer, x):
    """Defect 14 again: a gradient of the right shape is taken for a right gradient."""
    return layer.backward(np.ones_like(layer.forward(x))).shape == x.shape


def assert_finds_permutations(check):
    case, found = CASES["Flatten"], {}
    for kind in (Flatten, Permutes):
        layer = kind()
        layer.build(case.x[1:], dtype="float64")
        found[kind] = check(layer, case.array())
    assert found == {Flatten: True, Permutes: False}


def test_14_gradient_check_finds_permutations():
    assert_finds_permutations(our_check)


def test_14_battery_finds_permutations():
    case, layer = CASES["Flatten"], Permutes()
    layer.build(case.x[1:], dtype="float64")
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_same(run(layer, case.array(), case.cotangent()), expected("Flatten"))


@pytest.mark.parametrize("check", [check_with_ones, check_of_shapes])
def test_14_planted(check):
    with pytest.raises(AssertionError):
        assert_finds_permutations(check)


def assert_notices_a_broken_op(expectation, monkeypatch):
    """Break the operation: a test that still passes has asked the operation what is right."""
    from minitorchcnn.layers import conv as module

    right = module.convolve

    def turned(x, weight, bias, **options):
        return right(x, weight[:, :, ::-1, ::-1].copy(), bias, **options)

    monkeypatch.setattr(module, "convolve", turned)
    case = CASES["Conv2D: padding"]
    y = case.layer().forward(case.array())
    assert not np.allclose(y, expectation(case)), "the broken operation passes"


def by_the_witness(case):
    expected.cache_clear()
    return expected("Conv2D: padding").y


def by_the_op_itself(case):
    """Defect 15: the expectation comes from the operation under test."""
    return case.layer().forward(case.array())


def test_15_expectations_are_independent(monkeypatch):
    assert_notices_a_broken_op(by_the_witness, monkeypatch)


def test_15_planted(monkeypatch):
    with pytest.raises(AssertionError, match="the broken operation passes"):
        assert_notices_a_broken_op(by_the_op_itself, monkeypatch)


def assert_knows_nothing_of_us(source):
    known = [found.target for found in imports(source, set())]
    assert not [target for target in known if target.split(".")[0] == "minitorchcnn"]


def test_15_witnesses_do_not_import_what_they_judge():
    sources = sorted(Path(reference.__file__).parent.glob("*.py"))
    assert len(sources) > 5
    for path in sources:
        assert_knows_nothing_of_us(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line", ["import minitorchcnn as m", "def f():\n    from minitorchcnn.ops.conv import conv2d"]
)
def test_15_planted_import(line):
    with pytest.raises(AssertionError):
        assert_knows_nothing_of_us(line)
