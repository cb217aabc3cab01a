"""The loop: which samples, how often, in which order, and what is written down."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    BatchNorm,
    Dense,
    Dropout,
    Sequential,
    StepSchedule,
    Tanh,
    Trainer,
)

RNG = np.random.default_rng(5)


def numbered(n):
    """Return samples that carry their own number, to be recognised in a batch."""
    return np.arange(n, dtype=np.float64)[:, np.newaxis]


class Spy:
    """A loss that notes which samples came in each batch, and moves nothing."""

    def __init__(self):
        self.batches = []

    def __call__(self, outputs, targets):
        self.batches.append(targets[:, 0].astype(int).tolist())
        return float(len(outputs)), np.zeros_like(outputs)


def spied(n=10, batch_size=4, seed=0, **options):
    model = Sequential([Dense(1)], (1,), dtype="float64")
    spy = Spy()
    trainer = Trainer(model, SGD(0.0), loss=spy, batch_size=batch_size, seed=seed)
    history = trainer.fit(numbered(n), numbered(n), progress=False, **options)
    return spy.batches, history


def blobs(n=60, seed=0, dtype=np.float32):
    """Three classes of points around three corners, easily told apart."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    corners = np.array([[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])
    return (corners[y] + 0.5 * rng.normal(size=(n, 2))).astype(dtype), y


def classifier(seed=0, dtype="float32"):
    return Sequential([Dense(8), Tanh(), Dropout(0.1), Dense(3)], (2,), seed=seed, dtype=dtype)


def weights(model):
    return b"".join(value.tobytes() for value in model.state_dict().values())


def test_every_sample_comes_once_per_epoch_in_a_new_order():
    batches, _ = spied(n=10, batch_size=4, epochs=3)
    epochs = [[n for batch in batches[i : i + 3] for n in batch] for i in (0, 3, 6)]
    assert [len(batch) for batch in batches] == [4, 4, 2] * 3
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, list(range(10))]}) == 4
    # samples move between batches, not only batches among themselves
    assert sorted(batches[0]) != sorted(batches[3]) != sorted(batches[6])


def test_order_comes_from_the_seed():
    assert spied(seed=1)[0] == spied(seed=1)[0] != spied(seed=2)[0]


def test_epoch_loss_weighs_each_sample_the_same():
    # each batch's loss is its size: (4 * 4 + 4 * 4 + 2 * 2) / 10
    _, history = spied(n=10, batch_size=4, epochs=1)
    assert history.records[0]["loss"] == pytest.approx(3.6)


def test_batch_larger_than_the_data_is_one_batch():
    batches, _ = spied(n=3, batch_size=100, epochs=1)
    assert [sorted(batch) for batch in batches] == [[0, 1, 2]]


def test_one_step_is_the_rule_by_hand():
    # y = 2 x + 1, squared error: grads are means of 2 (y - t) x and 2 (y - t)
    model = Sequential([Dense(1, weight=[[2.0]])], (1,), dtype="float64")
    model.parameters()[1].value[:] = 1.0
    trainer = Trainer(model, SGD(0.1), loss="mean_squared_error")
    loss = trainer.step(np.array([[1.0], [3.0]]), np.array([[5.0], [4.0]]))
    assert loss == pytest.approx(((3 - 5) ** 2 + (7 - 4) ** 2) / 2)
    weight, bias = (p.value.item() for p in model.parameters())
    assert weight == pytest.approx(2 - 0.1 * (2 * -2 * 1 + 2 * 3 * 3) / 2)
    assert bias == pytest.approx(1 - 0.1 * (2 * -2 + 2 * 3) / 2)


def test_learning_rate_does_not_depend_on_the_batch_size():
    """Twice the same samples give the same mean gradient."""
    x, y = blobs(6, dtype=np.float64)
    states = []
    for copies in (1, 2):
        model = Sequential([Dense(3)], (2,), dtype="float64")
        Trainer(model, SGD(0.5)).step(np.tile(x, (copies, 1)), np.tile(y, copies))
        states.append(model.state_dict()["0.weight"])
    assert np.allclose(*states, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_seed_gives_the_same_bytes(dtype):
    x, y = blobs(dtype=dtype)

    def trained(model_seed, trainer_seed):
        model = classifier(model_seed, dtype)
        trainer = Trainer(model, SGD(0.1, 0.9), batch_size=7, seed=trainer_seed)
        history = trainer.fit(x, y, epochs=2, validation=0.2, progress=False)
        return weights(model), history.column("val_loss")

    assert trained(0, 0) == trained(0, 0)
    assert trained(0, 0)[0] != trained(0, 1)[0]
    assert trained(0, 0)[0] != trained(1, 0)[0]


def test_training_does_not_touch_the_data_and_keeps_nothing_in_the_layers():
    x, y = blobs()
    x_before, y_before = x.copy(), y.copy()
    model = classifier()
    Trainer(model, SGD(0.1)).fit(x, y, epochs=1, validation=0.2, progress=False)
    assert np.array_equal(x, x_before)
    assert np.array_equal(y, y_before)
    assert all(layer._kept is None for layer in model.layers)


def test_record_has_its_keys_in_order():
    x, y = blobs()
    plain = Trainer(classifier(), SGD(0.1)).fit(x, y, epochs=1, progress=False)
    assert list(plain.records[0]) == ["epoch", "loss", "accuracy", "learning_rate", "seconds"]
    held = Trainer(classifier(), SGD(0.1)).fit(x, y, 1, (x, y), progress=False)
    assert list(held.records[0]) == [
        *("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
    ]
    regression = Trainer(classifier(), SGD(0.1), loss="mean_squared_error")
    records = regression.fit(x, np.eye(3)[y], epochs=1, validation=0.5, progress=False).records
    assert list(records[0]) == ["epoch", "loss", "val_loss", "learning_rate", "seconds"]
    assert records[0]["seconds"] > 0


def test_fit_goes_on_counting_epochs_and_follows_the_schedule():
    x, y = blobs()
    optimizer = SGD(0.4, schedule=StepSchedule(2, gamma=0.5))
    trainer = Trainer(classifier(), optimizer)
    first = trainer.fit(x, y, epochs=3, progress=False)
    second = trainer.fit(x, y, epochs=2, progress=False)
    assert first.column("epoch") + second.column("epoch") == [1, 2, 3, 4, 5]
    rates = first.column("learning_rate") + second.column("learning_rate")
    assert rates == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1])
    assert trainer.epoch == 5


