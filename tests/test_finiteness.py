"""The search for where NaN or infinity began."""

import numpy as np
import pytest

from minitorchcnn import Conv2D, Dense, Flatten, NonFiniteError, ReLU, Sequential
from minitorchcnn.finiteness import first_non_finite, refuse_non_finite_weights

X = np.ones((2, 1, 4, 4), np.float32)


def net():
    layers = [Conv2D(2, 3), ReLU(), Flatten(), Dense(3)]
    return Sequential(layers, (1, 4, 4), seed=0)


def test_finite_everywhere():
    assert first_non_finite(net(), X) is None
    refuse_non_finite_weights(net(), "epoch 1/1")


def test_input_comes_first():
    model, x = net(), X.copy()
    x[1, 0, 2, 2] = np.inf
    model.parameters()[0].value[:] = np.nan
    assert first_non_finite(model, x) == "the input x"


@pytest.mark.parametrize(
    ("parameter", "place"),
    [
        (0, r"parameter 0.weight of layer 0, Conv2D(2, 3)"),
        (1, r"parameter 0.bias of layer 0, Conv2D(2, 3)"),
        (2, r"parameter 3.weight of layer 3, Dense(3)"),
        (3, r"parameter 3.bias of layer 3, Dense(3)"),
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_parameter_is_named(parameter, place, value):
    model = net()
    model.parameters()[parameter].value.flat[-1] = value
    assert first_non_finite(model, X) == place
    with pytest.raises(NonFiniteError) as caught:
        refuse_non_finite_weights(model, "epoch 3/9")
    assert str(caught.value).startswith(f"training ended after epoch 3/9: {place}, holds NaN or")


def test_output_is_named_when_finite_weights_overflow():
    model = net()
    model.parameters()[2].value[:] = 3e38
    model.parameters()[1].value[:] = 10
    assert first_non_finite(model, X) == "the output of layer 3, Dense(3)"
