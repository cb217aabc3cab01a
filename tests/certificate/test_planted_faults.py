"""Planted faults are all caught, and nearly all named: the layer, the array and the kind."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

import minitorchcnn
from minitorchcnn import GradientReport, Sequential, check_gradients
from minitorchcnn.ops import loss as losses
from tests.certificate.fault import Fault
from tests.certificate.mutants import Edit, planted
from tests.certificate.planted import FAULTS

SHAPE = (2, 6, 5)


class Verdict(NamedTuple):
    """What the report on a planted fault says, and which fault that was."""

    fault: Fault
    report: GradientReport

    @property
    def caught(self) -> bool:
        return not self.report.passed

    @property
    def located(self) -> bool:
        """No other layer is accused."""
        return {fault.layer for fault in self.report.faults} == {self.fault.layer}

    @property
    def named(self) -> bool:
        kinds = [fault.kind for fault in self.report.faults if fault.array == self.fault.array]
        return self.located and bool(kinds) and kinds[0] in self.fault.kinds


def check(fault: Fault) -> GradientReport:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3, *SHAPE))
    if fault.look == "ink and paper":
        x = np.where(x > 0, 1.0, -1.0)
    model = Sequential(fault.chain(), SHAPE, seed=0, dtype="float64")
    if not fault.loss:
        return check_gradients(model, x, max_elements=20)
    labels = np.array([0, 2, 1])
    if fault.loss == "mean_squared_error":
        labels = rng.normal(size=(3, *model.output_shape))
    return check_gradients(
        model, x, labels, loss=lambda y, t: getattr(losses, fault.loss)(y, t), max_elements=20
    )


@cache
def verdict(name: str) -> Verdict:
    with planted(FAULTS[name].edit):
        return Verdict(FAULTS[name], check(FAULTS[name]))


def test_counts(capsys):
    verdicts = [verdict(name) for name in FAULTS]
    caught = sum(v.caught for v in verdicts)
    located = sum(v.located for v in verdicts)
    named = sum(v.named for v in verdicts)
    with capsys.disabled():
        total = len(FAULTS)
        print(f"\nplanted faults: {caught} of {total} caught, {located} located, {named} named")
    assert caught == len(FAULTS) == 68
    assert located >= 68
    assert named >= 60


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_and_named(name):
    found = verdict(name)
    assert found.caught, found.report
    assert found.located, found.report
    assert found.named or found.fault.kinds == ["?"], found.report


@pytest.mark.parametrize("name", FAULTS)
def test_without_the_fault_the_same_model_passes(name):
    report = check(FAULTS[name])
    assert report.passed, report


def test_an_edit_that_does_not_apply_is_refused():
    with (
        pytest.raises(ValueError, match="stands there 0 times"),
        planted(Edit("ops.dense:dense_backward", "no such text", "")),
    ):
        pass


def test_an_edit_is_undone():
    before = minitorchcnn.ops.dense.dense_backward
    with planted(Edit("ops.dense:dense_backward", "grad_y.T @ x", "x")):
        assert minitorchcnn.layers.dense.dense_backward is not before
    assert minitorchcnn.layers.dense.dense_backward is before
