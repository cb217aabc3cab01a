"""The search for where NaN or infinity began."""

import numpy as np
import pytest

from minitorchcnn import SGD, Conv2D, Dense, Flatten, NonFiniteError, ReLU, Sequential, Trainer
from minitorchcnn.training.nonfinite import first_non_finite, refuse_non_finite_weights

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


def points(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 2)).astype(np.float32), np.arange(n) % 3


class TestTraining:
    def test_step_names_the_layer_and_leaves_the_weights(self):
        model = Sequential([Dense(2, weight=[[3e38], [1]]), Dense(2)], (1,))
        before = {name: value.tobytes() for name, value in model.state_dict().items()}
        x = np.full((2, 1), 10, np.float32)
        with pytest.raises(NonFiniteError) as caught:
            Trainer(model, SGD(0.25)).step(x, np.array([0, 1]))
        assert {name: value.tobytes() for name, value in model.state_dict().items()} == before
        assert str(caught.value) == (
            "training ended at this batch: the loss is nan. The first non-finite numbers are in "
            "the output of layer 0, Dense(2). Try a smaller learning rate (now 0.25), inputs in "
            "[-1, 1], or smaller first weights."
        )

    def test_fit_names_epoch_batch_and_parameter(self):
        x, y = points(30)
        model, calls = Sequential([Dense(4), ReLU(), Dense(4), Dense(3)], (2,)), []

        class Poisoned(SGD):
            def step(self, parameters):
                super().step(parameters)
                calls.append(1)
                if len(calls) == 5:  # of three batches an epoch
                    parameters[2].value[1, 1] = np.nan

        with pytest.raises(
            NonFiniteError,
            match=r"at epoch 2/4, batch 3: the loss is nan. .* parameter 2.weight of layer 2",
        ):
            Trainer(model, Poisoned(0.1), batch_size=10).fit(x, y, 4, progress=False)

    def test_fit_says_so_when_the_last_batch_of_an_epoch_ruins_the_weights(self):
        x, y = points(10)
        model = Sequential([Dense(3)], (2,))
        with pytest.raises(NonFiniteError, match=r"after epoch 1/1: parameter 0.weight of layer 0"):
            Trainer(model, SGD(1e308), batch_size=10).fit(x, y, 1, progress=False)

    def test_loss_itself_is_named(self):
        model = Sequential([Dense(1)], (1,), dtype="float64")
        trainer = Trainer(model, SGD(0.1), loss=lambda y, t: (float("inf"), np.zeros_like(y)))
        with pytest.raises(NonFiniteError, match=r"the loss is inf. .* are in the loss itself"):
            trainer.step(np.ones((2, 1)), np.ones(2))

    def test_training_ends_at_once(self):
        calls = []

        def third_is_nan(outputs, targets):
            calls.append(1)
            return (float("nan") if len(calls) == 3 else 1.0), np.zeros_like(outputs)

        model = Sequential([Dense(1)], (1,), dtype="float64")
        with pytest.raises(NonFiniteError, match="at epoch 1/9, batch 3"):
            Trainer(model, SGD(0.1), loss=third_is_nan, batch_size=2).fit(
                np.ones((10, 1)), np.ones(10), 9, progress=False
            )
        assert len(calls) == 3
