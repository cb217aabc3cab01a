"""Training as a whole: what is learned, and what stays as it was."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    Tanh,
    Trainer,
)

RNG = np.random.default_rng(5)


class TestLearning:
    def test_exclusive_or_is_learned(self):
        x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=np.float32)
        y = np.array([0, 1, 1, 0])
        model = Sequential([Dense(8), Tanh(), Dense(2)], (2,), seed=1)
        trainer = Trainer(model, SGD(0.3, momentum=0.9), batch_size=4)
        history = trainer.fit(x, y, epochs=100, progress=False)
        assert history.records[-1]["loss"] < 0.01
        assert trainer.evaluate(x, y)["accuracy"] == 1.0
        assert model.predict(x).argmax(axis=1).tolist() == [0, 1, 1, 0]

    def test_yes_or_no_is_learned_by_one_output(self):
        x = np.linspace(-1, 1, 20, dtype=np.float32)[:, np.newaxis]
        y = (x[:, 0] > 0.2).astype(int)
        model = Sequential([Dense(1)], (1,), seed=0)
        trainer = Trainer(model, SGD(1.0, momentum=0.9), loss="binary_cross_entropy")
        trainer.fit(x, y, epochs=200, progress=False)
        assert trainer.evaluate(x, y)["accuracy"] == 1.0

    def test_line_is_fitted(self):
        x = np.linspace(-1, 1, 16)[:, np.newaxis]
        model = Sequential([Dense(1)], (1,), dtype="float64")
        trainer = Trainer(model, SGD(0.2, momentum=0.5), loss="mean_squared_error", batch_size=4)
        trainer.fit(x, 3 * x - 2, epochs=60, progress=False)
        assert [p.value.item() for p in model.parameters()] == pytest.approx([3, -2], abs=1e-6)

    def test_own_loss_is_followed(self):
        def pull_to_five(outputs, targets):
            return 0.5 * float(((outputs - 5) ** 2).mean()), (outputs - 5) / outputs.size

        model = Sequential([Dense(1, bias=False)], (1,), dtype="float64")
        trainer = Trainer(model, SGD(0.5), loss=pull_to_five)
        trainer.fit(np.ones((4, 1)), np.zeros(4), epochs=40, progress=False)
        assert model.parameters()[0].value.item() == pytest.approx(5, abs=1e-6)

    def test_stripes_are_told_apart_by_a_convolution(self):
        x = np.full((40, 1, 6, 6), -1, np.float32)
        x[:20, :, ::2], x[20:, :, :, ::2] = 1, 1
        x += RNG.normal(0, 0.3, x.shape).astype(np.float32)
        y = np.repeat([0, 1], 20)
        model = Sequential([Conv2D(2, 3), ReLU(), MaxPool(2), Flatten(), Dense(2)], (1, 6, 6))
        history = Trainer(model, SGD(0.05, 0.9), batch_size=8).fit(x, y, 20, 0.25, progress=False)
        assert history.records[-1]["val_accuracy"] == 1.0


class TestFrozen:
    @pytest.mark.parametrize("nesterov", [False, True])
    def test_frozen_layers_and_filters_keep_their_bytes(self, nesterov):
        x = RNG.normal(size=(20, 1, 5, 5)).astype(np.float32)
        y = np.arange(20) % 2
        layers = [
            Conv2D(3, 3, trainable=[True, False, True]),
            ReLU(),
            Conv2D(2, 2, trainable=False),
            Flatten(),
            Dense(2),
        ]
        model = Sequential(layers, (1, 5, 5), seed=2)
        before = model.state_dict()
        optimizer = SGD(0.1, 0.9, nesterov=nesterov, weight_decay=0.1)
        Trainer(model, optimizer, batch_size=8).fit(x, y, epochs=3, progress=False)
        after = model.state_dict()
        for name in ("2.weight", "2.bias"):
            assert after[name].tobytes() == before[name].tobytes()
        for name in ("0.weight", "0.bias"):
            assert after[name][1].tobytes() == before[name][1].tobytes()
            assert (after[name][[0, 2]] != before[name][[0, 2]]).all()
        assert (after["4.weight"] != before["4.weight"]).all()
