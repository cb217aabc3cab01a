"""Saliency and Grad-CAM agree with differences, with sums by hand and with PyTorch."""

import numpy as np
import pytest

from minitorchcnn import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
    Tanh,
    grad_cam,
    saliency,
)

RNG = np.random.default_rng(0)


def smooth_model():
    """Return a model without kinks, whose differences are exact to rounding."""
    layers = [Conv2D(4, 3), BatchNorm(), Tanh(), Conv2D(3, 2), Tanh(), Dropout(0.5), Flatten()]
    return Sequential([*layers, Dense(4)], (2, 6, 5), seed=1, dtype="float64")


def test_saliency_is_the_central_difference_of_the_logit():
    model, x, step = smooth_model(), RNG.normal(size=(2, 6, 5)), 1e-5
    expected = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        moved = np.stack([x, x])
        moved[(0, *place)] += step
        moved[(1, *place)] -= step
        high, low = model.predict(moved)[:, 2]
        expected[place] = abs(high - low) / (2 * step)
    np.testing.assert_allclose(saliency(model, x, 2), expected.max(axis=0), rtol=1e-6, atol=1e-9)


def test_grad_cam_by_hand():
    """Two 2 x 2 maps, averaged, then two classes: every number can be worked out on paper.

    Filters 1 and -2 make the maps x and -2x. Class 0 is 4 times the mean of the first map, so
    its weight there is 4 / 4 = 1; class 1 is 3 times the first plus 8 times the second, so the
    weights are 3/4 and 2, and cam = 3/4 x - 4 x = -13/4 x.
    """
    weight = [[[[1.0]]], [[[-2.0]]]]
    layers = [Conv2D(2, 1, weight=weight), GlobalAvgPool(), Dense(2, weight=[[4, 0], [3, 8]])]
    model = Sequential(layers, (1, 2, 2), dtype="float64")
    x = np.array([[[1.0, -1.0], [0.5, 0.0]]])
    np.testing.assert_allclose(grad_cam(model, x, 0), [[1, 0], [0.5, 0]])
    np.testing.assert_allclose(grad_cam(model, x, 1), [[0, 3.25], [0, 0]])
    # the model answers (0.5, 0.375 - 2): class 0
    np.testing.assert_array_equal(grad_cam(model, x), grad_cam(model, x, 0))


@pytest.mark.torch
def test_both_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    layers = [Conv2D(4, 3), ReLU(), MaxPool(2), Conv2D(5, 2), ReLU(), Flatten(), Dense(3)]
    model = Sequential(layers, (2, 9, 8), seed=3, dtype="float64")
    nn = torch.nn
    stem = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 2))
    twin = nn.Sequential(*stem, nn.ReLU(), nn.Flatten(), nn.Linear(20, 3)).double()
    twin.load_state_dict({k: torch.from_numpy(v) for k, v in model.state_dict().items()})
    x = RNG.normal(size=(2, 9, 8))
    given = torch.from_numpy(x[np.newaxis]).requires_grad_()
    maps = twin[:4](given)
    maps.retain_grad()
    twin[4:](maps)[0, 1].backward()
    expected = given.grad[0].abs().amax(dim=0).numpy()
    np.testing.assert_allclose(saliency(model, x, 1), expected, rtol=1e-10)
    cam = torch.relu((maps.grad.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1))[0]
    np.testing.assert_allclose(grad_cam(model, x, 1), cam.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("ask", [saliency, grad_cam])
def test_asking_leaves_the_model_as_it_is(ask):
    model, x = smooth_model(), RNG.normal(size=(2, 6, 5))
    batch = RNG.normal(size=(3, 2, 6, 5))
    y = model.forward(batch)
    model.backward(np.ones_like(y))
    before = [p.grad.copy() for p in model.parameters()]
    state, given = model.state_dict(), x.copy()
    ask(model, x, 0)
    for grad, parameter in zip(before, model.parameters(), strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, state[name])
    np.testing.assert_array_equal(x, given)
    model.backward(np.ones_like(y))  # what forward kept is still there
    for grad, parameter in zip(before, model.parameters(), strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


def test_a_frozen_model_answers_too():
    model, x = smooth_model(), RNG.normal(size=(2, 6, 5))
    expected = saliency(model, x, 1), grad_cam(model, x, 1)
    for layer in model.layers:
        if layer.parameters():
            layer.trainable = False
    np.testing.assert_array_equal(saliency(model, x, 1), expected[0])
    np.testing.assert_array_equal(grad_cam(model, x, 1), expected[1])


def test_shapes_and_dtype():
    layers = [Conv2D(3, 3), ReLU(), MaxPool(2), Flatten(), Dense(2)]
    model = Sequential(layers, (1, 8, 6), seed=0)
    x = RNG.normal(size=(1, 8, 6)).astype(np.float32)
    assert saliency(model, x).shape == (8, 6)
    assert saliency(model, x).dtype == np.float32
    assert [grad_cam(model, x, layer=i).shape for i in range(3)] == [(6, 4), (6, 4), (3, 2)]
    rows = Sequential([Dense(2)], (5,), seed=0)
    assert saliency(rows, np.ones(5, np.float32)).shape == (5,)
