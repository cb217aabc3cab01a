"""What happens beside the loop: when it stops, what it restores, thaws and writes."""

import csv

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    Callback,
    CSVLog,
    Dense,
    EarlyStopping,
    NonFiniteError,
    ReLU,
    Sequential,
    ThawAt,
    Trainer,
)

X = np.random.default_rng(3).normal(size=(20, 4)).astype(np.float32)
Y = np.arange(20) % 2


def trainer(layers=None, loss="softmax_cross_entropy", **options):
    model = Sequential(layers or [Dense(6), ReLU(), BatchNorm(), Dense(2)], (4,), seed=0)
    return Trainer(model, SGD(0.3, momentum=0.9), loss=loss, batch_size=8, **options)


def weights(model):
    return {name: value.tobytes() for name, value in model.state_dict().items()}


class Told(Callback):
    """Put given values into the records, in place of what was measured."""

    def __init__(self, name, values):
        self.name, self.values = name, values

    def on_epoch_end(self, trainer, epoch, record):
        record[self.name] = self.values[epoch - 1]


class Snapshots(Callback):
    """Keep the weights of every epoch."""

    def __init__(self):
        self.weights = {}

    def on_epoch_end(self, trainer, epoch, record):
        self.weights[epoch] = weights(trainer.model)


class TestOrder:
    def test_hooks_come_in_order_and_callbacks_in_theirs(self):
        calls = []

        class Noted(Callback):
            def __init__(self, name):
                self.name = name

            def on_fit_start(self, trainer):
                calls.append((self.name, "fit", trainer.epoch))

            def on_epoch_start(self, trainer, epoch):
                calls.append((self.name, "epoch", epoch, trainer.epoch))

            def on_epoch_end(self, trainer, epoch, record):
                calls.append((self.name, "end", epoch, trainer.epoch, record["epoch"]))

            def on_fit_end(self, trainer):
                calls.append((self.name, "done"))

        trainer().fit(X, Y, 2, callbacks=(Noted("a"), Noted("b")), progress=False)
        once = [
            [("fit", 0)],
            *[[("epoch", n, n - 1), ("end", n, n, n)] for n in (1, 2)],
            [("done",)],
        ]
        expected = [(name, *call) for calls in once for call in calls for name in "ab"]
        assert calls == expected

    def test_end_hook_is_not_called_after_an_error(self):
        ended = []

        class Ended(Callback):
            def on_fit_end(self, trainer):
                ended.append(trainer)

        one = trainer(loss=lambda y, t: (float("nan"), np.zeros_like(y)))
        with pytest.raises(NonFiniteError):
            one.fit(X, Y, callbacks=[Ended()], progress=False)
        assert ended == []

    def test_own_callback_may_stop(self):
        class StopAfterTwo(Callback):
            def on_epoch_end(self, trainer, epoch, record):
                if epoch == 2:
                    trainer.stop()

        one = trainer()
        assert len(one.fit(X, Y, 10, callbacks=[StopAfterTwo()], progress=False)) == 2
        assert len(one.fit(X, Y, 3, progress=False)) == 3, "a stop must not outlast its fit"

    @pytest.mark.parametrize("wrong", [EarlyStopping(), EarlyStopping, [EarlyStopping], [print]])
    def test_what_is_not_a_list_of_callbacks_is_refused(self, wrong):
        with pytest.raises(ArgumentError, match=r"must be a list of Callback objects, .* got"):
            trainer().fit(X, Y, callbacks=wrong, progress=False)