def test_two_fits_are_one_long_fit():
    x, y = blobs()
    long, parts = classifier(), classifier()
    Trainer(long, SGD(0.1, 0.9)).fit(x, y, epochs=4, validation=0.3, progress=False)
    trainer = Trainer(parts, SGD(0.1, 0.9))
    for epochs in (1, 3):
        trainer.fit(x, y, epochs=epochs, validation=0.3, progress=False)
    assert weights(long) == weights(parts)


def test_accuracy_and_losses_are_those_of_the_weights_at_that_time():
    x, y = blobs(30, dtype=np.float64)
    model = Sequential([Dense(3)], (2,), dtype="float64")
    trainer = Trainer(model, SGD(0.0), batch_size=8)
    record = trainer.fit(x, y, epochs=1, validation=(x[:7], y[:7]), progress=False).records[0]
    logits = model.predict(x)
    powers = np.exp(logits)
    losses = -np.log(powers[np.arange(30), y] / powers.sum(axis=1))
    right = logits.argmax(axis=1) == y
    assert record["loss"] == pytest.approx(losses.mean(), rel=1e-12)
    assert record["accuracy"] == pytest.approx(right.mean())
    assert record["val_loss"] == pytest.approx(losses[:7].mean(), rel=1e-12)
    assert record["val_accuracy"] == pytest.approx(right[:7].mean())
    measured = trainer.evaluate(x, y)
    assert measured == {
        "loss": pytest.approx(losses.mean()),
        "accuracy": pytest.approx(right.mean()),
    }


def test_evaluate_changes_nothing():
    x, y = blobs()
    model = Sequential([BatchNorm(), Dropout(0.5), Dense(3)], (2,))
    before = weights(model)
    trainer = Trainer(model, SGD(0.1))
    assert trainer.evaluate(x, y) == trainer.evaluate(x, y)
    assert weights(model) == before
    assert trainer.epoch == 0


class TestValidationByFraction:
    def split(self, n=40, fraction=0.25, fits=1):
        """Return the samples seen in training and in validation, by their numbers."""
        y = np.repeat([0, 1], [8, n - 8])
        model = Sequential([Dense(2)], (1,), dtype="float64")
        trainer, seen = Trainer(model, SGD(0.0), batch_size=8), []
        for _ in range(fits):
            trained, held = [], []
            forward = trainer.loss_and_gradients
            trainer.loss_and_gradients = lambda x, *rest, to=trained, forward=forward: (
                to.extend(x[:, 0]),
                forward(x, *rest),
            )[1]
            model.predict = lambda x, to=held, **_: (to.extend(x[:, 0]), np.zeros((len(x), 2)))[1]
            trainer.fit(numbered(n), y, epochs=1, validation=fraction, progress=False)
            seen.append((sorted(map(int, trained)), sorted(map(int, held))))
        return seen

    def test_parts_are_disjoint_complete_and_stratified(self):
        ((trained, held),) = self.split()
        assert sorted(trained + held) == list(range(40))
        assert len(held) == 10
        assert sum(number < 8 for number in held) == 2

    def test_every_fit_sets_the_same_samples_aside(self):
        first, second = self.split(fits=2)
        assert first == second

    def test_targets_without_classes_are_split_too(self):
        n = 10
        model = Sequential([Dense(1)], (1,), dtype="float64")
        trainer = Trainer(model, SGD(0.01), loss="mean_squared_error")
        sizes = []
        predict = model.predict
        model.predict = lambda x, **options: (sizes.append(len(x)), predict(x, **options))[1]
        trainer.fit(numbered(n) / n, numbered(n), 1, validation=0.3, progress=False)
        assert sizes == [3]


