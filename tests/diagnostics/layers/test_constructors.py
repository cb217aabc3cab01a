"""How a learner's class is made: options it lacks are no fault, names may be PyTorch's."""

import numpy as np

from minitorchcnn import check_layer
from tests.diagnostics.layers.bases import Conv, Linear, Max, pair


class OnlyInts:
    """No pairs, no padding, no stride but the window's size."""

    def __init__(self, pool_size):
        self.size = int(pool_size)

    def forward(self, x):
        self.inner = Max(self.size)
        return self.inner.forward(x)

    def backward(self, grad_y):
        return self.inner.backward(grad_y)


def test_what_is_not_offered_is_no_fault():
    report = check_layer(OnlyInts, "MaxPool")
    assert report.passed
    assert {"padding", "windows that overlap", "windows that are not square"} <= set(
        report.not_offered
    )
    assert "not offered (no argument stride)" in str(report)
    assert "not offered (raises TypeError)" in str(report)
    assert "that is no fault" in " ".join(str(report).split())


def test_ints_only_where_it_comes_out_late():
    class Late(Max):
        """Keeps what it is given, and stumbles over a pair only in forward."""

        def __init__(self, pool_size):
            self.given = pool_size

        def forward(self, x):
            super().__init__(self.given + 0)
            return super().forward(x)

    report = check_layer(Late, "MaxPool")
    assert report.passed, str(report)
    assert "windows that are not square" in report.not_offered


def test_a_failure_for_windows_that_are_not_square_is_no_refusal():
    class Square(Max):
        def answer(self, pixels):
            return (pixels + np.zeros(pixels.T.shape)).max()

    (finding,) = check_layer(Square, "MaxPool").findings
    assert finding.kind == "crash"
    assert (
        "only where the window is not square" in finding.title or "and only there" in finding.title
    )


def test_sizes_are_given_as_pairs_where_ints_are_not_understood():
    class OnlyPairs(Max):
        def __init__(self, pool_size, stride):
            height, width = pool_size
            super().__init__((height, width), stride)

    report = check_layer(OnlyPairs, "MaxPool")
    assert report.passed, str(report)
    assert report.rows[0].states["y"] == "right"
    assert "stride left out" in report.not_offered


def test_weights_as_attributes():
    class Attributes(Conv):
        def __init__(self, filters, kernel_size, stride=1, bias=True):
            self.kernel, self.steps, self.padding = pair(kernel_size), stride, (0, 0)
            self.weight, self.bias = np.zeros((filters, 1, *self.kernel)), np.zeros(filters)
            if not bias:
                self.bias = None

        def forward(self, x):
            self.size, self.stride = self.weight.shape[2:], pair(self.steps)
            return super().forward(x)

    report = check_layer(Attributes, "Conv2D")
    assert report.passed, str(report)
    assert "no bias" not in report.not_offered


def test_no_bias_at_all():
    class WithoutBias(Linear):
        def __init__(self, weight):
            self.weight = weight

        def forward(self, x):
            self.x = x
            return x @ self.weight.T

    assert check_layer(WithoutBias, "Dense").passed


def test_gradients_may_be_returned():
    class Returns(Linear):
        def backward(self, grad_y):
            return grad_y @ self.weight, grad_y.T @ self.x, grad_y.sum(axis=0)

    assert check_layer(Returns, "Dense").passed


def test_names_of_pytorch():
    class Torchlike(Linear):
        def __init__(self, in_features, out_features, bias=True):
            self.weight = np.zeros((out_features, in_features))
            self.bias = np.zeros(out_features) if bias else None

    assert check_layer(Torchlike, "Dense").passed


def test_an_argument_that_nobody_knows():
    class Wants(Linear):
        def __init__(self, weight, bias, flavour):
            pass

    (finding,) = check_layer(Wants, "Dense").findings
    assert finding.title == "The constructor wants flavour, which the check does not know."
    assert "weight, bias, units, features" in finding.hint


def test_no_place_for_the_weight():
    class Hides:
        def __init__(self, units):
            self.w = np.zeros(units)

    (finding,) = check_layer(Hides, "Dense").findings
    assert finding.kind == "crash"
    assert "neither an argument nor an attribute" in finding.hint
