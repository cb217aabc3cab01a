"""Losses: right by their definitions, means over the batch, and calm for scores of any size."""

import math

import numpy as np
import pytest

from minitorchcnn import (
    DataError,
    ShapeError,
    binary_cross_entropy,
    mean_squared_error,
    softmax,
    softmax_cross_entropy,
)
from tests.reference import loss as reference

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
SCALES = pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])


@pytest.fixture(autouse=True)
def _no_numeric_accident():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def labels(n, classes):
    return np.random.default_rng(5).integers(0, classes, n)


def yes_or_no(*shape):
    return np.random.default_rng(6).integers(0, 2, shape).astype(float)


LOSSES = {
    "softmax_cross_entropy": (softmax_cross_entropy, draw(6, 4), labels(6, 4)),
    "softmax_cross_entropy, one row": (softmax_cross_entropy, draw(1, 3), labels(1, 3)),
    "binary_cross_entropy": (binary_cross_entropy, draw(6, 1), yes_or_no(6, 1)),
    "binary_cross_entropy, several": (binary_cross_entropy, draw(3, 5), yes_or_no(3, 5)),
    "mean_squared_error": (mean_squared_error, draw(4, 3), draw(4, 3, seed=1)),
    "mean_squared_error, images": (mean_squared_error, draw(2, 1, 3, 2), draw(2, 1, 3, 2, seed=1)),
}
every_loss = pytest.mark.parametrize(("loss", "y", "targets"), LOSSES.values(), ids=LOSSES)


@SCALES
@DTYPES
@every_loss
def test_equals_the_definition(loss, y, targets, scale, dtype):
    y = (y * scale).astype(dtype)
    value, grad = loss(y, targets)
    want_value, want_grad = getattr(reference, loss.__name__)(y, targets)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    assert isinstance(value, float)
    assert value == pytest.approx(want_value, rel=tolerance, abs=tolerance)
    assert grad.dtype == dtype
    np.testing.assert_allclose(grad, want_grad, rtol=tolerance, atol=tolerance)


@every_loss
def test_gradient_is_the_slope_of_the_value(loss, y, targets):
    _, grad = loss(y, targets)
    for index in np.ndindex(*y.shape):
        above, below = y.copy(), y.copy()
        above[index] += 1e-5
        below[index] -= 1e-5
        slope = (loss(above, targets)[0] - loss(below, targets)[0]) / 2e-5
        assert slope == pytest.approx(grad[index], rel=1e-6, abs=1e-9)


@every_loss
def test_is_a_mean_over_the_batch(loss, y, targets):
    """The same batch twice: the same loss, and half the gradient for each copy."""
    value, grad = loss(y, targets)
    twice, grad_twice = loss(np.concatenate([y, y]), np.concatenate([targets, targets]))
    assert twice == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(grad_twice, np.concatenate([grad, grad]) / 2, rtol=1e-12)


@every_loss
def test_arguments_are_not_modified(loss, y, targets):
    before = y.copy(), targets.copy()
    loss(y, targets)
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(targets, before[1])


def test_softmax_cross_entropy_of_known_numbers():
    value, grad = softmax_cross_entropy(
        np.array([[0.0, 0.0], [0.0, math.log(3)]]), np.array([0, 1])
    )
    assert value == pytest.approx((math.log(2) + math.log(4 / 3)) / 2, rel=1e-15)
    np.testing.assert_allclose(grad, [[-0.25, 0.25], [0.125, -0.125]], rtol=1e-14)


def test_binary_cross_entropy_of_known_numbers():
    value, grad = binary_cross_entropy(np.array([0.0, math.log(3)]), np.array([1, 0]))
    assert value == pytest.approx((math.log(2) + math.log(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(grad, [-0.25, 0.375], rtol=1e-14)


def test_mean_squared_error_of_known_numbers():
    value, grad = mean_squared_error(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1, 0], [0, 0]]))
    assert value == (0 + 4 + 9 + 16) / 4
    assert grad.tolist() == [[0.0, 1.0], [1.5, 2.0]]


@DTYPES
def test_huge_logits_give_finite_losses(dtype):
    logits = np.array([[1e4, -1e4], [1e4, -1e4]], dtype)
    value, grad = softmax_cross_entropy(logits, np.array([0, 1]))
    assert value == 1e4  # the mean of 0 and 20,000
    assert grad.tolist() == [[0, 0], [0.5, -0.5]]
    assert softmax(logits).tolist() == [[1, 0], [1, 0]]
    value, grad = binary_cross_entropy(logits[0], np.array([0, 0]))
    assert value == 5e3  # the mean of 10,000 and 0
    assert grad.tolist() == [0.5, 0]
    value, grad = binary_cross_entropy(logits[0], np.array([1, 0]))
    assert value == 0
    assert grad.tolist() == [0, 0]


def test_small_losses_keep_their_digits():
    """log(1 + e^-40) is about e^-40: it would be 0 if 1 + e^-40 were rounded first."""
    value, _ = binary_cross_entropy(np.array([40.0]), np.array([1]))
    assert value == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


@SCALES
def test_softmax_is_a_distribution(scale):
    logits = draw(20, 7) * scale
    probabilities = softmax(logits)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities, reference.softmax(logits), rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(softmax(logits + 1000), probabilities, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64])
def test_any_integer_type_is_a_label(kind):
    want = softmax_cross_entropy(draw(3, 4), np.array([3, 0, 1]))
    got = softmax_cross_entropy(draw(3, 4), np.array([3, 0, 1], kind))
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.array([1, 2, 3]), r"0 \.\. 2 for 3 outputs, got 1 \.\. 3\. They seem to count from 1"),
        (np.array([0, 1, -1]), r"got -1 \.\. 1"),
        (np.array([0.0, 1.0, 2.0]), "array of integers"),
        (np.array([0, 1]), r"shape \(3,\).*got int64 of shape \(2,\)"),
        (np.eye(3, dtype=int), "One-hot labels"),
        ([0, 1, 2], "got list"),
    ],
)
def test_labels_that_cannot_be_used(given, message):
    with pytest.raises(DataError, match=message):
        softmax_cross_entropy(draw(3, 3), given)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: softmax(draw(3)), ShapeError, r"\(N, classes\), got float64 of shape \(3,\)"),
        (lambda: softmax(np.zeros((0, 3))), ShapeError, "empty"),
        (lambda: softmax(np.zeros((2, 2), int)), ShapeError, "floating point"),
        (
            lambda: mean_squared_error(draw(3, 1), draw(3)),
            ShapeError,
            r"\(3, 1\), got float64 of shape \(3,\)\. Nothing is broadcast",
        ),
        (lambda: binary_cross_entropy(draw(2), np.array([0, 2])), DataError, "from 0 to 2"),
        (lambda: binary_cross_entropy(draw(2), np.array([0.5, np.nan])), DataError, "must be 0"),
    ],
)
def test_arguments_that_cannot_be_used(call, error, message):
    with pytest.raises(error, match=message):
        call()