class TestHalvesOfAStep:
    """`loss_and_gradients`, then `apply`: what is put between them reaches every step."""

    def test_together_they_are_a_step(self):
        x, y = blobs(12)
        models = [classifier(), classifier()]
        whole, halves = (Trainer(model, SGD(0.1, momentum=0.9)) for model in models)
        for _ in range(3):
            loss = whole.step(x, y)
            result = halves.loss_and_gradients(x, y)
            assert result.loss == loss
            halves.apply(result.gradients)
        assert weights(models[0]) == weights(models[1])

    def test_nothing_moves_before_apply(self):
        x, y = blobs(9)
        model = classifier()
        before = weights(model)
        loss, gradients, correct = Trainer(model, SGD(0.1)).loss_and_gradients(x, y)
        assert weights(model) == before
        assert [g.shape for g in gradients] == [p.value.shape for p in model.parameters()]
        assert loss > 0
        assert 0 <= correct <= 9

    def test_the_number_correct_is_that_of_the_outputs(self):
        model = Sequential([Dense(2, weight=np.eye(2), bias=False)], (2,), dtype="float64")
        x = np.array([[2.0, 1.0], [0.0, 1.0], [1.0, 3.0], [5.0, 1.0]])
        result = Trainer(model, SGD(0.1)).loss_and_gradients(x, np.array([0, 0, 1, 1]))
        assert result.correct == 2
        squares = Trainer(model, SGD(0.1), "mean_squared_error").loss_and_gradients(x, x)
        assert (squares.loss, squares.correct) == (0.0, 0)

    def test_frozen_parameters_have_no_gradient(self):
        model = Sequential([Dense(4, trainable=False), Dense(3)], (2,), seed=0)
        trainer = Trainer(model, SGD(0.1))
        gradients = trainer.loss_and_gradients(*blobs(6)).gradients
        assert [gradient is None for gradient in gradients] == [True, True, False, False]
        trainer.apply(gradients)
        assert [p.grad is None for p in model.parameters()] == [True, True, False, False]

    @pytest.mark.parametrize("fit", [True, False])
    def test_a_subclass_may_work_between_them(self, fit):
        """Halving each gradient is halving the learning rate of plain descent."""

        class Halved(Trainer):
            def apply(self, gradients):
                super().apply([gradient / 2 for gradient in gradients])

        x, y = blobs(24)
        models = [classifier(dtype="float64"), classifier(dtype="float64")]
        halved, slower = Halved(models[0], SGD(0.5)), Trainer(models[1], SGD(0.25))
        for trainer in (halved, slower):
            if fit:
                trainer.fit(x.astype(float), y, 2, progress=False)
            else:
                trainer.step(x.astype(float), y)
        assert weights(models[0]) == weights(models[1])


class TestState:
    def test_another_trainer_goes_on_from_it(self):
        """With Dropout's stream, velocities, schedule and the order of samples."""
        x, y = blobs()

        def trainer(seed):
            optimizer = SGD(0.1, momentum=0.9, schedule=StepSchedule(1, gamma=0.5))
            return Trainer(classifier(seed=seed), optimizer, batch_size=7, seed=3)

        first, second = trainer(0), trainer(1)
        first.fit(x, y, 2, progress=False)
        state = first.state_dict()
        history = first.fit(x, y, 2, progress=False)
        second.load_state_dict(state)
        assert second.epoch == 2
        again = second.fit(x, y, 2, progress=False)
        assert weights(first.model) == weights(second.model)
        assert history.column("loss") == again.column("loss")
        assert again.column("learning_rate") == [0.025, 0.0125]

    def test_it_is_a_copy(self):
        x, y = blobs()
        trainer = Trainer(classifier(), SGD(0.1, momentum=0.9))
        trainer.fit(x, y, 1, progress=False)
        state = trainer.state_dict()
        kept = repr(state)
        trainer.fit(x, y, 1, progress=False)
        assert repr(state) == kept

    def test_a_trainer_that_has_not_begun_has_one_too(self):
        x, y = blobs()
        first, second = (Trainer(classifier(seed), SGD(0.1), seed=1) for seed in (0, 1))
        second.load_state_dict(first.state_dict())
        for trainer in (first, second):
            trainer.fit(x, y, 1, progress=False)
        assert weights(first.model) == weights(second.model)


class TestProgress:
    def run(self, capsys, **options):
        x, y = blobs()
        Trainer(classifier(), SGD(0.1)).fit(x, y, epochs=2, **options)
        return capsys.readouterr()

    def test_bar_shows_epoch_loss_and_accuracy_on_stderr(self, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "200")  # a narrow terminal cuts the end of the bar off
        told = self.run(capsys, validation=0.2)
        assert told.out == ""
        for text in ("epoch 1/2", "epoch 2/2", "loss=", "accuracy=", "val_loss=", "val_accuracy="):
            assert text in told.err

    def test_nothing_is_shown_without_progress(self, capsys):
        told = self.run(capsys, progress=False)
        assert told == ("", "")
