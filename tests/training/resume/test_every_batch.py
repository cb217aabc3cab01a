"""From any batch of any epoch the resumed training ends with the same bytes."""

import shutil

import pytest

from minitorchcnn import Checkpoint, EarlyStopping, Trainer
from tests.training.resume.trainings import (
    TRAININGS,
    X,
    Y,
    early_stopping,
    everything,
    fit,
    plain,
    sha256,
    thawed_once,
    without_seconds,
)


class KeptAll(Checkpoint):
    """A checkpoint of each step and of each end of an epoch, in files of their own."""

    def __init__(self, folder):
        super().__init__(folder / "last", every=1)
        self.files = []

    def keep(self, trainer):
        name = f"epoch {trainer.epoch}, batch {trainer.run.totals.batches}"
        self.files.append(shutil.copy(self.path, self.path.with_name(name)))

    def on_step_end(self, trainer, x, targets, loss):
        super().on_step_end(trainer, x, targets, loss)
        self.keep(trainer)

    def on_epoch_end(self, trainer, epoch, record):
        super().on_epoch_end(trainer, epoch, record)
        self.keep(trainer)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.__name__)
def test_resumed_training_ends_with_the_same_bytes(training, workers, tmp_path, monkeypatch):
    if workers > 1:  # so small a work would stay on one thread
        monkeypatch.setattr("minitorchcnn.ops.engine.threads.WORTHWHILE", 0)
    untouched, history, _ = fit(training)
    kept = KeptAll(tmp_path)
    watched, _, one = fit(training, workers, more=[kept])
    assert watched == untouched, "writing checkpoints changes training"
    assert len(history) >= 2
    assert len(kept.files) == one.run.updates + len(history)
    for file in kept.files:
        resumed, again, one = fit(training, workers, resume=file)
        assert resumed == untouched, file
        assert without_seconds(again) == without_seconds(history), file
        assert one.epoch == len(history)


def test_early_stopping_stops_and_goes_back():
    """Else the training above would not hold what it should."""
    _, history, _ = fit(early_stopping)
    assert len(history) == 2
    losses = history.column("val_loss")
    assert losses[0] < losses[1]


def test_threads_may_change_on_the_way(tmp_path):
    untouched, _, _ = fit(plain, 1)
    kept = KeptAll(tmp_path)
    fit(plain, 2, more=[kept])
    assert {fit(plain, 1, resume=file)[0] for file in kept.files} == {untouched}


def test_resumed_training_may_go_further(tmp_path):
    longer, history, _ = fit(plain, epochs=4)
    kept = KeptAll(tmp_path)
    fit(plain, epochs=2, more=[kept])
    for file in kept.files:
        resumed, again, _ = fit(plain, epochs=4, resume=file)
        assert resumed == longer
        assert without_seconds(again) == without_seconds(history)


def test_later_fit_of_a_trainer_is_resumed_too(tmp_path):
    def twice(resume=None):

        one, _ = plain(1)
        if resume is None:
            one.fit(X, Y, 1, progress=False)
        callbacks = [Checkpoint(tmp_path / "second", every=3)]
        one.fit(X, Y, 2, callbacks=callbacks, progress=False, resume=resume)
        return one

    first, second = twice(), twice(tmp_path / "second")
    assert first.epoch == second.epoch == 3
    assert first.run.history.column("epoch") == second.run.history.column("epoch") == [2, 3]


def test_resuming_a_finished_training_gives_its_end(tmp_path):
    path = tmp_path / "finished"
    untouched, history, _ = fit(early_stopping, more=[Checkpoint(path)])
    resumed, again, _ = fit(early_stopping, resume=path)
    assert resumed == untouched
    assert again.records == history.records


def forgetting(what):
    """Return `Trainer.load_state_dict` with something left out."""
    load = Trainer.load_state_dict

    def forgetful(trainer, state):
        fresh = {**trainer.state_dict(), "history": []}
        load(trainer, {**state, what: fresh[what]})

    return forgetful


class InTheMiddle(Checkpoint):
    """One checkpoint, of the third epoch's second batch."""

    def on_step_end(self, trainer, x, targets, loss):
        if (trainer.epoch, trainer.run.totals.batches) == (2, 2):
            super().on_step_end(trainer, x, targets, loss)

    def on_epoch_end(self, trainer, epoch, record):
        pass


PARTS = ["model", "optimizer", "streams", "order", "updates", "sums", "epoch", "history"]


@pytest.mark.parametrize(
    ("what", "training"), [*((what, everything) for what in PARTS), ("trainable", thawed_once)]
)
def test_what_a_checkpoint_forgets_is_noticed(what, training, tmp_path, monkeypatch):
    """Everything in the file is needed: without any part of it, the end is another one."""
    path = tmp_path / "run.checkpoint"
    untouched, history, _ = fit(training)
    fit(training, more=[InTheMiddle(path, every=1)])
    monkeypatch.setattr(Trainer, "load_state_dict", forgetting(what))
    resumed, again, _ = fit(training, resume=path)
    assert (resumed, without_seconds(again)) != (untouched, without_seconds(history))


def test_checkpoint_comes_last_wherever_it_stands_in_the_list(tmp_path):
    """Else it would miss what the callbacks after it saw of the epoch."""
    path = tmp_path / "run.checkpoint"

    def run(epochs, **options):
        one, own = early_stopping(1)
        callbacks = [Checkpoint(path), EarlyStopping(patience=2)]
        one.fit(X, Y, epochs, own["validation"], callbacks, progress=False, **options)
        return sha256(one.model), callbacks[1].best_epoch

    straight = run(3)
    run(1)
    assert run(3, resume=path) == straight