class TestEarlyStopping:
    def run(self, values, monitor="told", epochs=None, **options):
        stopping, snapshots = EarlyStopping(monitor, **options), Snapshots()
        one = trainer()
        callbacks = [Told(monitor, values), snapshots, stopping]
        history = one.fit(X, Y, epochs or len(values), callbacks=callbacks, progress=False)
        return len(history), stopping, snapshots.weights, weights(one.model)

    @pytest.mark.parametrize(
        ("values", "patience", "epochs", "best"),
        [
            ([5, 4, 3, 2, 1], 1, 5, 5),
            ([5, 4, 4, 4, 4], 1, 3, 2),
            ([5, 4, 6, 6, 6, 6], 3, 5, 2),
            ([5, 6, 4, 6, 3, 6, 6, 9], 2, 7, 5),
            ([1, 2, 3, 4, 5, 6], 5, 6, 1),
            ([5, 4, 4.5], 2, 3, 2),
        ],
    )
    def test_patience_counts_epochs_since_the_best(self, values, patience, epochs, best):
        ran, stopping, kept, last = self.run(values, patience=patience)
        assert (ran, stopping.best_epoch, stopping.best) == (epochs, best, values[best - 1])
        assert last == kept[best]

    def test_best_weights_are_not_the_last_ones(self):
        ran, _, kept, last = self.run([3, 1, 2, 2, 2], patience=3)
        assert ran == 5
        assert last == kept[2]
        assert last != kept[5]
        assert kept[2]["2.running_mean"] != kept[5]["2.running_mean"], "statistics belong to it"

    def test_weights_stay_when_nothing_is_to_be_restored(self):
        ran, _, kept, last = self.run([3, 1, 2, 2], patience=2, restore_best=False)
        assert ran == 4
        assert last == kept[4]

    def test_best_weights_come_back_when_epochs_run_out_too(self):
        ran, _, kept, last = self.run([3, 1, 2], patience=9)
        assert ran == 3
        assert last == kept[2]

    def test_accuracy_should_rise(self):
        for monitor in ("told_accuracy", "val_accuracy"):
            ran, stopping, *_ = self.run([0.5, 0.7, 0.6, 0.65, 0.9], monitor, patience=2)
            assert (ran, stopping.best, stopping.best_epoch) == (4, 0.7, 2)

    def test_small_changes_are_no_progress(self):
        ran, stopping, *_ = self.run([1.0, 0.95, 0.9, 0.85], patience=2, minimum_change=0.2)
        assert (ran, stopping.best_epoch) == (3, 1)

    def test_it_starts_anew_in_every_fit(self):
        stopping, one = EarlyStopping("told", patience=1), trainer()
        one.fit(X, Y, 2, callbacks=[Told("told", [1, 2]), stopping], progress=False)
        one.fit(X, Y, 2, callbacks=[Told("told", [0, 0, 9, 8]), stopping], progress=False)
        assert (stopping.best, stopping.best_epoch) == (8, 4)

    def test_real_validation_loss_is_restored(self):
        one, stopping = trainer(), EarlyStopping(patience=3)
        history = one.fit(X, Y, 30, validation=(X[::-1], Y), callbacks=[stopping], progress=False)
        assert stopping.best == min(history.column("val_loss"))
        assert one.evaluate(X[::-1], Y)["loss"] == pytest.approx(stopping.best, rel=1e-6)

    def test_unknown_quantity_is_refused(self):
        with pytest.raises(
            ArgumentError,
            match=r"'val_loss' is not recorded, only epoch, loss, .*Give fit validation data",
        ):
            trainer().fit(X, Y, callbacks=[EarlyStopping()], progress=False)
        with pytest.raises(ArgumentError, match=r"'lost' is not recorded, .* seconds are\.$"):
            trainer().fit(X, Y, callbacks=[EarlyStopping("lost")], progress=False)


