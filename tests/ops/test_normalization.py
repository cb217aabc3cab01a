"""Batch normalization over time: what the running statistics become, and where it must refuse."""

import numpy as np
import pytest

from minitorchcnn import BatchNorm, ShapeError
from minitorchcnn.ops.normalization import batch_norm, batch_statistics
from tests.reference import normalization as reference


def built(shape, dtype="float64", **options):
    layer = BatchNorm(**options)
    layer.build(shape, dtype=dtype)
    return layer


@pytest.mark.parametrize("shape", [(3, 4, 2), (5,)])
@pytest.mark.parametrize("momentum", [0.1, 0.6, 0.0])
def test_running_statistics_follow_the_batches(shape, momentum):
    layer, rng = built(shape, momentum=momentum), np.random.default_rng(0)
    mean, variance = np.zeros(shape[0]), np.ones(shape[0])
    for step in range(1, 5):
        x = rng.normal(loc=step, scale=0.5 * step, size=(step + 1, *shape))
        layer.forward(x)
        mean, variance = reference.running_statistics(x, mean, variance, momentum=momentum)
        state = layer.state()
        np.testing.assert_allclose(state["running_mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(state["running_var"], variance, rtol=1e-12)
        assert state["num_batches_tracked"] == step


def test_running_variance_is_unbiased_and_the_batches_own_is_not():
    """The numbers 1 and 3 have variance 1 by 1/m and 2 by 1/(m - 1)."""
    layer = built((1,), momentum=0.5, epsilon=0.0)
    y = layer.forward(np.array([[1.0], [3.0]]))
    assert y.tolist() == [[-1], [1]]
    assert layer.state()["running_mean"].tolist() == [1.0]
    assert layer.state()["running_var"].tolist() == [1.5]


def test_prediction_uses_the_running_statistics():
    layer = built((1,), epsilon=0.0)
    layer.state()["running_mean"][:] = 10
    layer.state()["running_var"][:] = 4
    assert layer.forward(np.array([[12.0], [6.0]]), training=False).tolist() == [[1], [-2]]
    assert layer.state()["num_batches_tracked"] == 0


def test_one_sample_can_be_predicted_but_not_trained_on():
    layer = built((2,))
    assert layer.forward(np.ones((1, 2)), training=False).shape == (1, 2)
    with pytest.raises(ShapeError, match="one value per channel in training"):
        layer.forward(np.ones((1, 2)))
    assert layer.state()["num_batches_tracked"] == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_channel_stays_finite(dtype):
    layer = built((2, 3, 3), dtype)
    x = np.full((2, 2, 3, 3), 5, dtype)
    np.testing.assert_array_equal(layer.forward(x), 0)
    grad_x = layer.backward(np.ones_like(x))
    assert np.isfinite(grad_x).all()


def test_variance_survives_a_large_mean_in_float32():
    """E[x^2] - E[x]^2 would lose every digit here."""
    x = (np.random.default_rng(0).standard_normal((64, 1)) + 1e4).astype("float32")
    mean, variance = batch_statistics(x)
    want_mean, want_variance = reference.mean_and_variance(x.astype(float))
    np.testing.assert_allclose(mean, want_mean, rtol=1e-6)
    np.testing.assert_allclose(variance, want_variance, rtol=1e-3)
    y, _ = batch_norm(
        x, np.ones(1, "f4"), np.zeros(1, "f4"), mean, variance, epsilon=0.0, batch_statistics=True
    )
    assert y.dtype == "float32"
    assert abs(y.mean()) < 1e-2
    assert y.std() == pytest.approx(1, rel=1e-3)


def test_frozen_layer_still_follows_the_data():
    layer = built((1,), trainable=False, momentum=0.5)
    layer.forward(np.array([[4.0], [4.0]]))
    assert layer.state()["running_mean"].tolist() == [2.0]
