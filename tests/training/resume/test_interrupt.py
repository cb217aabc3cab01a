"""Ctrl-C ends a training in good order: after the batch, with a checkpoint and the History."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from minitorchcnn import Callback, Checkpoint, EarlyStopping
from minitorchcnn.training.checkpointing import read_checkpoint
from tests.floors import ROOT
from tests.training.resume.trainings import early_stopping, everything, fit, plain


class CtrlC(Callback):
    """Press Ctrl-C during some update."""

    def __init__(self, update, times=1):
        self.update, self.times, self.ended, self.steps = update, times, 0, 0

    def on_step_end(self, trainer, x, targets, loss):
        self.steps += 1
        if trainer.run.updates == self.update:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)

    def on_fit_end(self, trainer):
        self.ended += 1


@pytest.mark.parametrize("update", [1, 4, 5, 7, 9])
def test_batch_is_finished_and_the_checkpoint_written(update, tmp_path):
    path, pressed = tmp_path / "run.checkpoint", CtrlC(update)
    _, history, one = fit(plain, more=[pressed, Checkpoint(path)])
    assert history.interrupted
    assert (pressed.steps, pressed.ended) == (update, 1)
    # five batches in an epoch: one that is ended by its last batch is measured when resumed
    assert len(history) == (update - 1) // 5
    assert f"History({len(history) or 'no'} epochs, interrupted" in repr(history)
    held = read_checkpoint(path)["state"]
    assert (held["epoch"], held["updates"]) == (one.epoch, update)
    resumed, again, _ = fit(plain, resume=path)
    assert not again.interrupted
    assert (resumed, len(again)) == (fit(plain)[0], 3)


def test_without_a_checkpoint_the_history_is_returned():
    _, history, one = fit(plain, more=[CtrlC(12)])
    assert history.interrupted
    assert history.column("epoch") == [1, 2]
    assert one.epoch == 2


def test_the_best_checkpoint_stays_the_best(tmp_path):
    best = Checkpoint(tmp_path / "best", best_only=True)
    fit(early_stopping, more=[best, CtrlC(5)])
    assert read_checkpoint(best.path)["state"]["updates"] == 3


def test_best_weights_come_back_but_the_checkpoint_has_the_last(tmp_path):
    """Else a resumed training would go on from other weights."""
    path = tmp_path / "run.checkpoint"
    untouched, _, _ = fit(everything)
    fit(everything, more=[CtrlC(7), Checkpoint(path)])
    assert fit(everything, resume=path)[0] == untouched


def test_handler_is_put_back():
    for more in ([], [CtrlC(3)]):
        fit(plain, more=more)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(Exception, match="is not recorded"):
        fit(plain, more=[EarlyStopping("nothing")])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_second_one_stops_at_once():
    pressed = CtrlC(3, times=2)
    with pytest.raises(KeyboardInterrupt):
        fit(plain, more=[pressed])
    assert (pressed.steps, pressed.ended) == (3, 0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_ones_own_is_left_alone():
    seen, own = [], lambda number, frame: seen.append(number)
    before = signal.signal(signal.SIGINT, own)
    try:
        _, history, _ = fit(plain, more=[CtrlC(3)])
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
    assert (history.interrupted, len(history)) == (False, 3)


def test_other_threads_leave_signals_alone():
    """Python lets the main thread only set a handler."""
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(plain)[0]))
    thread.start()
    thread.join()
    assert results == [fit(plain)[0]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as POSIX has them")
def test_a_real_one_from_outside(tmp_path):
    path = tmp_path / "run.checkpoint"
    command = [sys.executable, "-m", "tests.training.resume.killed", str(path), "1000000"]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[0].decode().splitlines()
    assert child.returncode == 0
    assert said[-1].startswith("weights ")
    updates = read_checkpoint(path)["state"]["updates"]
    assert said[-2] == f"done {updates}"


def test_a_training_that_was_at_its_end_is_not_interrupted():
    class AtTheEnd(Callback):
        def on_epoch_end(self, trainer, epoch, record):
            if epoch == 3:
                os.kill(os.getpid(), signal.SIGINT)

    _, history, _ = fit(plain, more=[AtTheEnd()])
    assert (history.interrupted, len(history)) == (False, 3)