class TestThawAt:
    def run(self, callback, epochs=4, trainable=False):
        one = trainer([Dense(6, trainable=trainable), ReLU(), Dense(2)])
        snapshots, start = Snapshots(), weights(one.model)
        one.fit(X, Y, epochs, callbacks=[callback, snapshots], progress=False)
        return [start, *(snapshots.weights[epoch] for epoch in range(1, epochs + 1))]

    @pytest.mark.parametrize("epoch", [1, 2, 4])
    def test_frozen_until_its_epoch_and_trained_from_then_on(self, epoch):
        seen = self.run(ThawAt(0, epoch))
        for n in range(1, 5):
            for name in ("0.weight", "0.bias"):
                assert (seen[n][name] == seen[n - 1][name]) is (n < epoch), f"{name}, epoch {n}"
            assert seen[n]["2.weight"] != seen[n - 1]["2.weight"]

    def test_single_filters_are_thawed_too(self):
        seen = self.run(ThawAt(0, 3), trainable=[True] * 5 + [False])
        last = [np.frombuffer(state["0.weight"], np.float32).reshape(6, 4)[5] for state in seen]
        assert np.array_equal(last[0], last[2])
        assert not np.array_equal(last[2], last[3])

    @pytest.mark.parametrize("frozen", [False, [False, True, False, True, False, False]])
    def test_named_filters_are_thawed_and_the_others_are_left_alone(self, frozen):
        seen = self.run(ThawAt(0, 3, filters=[0, 4]), trainable=frozen)
        learning = np.broadcast_to(frozen, 6)
        for epoch in range(1, 5):
            expected = learning | (np.isin(np.arange(6), [0, 4]) if epoch >= 3 else False)
            for name in ("0.weight", "0.bias"):
                now, before = (
                    np.frombuffer(state[name], np.float32).reshape(6, -1)
                    for state in (seen[epoch], seen[epoch - 1])
                )
                assert np.array_equal((now != before).any(axis=1), expected), f"{name}, {epoch}"

    def test_it_thaws_when_training_goes_on_after_its_epoch(self):
        one = trainer([Dense(6, trainable=False), ReLU(), Dense(2)])
        one.fit(X, Y, 3, progress=False)
        before = weights(one.model)
        one.fit(X, Y, 1, callbacks=[ThawAt(0, 2)], progress=False)
        assert weights(one.model)["0.weight"] != before["0.weight"]

    @pytest.mark.parametrize("layer", [1, 3, 99])
    def test_layer_without_parameters_is_refused_before_training(self, layer):
        one = trainer([Dense(6), ReLU(), Dense(2)])
        with pytest.raises(ArgumentError, match=rf"layer {layer} has no .* with par.*: \[0, 2\]"):
            one.fit(X, Y, callbacks=[ThawAt(layer, 1)], progress=False)
        assert one.epoch == 0


class TestCSVLog:
    def rows(self, path):
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    def test_every_epoch_is_a_row_as_it_happens(self, tmp_path):
        path, lengths = tmp_path / "log.csv", []

        class Look(Callback):
            def on_epoch_end(self, trainer, epoch, record):
                lengths.append(len(path.read_text().splitlines()))

        path.write_text("from another run\n")
        history = trainer().fit(X, Y, 3, callbacks=[CSVLog(str(path)), Look()], progress=False)
        assert lengths == [2, 3, 4]
        rows = self.rows(path)
        assert [list(row) for row in rows] == [list(record) for record in history.records]
        assert [float(row["loss"]) for row in rows] == history.column("loss")
        assert [row["epoch"] for row in rows] == ["1", "2", "3"]

    def test_append_goes_on_under_one_header(self, tmp_path):
        path, one = tmp_path / "log.csv", trainer()
        for _ in range(2):
            one.fit(X, Y, 2, callbacks=[CSVLog(path, append=True)], progress=False)
        assert [row["epoch"] for row in self.rows(path)] == ["1", "2", "3", "4"]

    def test_without_append_each_fit_begins_again(self, tmp_path):
        path, one = tmp_path / "log.csv", trainer()
        log = CSVLog(path)
        for _ in range(2):
            one.fit(X, Y, 2, callbacks=[log], progress=False)
        assert [row["epoch"] for row in self.rows(path)] == ["3", "4"]
