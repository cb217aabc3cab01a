"""Defects 1, 5, 10, 11 and 12: convolutions that are wrong only off the beaten track."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from minitorchcnn import Conv2D, Sequential, check_gradients
from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops.engine.convolution import convolve, convolve_backward
from tests.reference import conv as reference

NONE = ((0, 0), (0, 0))


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


class Ours:
    """The convolution under test."""

    def __init__(self, weight, stride=(1, 1), padding=NONE):
        self.weight, self.stride, self.padding = weight, stride, padding

    def forward(self, x):
        options = {"stride": self.stride, "padding": self.padding}
        geometry = window_geometry(x.shape[2:], self.weight.shape[2:], **options)
        y, self.saved = convolve(x, self.weight, None, geometry=geometry)
        return y

    def backward(self, grad_y):
        return convolve_backward(grad_y, self.saved)[:2]


class Textbook:
    """A convolution as in many courses, without a defect; the copies below plant one each."""

    def __init__(self, weight, stride=(1, 1), padding=NONE):
        self.weight, self.stride, self.padding = weight, stride, padding

    def forward(self, x):
        self.image = x.shape[2:]
        self.padded = np.pad(x, ((0, 0), (0, 0), *self.padding))
        size = zip(self.padded.shape[2:], self.weight.shape[2:], self.stride, strict=True)
        self.output_size = tuple((n - k) // step + 1 for n, k, step in size)
        self.windows = self.slide(self.padded)
        return np.einsum("ncijuv,ocuv->noij", self.windows, self.weight)

    def slide(self, padded):
        n, c, row, column = padded.strides
        outputs, inside = (row * self.stride[0], column * self.stride[1]), (row, column)
        shape = (*padded.shape[:2], *self.output_size, *self.weight.shape[2:])
        return as_strided(padded, shape, (n, c, *outputs, *inside), writeable=False)

    def backward(self, grad_y):
        grad_padded = np.zeros_like(self.padded)
        for i, j in np.ndindex(*grad_y.shape[2:]):
            window = self.under(grad_padded, i, j)
            self.give(window, np.tensordot(grad_y[:, :, i, j], self.weight, axes=1))
        grad_weight = np.einsum("ncijuv,noij->ocuv", self.windows, grad_y)
        return self.crop(grad_padded), grad_weight

    def under(self, padded, i, j):
        top, left = i * self.stride[0], j * self.stride[1]
        return padded[:, :, top : top + self.weight.shape[2], left : left + self.weight.shape[3]]

    def give(self, window, share):
        window += share

    def crop(self, padded):
        (top, _), (left, _) = self.padding
        return padded[:, :, top : top + self.image[0], left : left + self.image[1]]


def assert_forward_right(kind, stride):
    x, weight = draw(2, 2, 8, 7), draw(3, 2, 3, 2, seed=1)
    want = reference.conv2d(x, weight, stride=stride)
    np.testing.assert_allclose(kind(weight, stride).forward(x), want, rtol=1e-12, atol=1e-12)


def assert_backward_right(kind, stride=(1, 1), padding=NONE):
    x, weight = draw(2, 2, 7, 6), draw(3, 2, 3, 2, seed=1)
    layer = kind(weight, stride, padding)
    grad_y = draw(*layer.forward(x).shape, seed=2)
    got = layer.backward(grad_y)
    want = reference.conv2d_gradients(x, weight, grad_y, stride=stride, padding=padding)
    for ours, theirs in zip(got, want[:2], strict=True):
        assert ours is not None, "no gradient"
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


class StridesSwapped(Textbook):
    """Defect 1: the window's steps and the steps between windows change places."""

    def slide(self, padded):
        n, c, row, column = padded.strides
        outputs, inside = (row * self.stride[0], column * self.stride[1]), (row, column)
        shape = (*padded.shape[:2], *self.output_size, *self.weight.shape[2:])
        return as_strided(padded, shape, (n, c, *inside, *outputs), writeable=False)


@pytest.mark.parametrize("kind", [Ours, Textbook])
def test_01_stride_is_the_step_between_windows(kind):
    assert_forward_right(kind, (2, 3))


def test_01_planted():
    assert_forward_right(StridesSwapped, (1, 1))  # which is why nobody noticed
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_forward_right(StridesSwapped, (2, 3))


class Assigns(Textbook):
    """Defect 5: where windows overlap, the last one takes all."""

    def give(self, window, share):
        window[...] = share


@pytest.mark.parametrize("kind", [Ours, Textbook])
def test_05_overlapping_windows_add_their_gradients(kind):
    assert_backward_right(kind)


def test_05_planted():
    assert_backward_right(Assigns, stride=(3, 2))  # windows side by side do not show it
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_backward_right(Assigns)


