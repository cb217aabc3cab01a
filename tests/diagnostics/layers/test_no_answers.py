"""Layers that give no array, no gradient, or an error: it is said in words, and never raised."""

import sys

import numpy as np
import pytest

from minitorchcnn import check_layer
from tests.diagnostics.layers.bases import Linear, Max, Pool, Rectifier


def returning(answer):
    class Returning(Rectifier):
        def forward(self, x):
            super().forward(x)
            return answer(x)

    return Returning


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (lambda x: None, "y is None in all 8 cases."),
        (lambda x: np.maximum(x, 0).tolist(), "y is a list instead of a NumPy array in all"),
        (lambda x: [[1, 2], [3]], "y is a list instead of a NumPy array in all"),
        (lambda x: 3.0, "y is a float instead of a NumPy array in all"),
        (lambda x: np.float64(3), "y is a single number instead of an array in all"),
        (lambda x: x.astype(str), "y holds <U32, not numbers in all"),
        (lambda x: NotImplemented, "y is a NotImplementedType instead of"),
    ],
)
def test_answers_that_are_no_arrays(answer, title):
    report = check_layer(returning(answer), "ReLU")
    assert report.findings[0].title.startswith(title)
    assert report.findings[0].kind == "absent"
    assert "none" in str(report)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda x: np.maximum(x, 0).ravel(), "shape only"),
        (lambda x: np.maximum(x, 0)[..., :0], "empty"),
        (lambda x: np.zeros((7, 7)), "shape"),
        (lambda x: np.full(x.shape, np.nan), "NaN"),
        (lambda x: np.maximum(x, 0) * 3, "factor"),
        (lambda x: np.roll(np.maximum(x, 0).ravel(), 1).reshape(x.shape), "order"),
        (lambda x: np.cos(x), "unexplained"),
    ],
)
def test_numbers_that_no_known_mistake_gives(answer, kind):
    finding = check_layer(returning(answer), "ReLU").findings[0]
    assert finding.kind == kind, finding


def test_no_gradients_of_the_weights():
    class Forgets(Linear):
        def backward(self, grad_y):
            return grad_y @ self.weight

    report = check_layer(Forgets, "Dense")
    assert [finding.title.split(" in ")[0] for finding in report.findings] == [
        "grad_weight is missing",
        "grad_bias is missing",
    ]
    assert report.findings[0].hint == "backward must keep it in the layer: self.grad_weight = ..."


def test_no_gradient_of_x():
    class EndsTheChain(Linear):
        def backward(self, grad_y):
            super().backward(grad_y)

    (finding,) = check_layer(EndsTheChain, "Dense").findings
    assert finding.hint.endswith("is a `return grad_x` missing?")


class Crashes(Rectifier):
    def backward(self, grad_y):
        return grad_y[len(grad_y)]


def test_crash_is_reported_with_its_line():
    report = check_layer(Crashes, "ReLU")
    (finding,) = report.findings
    assert finding.kind == "crash"
    assert finding.title == "backward raises IndexError in all 8 cases."
    assert "test_no_answers.py, line" in finding.hint
    assert "return grad_y[len(grad_y)]" in finding.hint
    assert finding.inputs["x"].size == 1
    assert "crash" in str(report)


def test_a_layer_that_ends_the_program():
    (finding,) = check_layer(returning(lambda x: sys.exit("done")), "ReLU").findings
    assert finding.title == "forward raises SystemExit in all 8 cases."


def test_crash_in_the_constructor():
    class Breaks:
        def __init__(self):
            raise KeyError("weights")

    (finding,) = check_layer(Breaks, "ReLU").findings
    assert finding.title == "the constructor raises KeyError in all 8 cases."


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_method_that_is_not_there(method):
    methods = {name: getattr(Rectifier, name) for name in ("forward", "backward") if name != method}
    (finding,) = check_layer(type("Half", (), methods), "ReLU").findings
    assert f"The class needs a method {method}." in finding.hint


def test_backward_not_written():
    class Half(Linear):
        def backward(self, grad_y):
            raise NotImplementedError

    report = check_layer(Half, "Dense")
    assert [finding.kind for finding in report.findings] == ["not written"]
    assert str(report).endswith("so far nothing is wrong: backward is not written yet.")
    assert all(row.states["y"] == "right" for row in report.rows[:5])


def test_not_implemented_is_a_refusal_where_only_options_meet_it():
    class NoPadding(Max):
        def pad(self, x):
            if any(self.padding):
                raise NotImplementedError("padding")
            return x

    report = check_layer(NoPadding, "MaxPool")
    assert report.passed, str(report)
    assert "padding" in report.not_offered


def test_a_class_that_refuses_everything():
    class Refuses(Pool):
        def __init__(self, stride, padding, dilation, ceil_mode):
            raise ValueError("never")

    report = check_layer(Refuses, "MaxPool")
    assert not report.passed
