"""`check_layer` as its caller meets it: whatever a layer does is answered, not raised."""

import numpy as np
import pytest

import minitorchcnn
from minitorchcnn import ArgumentError, Layer, LayerReport, check_layer
from minitorchcnn.diagnostics.layers import KINDS
from tests.diagnostics.layers.bases import (
    Average,
    Conv,
    Linear,
    Max,
    Normalizer,
    Rectifier,
    Rows,
    pair,
)

RIGHT = {
    Conv: "Conv2D",
    Max: "MaxPool",
    Average: "AvgPool",
    Linear: "Dense",
    Rectifier: "ReLU",
    Rows: "Flatten",
    Normalizer: "BatchNorm",
}


@pytest.mark.parametrize(("layer", "like"), RIGHT.items())
def test_right_layer_passes(layer, like):
    report = check_layer(layer, like)
    assert report.passed, str(report)
    assert report.right == report.cases > 5
    assert f"passed: {layer.__name__} does what {like} does" in str(report)


@pytest.mark.parametrize("like", KINDS)
def test_our_own_layers_pass_in_every_case(like):
    report = check_layer(getattr(minitorchcnn, like), like)
    assert report.passed, str(report)
    assert report.not_offered == ()


def test_like_may_be_the_class():
    assert check_layer(Rectifier, minitorchcnn.ReLU).like == "ReLU"


def test_subclass_of_layer():
    class Swapped(minitorchcnn.ReLU):
        def gradients(self, grad_y, saved, *, need_grad_x):
            return -super().gradients(grad_y, saved, need_grad_x=need_grad_x)[0], []

    assert issubclass(Swapped, Layer)
    (finding,) = check_layer(Swapped, "ReLU").findings
    assert (finding.kind, finding.arrays) == ("sign", ("grad_x",))


def test_a_finding_has_the_arrays_of_the_smallest_case():
    class Assigns(Conv):
        def give(self, window, share):
            window[...] = share

    (finding,) = check_layer(Assigns, "Conv2D").findings
    assert finding.call == "Assigns(weight, bias)"
    assert finding.inputs["x"].size == 3  # two windows of two pixels that share one
    assert finding.inputs["weight"].shape == (1, 1, 1, 2)
    layer = Assigns(finding.inputs["weight"], finding.inputs["bias"])
    layer.forward(finding.inputs["x"])
    np.testing.assert_array_equal(layer.backward(finding.inputs["grad_y"]), finding.got)
    assert (finding.expected != finding.got).sum() == 1
    assert finding.title.endswith("always where windows overlap, and only there.")
    assert "+= instead of =" in finding.hint


def test_what_is_done_with_a_report_does_not_change_the_next():
    class Doubles(Conv):
        def biased(self, y):
            return 2 * super().biased(y)

    first = check_layer(Doubles, "Conv2D")
    shown = str(first)
    for array in (*first.findings[0].inputs.values(), first.findings[0].expected):
        array[...] = 0
    assert str(check_layer(Doubles, "Conv2D")) == shown


def test_windows_without_a_pixel_are_no_matter():
    """Two mistakes in sliding at once may leave a known mistake's mean without a pixel."""

    class Waves(Average):
        def answer(self, pixels):
            return np.sin(pixels).sum()

        def give(self, grads, pixels, grad):
            grads += grad * np.cos(pixels)

    assert [finding.kind for finding in check_layer(Waves, "AvgPool").findings] == [
        "unexplained",
        "unexplained",
    ]


def test_report_fits_a_terminal():
    class Wrong(Conv):
        def crop(self, padded, shape):
            return padded * 1.5

    report = check_layer(Wrong, "Conv2D")
    assert isinstance(report, LayerReport)
    assert max(map(len, str(report).splitlines())) <= 92


def test_unknown_kind():
    with pytest.raises(ArgumentError, match=r"like must be one of Conv2D, .* got Conv3D\."):
        check_layer(Conv, "Conv3D")
    with pytest.raises(ArgumentError, match="got 3"):
        check_layer(Conv, 3)


def test_an_object_instead_of_a_class():
    with pytest.raises(ArgumentError, match=r"the class itself, .* got Rectifier\."):
        check_layer(Rectifier(), "ReLU")
    with pytest.raises(ArgumentError, match=r"got the function pair\."):
        check_layer(pair, "ReLU")


def test_a_class_instead_of_a_loss():
    with pytest.raises(ArgumentError, match=r"a loss is a function .* got the class Rectifier\."):
        check_layer(Rectifier, "softmax_cross_entropy")


def test_nothing_is_left_in_the_layer_or_printed(capsys):
    class Loud(Rectifier):
        made = 0

        def forward(self, x):
            np.log(np.zeros(1))  # a warning, which must not reach the reader
            return super().forward(x)

    assert check_layer(Loud, "ReLU").passed
    assert capsys.readouterr() == ("", "")