class CropsByMinusPadding(Textbook):
    """Defect 10: [p:-p] is everything but the padding, and nothing at all where p is 0."""

    def crop(self, padded):
        (p, _), (q, _) = self.padding
        return padded[:, :, p:-p, q:-q]


PADDINGS = pytest.mark.parametrize("padding", [NONE, ((1, 1), (0, 0)), ((0, 2), (1, 0))])


@PADDINGS
@pytest.mark.parametrize("kind", [Ours, Textbook])
def test_10_no_padding_on_some_side(kind, padding):
    assert_backward_right(kind, padding=padding)


@PADDINGS
def test_10_planted(padding):
    assert_backward_right(CropsByMinusPadding, padding=((1, 1), (2, 2)))
    with pytest.raises(AssertionError):
        assert_backward_right(CropsByMinusPadding, padding=padding)


def same_of_ours(weight, stride, size):
    return Ours(weight, stride, "same")


def same_by_hand(weight, stride, size):
    """The least padding that gives ceil(size / stride) windows, more of it behind."""
    totals = [
        max((-(-n // step) - 1) * step + k - n, 0)
        for n, k, step in zip(size, weight.shape[2:], stride, strict=True)
    ]
    return Textbook(weight, stride, tuple((total // 2, total - total // 2) for total in totals))


def same_by_half_the_kernel(weight, stride, size):
    """Defect 11: one output too many for even kernels, all shifted for stride 2."""
    return Textbook(weight, stride, tuple((k // 2, k // 2) for k in weight.shape[2:]))


def same_without_the_stride(weight, stride, size):
    """Defect 11 again: right sizes, but what stride 1 needs is padded for every stride."""
    return Textbook(weight, stride, tuple(((k - 1) // 2, k // 2) for k in weight.shape[2:]))


# kernel, stride, image, output, and the padding worked out by hand
EVEN_KERNEL = ((2, 4), (1, 1), (5, 6), (5, 6), ((0, 1), (1, 2)))
STRIDE_2 = ((3, 3), (2, 2), (6, 8), (3, 4), ((0, 1), (0, 1)))
EVEN_KERNEL_STRIDE_2 = ((4, 2), (2, 2), (7, 6), (4, 3), ((1, 2), (0, 0)))
ODD_KERNEL = ((3, 5), (1, 1), (5, 6), (5, 6), ((1, 1), (2, 2)))


def assert_same_right(make, case):
    kernel, stride, image, output, sides = case
    x, weight = draw(2, 1, *image), draw(2, 1, *kernel, seed=1)
    y = make(weight, stride, image).forward(x)
    assert y.shape[2:] == output
    want = reference.conv2d(x, weight, stride=stride, padding=sides)
    np.testing.assert_allclose(y, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", [EVEN_KERNEL, STRIDE_2, EVEN_KERNEL_STRIDE_2, ODD_KERNEL])
@pytest.mark.parametrize("make", [same_of_ours, same_by_hand])
def test_11_same_padding(make, case):
    assert_same_right(make, case)


@pytest.mark.parametrize(
    ("make", "case"),
    [
        (same_by_half_the_kernel, EVEN_KERNEL),
        (same_by_half_the_kernel, STRIDE_2),
        (same_by_half_the_kernel, EVEN_KERNEL_STRIDE_2),
        (same_without_the_stride, STRIDE_2),
    ],
)
def test_11_planted(make, case):
    assert_same_right(make, ODD_KERNEL)
    with pytest.raises(AssertionError):
        assert_same_right(make, case)


class ForgetsTheStride(Textbook):
    """Defect 12: backward walks over the image one pixel at a time."""

    def under(self, padded, i, j):
        return padded[:, :, i : i + self.weight.shape[2], j : j + self.weight.shape[3]]


class EndsTheChain(Textbook):
    """Defect 12 again: there is no gradient for a layer below."""

    def backward(self, grad_y):
        return None, super().backward(grad_y)[1]


@pytest.mark.parametrize("kind", [Ours, Textbook])
def test_12_stride_in_backward(kind):
    assert_backward_right(kind, stride=(2, 3))


def test_12_convolutions_can_be_stacked():
    layers = [Conv2D(2, 3, stride=2, padding=1), Conv2D(2, (2, 3)), Conv2D(1, 1, bias=False)]
    model = Sequential(layers, input_shape=(1, 7, 8), seed=0, dtype="float64")
    report = check_gradients(model, draw(2, 1, 7, 8))
    assert report.passed, str(report)


def test_12_planted():
    assert_backward_right(ForgetsTheStride, stride=(1, 1))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_backward_right(ForgetsTheStride, stride=(2, 3))
    with pytest.raises(AssertionError, match="no gradient"):
        assert_backward_right(EndsTheChain)
