"""Defects 2 to 6: pooling that is wrong at borders, for grey images, ties and overlaps."""

import numpy as np
import pytest

from minitorchcnn.geometry import window_geometry
from minitorchcnn.ops import pooling as ops
from tests.reference import pooling as reference

NONE = ((0, 0), (0, 0))
ONE = ((1, 1), (1, 1))


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


class OurMax:
    """The pooling under test."""

    forward_op, backward_op = staticmethod(ops.max_pool), staticmethod(ops.max_pool_backward)

    def __init__(self, window, stride, padding=NONE):
        self.window, self.options = window, {"stride": stride, "padding": padding}

    def forward(self, x):
        geometry = window_geometry(x.shape[2:], self.window, **self.options)
        y, self.saved = self.forward_op(x, geometry=geometry)
        return y

    def backward(self, grad_y):
        return self.backward_op(grad_y, self.saved)


class OurAverage(OurMax):
    forward_op, backward_op = staticmethod(ops.avg_pool), staticmethod(ops.avg_pool_backward)


class Textbook:
    """Pooling window by window, without a defect; the copies below plant one each."""

    fill = 0.0

    def __init__(self, window, stride, padding=NONE):
        self.window, self.stride, self.padding = window, stride, padding

    def forward(self, x):
        n, c, h, w = x.shape
        self.image = (h, w)
        self.padded = np.pad(x, ((0, 0), (0, 0), *self.padding), constant_values=self.fill)
        sizes = zip(self.padded.shape[2:], self.window, self.stride, strict=True)
        y = np.zeros((n, c, *((size - k) // step + 1 for size, k, step in sizes)))
        for index in np.ndindex(*y.shape):
            y[index] = self.value(self.under(self.padded, index))
        return y

    def under(self, padded, index):
        n, c, i, j = index
        top, left = i * self.stride[0], j * self.stride[1]
        return padded[n, c, top : top + self.window[0], left : left + self.window[1]]

    def backward(self, grad_y):
        grad_padded = np.zeros(self.padded.shape)
        for index in np.ndindex(*grad_y.shape):
            pixels = self.under(self.padded, index)
            self.give(self.under(grad_padded, index), pixels, grad_y[index])
        return self.crop(grad_padded)

    def crop(self, padded):
        (top, _), (left, _) = self.padding
        return padded[:, :, top : top + self.image[0], left : left + self.image[1]]


class TextbookMax(Textbook):
    fill = -np.inf

    def value(self, pixels):
        return pixels.max()

    def give(self, grad_pixels, pixels, grad):
        grad_pixels[np.unravel_index(pixels.argmax(), pixels.shape)] += grad


class TextbookAverage(Textbook):
    def value(self, pixels):
        return pixels.sum() / pixels.size

    def give(self, grad_pixels, pixels, grad):
        grad_pixels += grad / pixels.size


def assert_max_right(kind, x, window=(2, 2), stride=(2, 2), padding=NONE):
    """Compare with the naive loop, forward and backward."""
    pool, options = kind(window, stride, padding), {"stride": stride, "padding": padding}
    y = pool.forward(x)
    np.testing.assert_array_equal(y, reference.max_pool(x, window, **options))
    grad_y = draw(*y.shape, seed=1)
    want = reference.max_pool_gradient(x, grad_y, window, **options)
    grad_x = pool.backward(grad_y)
    assert grad_x.shape == want.shape
    np.testing.assert_allclose(grad_x, want, rtol=1e-12, atol=1e-12)


def assert_average_right(kind, window, stride):
    x, pool = draw(2, 2, 7, 6), kind(window, stride)
    y = pool.forward(x)
    np.testing.assert_allclose(y, reference.avg_pool(x, window, stride=stride), rtol=1e-12)
    grad_y = draw(*y.shape, seed=1)
    want = reference.avg_pool_gradient(x.shape, grad_y, window, stride=stride)
    np.testing.assert_allclose(pool.backward(grad_y), want, rtol=1e-12, atol=1e-15)


NEGATIVE = -1 - np.abs(draw(2, 2, 4, 6))

both_max = pytest.mark.parametrize("kind", [OurMax, TextbookMax])
both_average = pytest.mark.parametrize("kind", [OurAverage, TextbookAverage])


class PadsWithZero(TextbookMax):
    """Defect 2: negative activations lose against the padding."""

    fill = 0.0


class ForgetsToCrop(TextbookMax):
    """Defect 2 again: backward cannot fit the padded gradient to the image."""

    def crop(self, padded):
        return np.zeros((*padded.shape[:2], *self.image)) + padded


@both_max
def test_02_padding_never_wins(kind):
    assert_max_right(kind, NEGATIVE, padding=ONE)


def test_02_planted():
    assert_max_right(PadsWithZero, NEGATIVE + 20, padding=ONE)
    with pytest.raises(AssertionError):
        assert_max_right(PadsWithZero, NEGATIVE, padding=ONE)
    assert_max_right(ForgetsToCrop, NEGATIVE)
    with pytest.raises(ValueError, match="could not be broadcast"):
        assert_max_right(ForgetsToCrop, NEGATIVE, padding=ONE)


class Squeezes(TextbookMax):
    """Defect 3: axes of length 1 are dropped to tell images from batches."""

    def forward(self, x):
        x = x.squeeze()
        return super().forward(x[None, None] if x.ndim == 2 else x)


@both_max
def test_03_one_channel_and_a_batch(kind):
    assert_max_right(kind, draw(3, 1, 4, 4))
    assert_max_right(kind, draw(1, 3, 4, 4))
    assert_max_right(kind, draw(1, 1, 4, 4))


def test_03_planted():
    assert_max_right(Squeezes, draw(3, 2, 4, 4))
    assert_max_right(Squeezes, draw(1, 1, 4, 4))  # one grey image alone is no trouble
    with pytest.raises(ValueError, match="not enough values to unpack"):
        assert_max_right(Squeezes, draw(3, 1, 4, 4))


class PaysEveryWinner(TextbookMax):
    """Defect 4: equal pixels get the whole gradient each."""

    def give(self, grad_pixels, pixels, grad):
        grad_pixels += grad * (pixels == pixels.max())


class PaysTheLastWinner(TextbookMax):
    """A neighbour of defect 4: one winner, but not the first."""

    def give(self, grad_pixels, pixels, grad):
        turned = pixels[::-1, ::-1]
        grad_pixels[::-1, ::-1][np.unravel_index(turned.argmax(), turned.shape)] += grad


TIES = np.random.default_rng(0).integers(-1, 2, (2, 2, 6, 6)).astype(float)


@both_max
@pytest.mark.parametrize("x", [np.zeros((1, 1, 4, 4)), TIES])
@pytest.mark.parametrize("stride", [(2, 2), (1, 1)])
def test_04_a_tie_is_paid_once(kind, x, stride):
    assert_max_right(kind, x, stride=stride)


@pytest.mark.parametrize("kind", [PaysEveryWinner, PaysTheLastWinner])
def test_04_planted(kind):
    assert_max_right(kind, draw(2, 2, 6, 6))
    with pytest.raises(AssertionError):
        assert_max_right(kind, TIES)


class Assigns(TextbookMax):
    """Defect 5: a pixel that wins twice keeps the last gradient only."""

    def give(self, grad_pixels, pixels, grad):
        grad_pixels[np.unravel_index(pixels.argmax(), pixels.shape)] = grad


class AssignsAverages(TextbookAverage):
    """Defect 5 in average pooling."""

    def give(self, grad_pixels, pixels, grad):
        grad_pixels[...] = grad / pixels.size


@both_max
def test_05_overlapping_max_windows_add(kind):
    assert_max_right(kind, draw(2, 2, 6, 5), window=(3, 2), stride=(1, 1))


@both_average
def test_05_overlapping_averages_add(kind):
    assert_average_right(kind, (3, 2), (1, 1))


def test_05_planted():
    assert_max_right(Assigns, draw(2, 2, 6, 6))
    with pytest.raises(AssertionError):
        assert_max_right(Assigns, draw(2, 2, 6, 5), window=(3, 2), stride=(1, 1))
    assert_average_right(AssignsAverages, (2, 2), (2, 2))
    with pytest.raises(AssertionError):
        assert_average_right(AssignsAverages, (3, 2), (1, 1))


class SwapsHeightAndWidth(TextbookAverage):
    """Defect 6: backward takes the window's width for its height."""

    def backward(self, grad_y):
        self.window = self.window[::-1]
        return super().backward(grad_y)


@both_average
@pytest.mark.parametrize("window", [(2, 3), (3, 2), (1, 4), (2, 2)])
def test_06_average_over_windows_that_are_not_square(kind, window):
    assert_average_right(kind, window, window)


def test_06_planted():
    assert_average_right(SwapsHeightAndWidth, (2, 2), (2, 2))
    with pytest.raises(AssertionError):
        assert_average_right(SwapsHeightAndWidth, (2, 3), (2, 3))
