"""The training loop: epochs of batches, validation after each, and callbacks told of everything."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.ops.engine.threads import threads
from minitorchcnn.training.callbacks import Callback, check_callbacks
from minitorchcnn.training.checkpointing import naming_checkpoint, read_state
from minitorchcnn.training.data import Examples, iterate_batches, prepare_data, split_data
from minitorchcnn.training.data_checks import dry_run, require_two_for_batchnorm
from minitorchcnn.training.data_warnings import warn_of_data
from minitorchcnn.training.evaluation import evaluate
from minitorchcnn.training.fingerprint import fingerprint
from minitorchcnn.training.history import History
from minitorchcnn.training.interrupt import Interrupt, noticing_interrupt
from minitorchcnn.training.nonfinite import refuse_non_finite_measure, refuse_non_finite_weights
from minitorchcnn.training.state import FitState
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


def fit(
    trainer: Trainer,
    x: Samples,
    y: Array,
    epochs: int,
    validation: Any,
    callbacks: Sequence[Callback],
    *,
    progress: bool,
    resume: str | Path | None,
) -> History:
    """Look at everything before anything is trained, then train; see `Trainer.fit`."""
    epochs = integer(epochs, "epochs", minimum=1)
    model, objective = trainer.model, trainer.objective
    whole, apart = prepare_data(model, objective, x, y, validation)
    by_class = objective.correct is not None and whole.targets.ndim <= 2
    data, held_out = split_data(whole, apart, trainer.split_seed, by_class=by_class)
    outputs = dry_run(model, data.x)
    warn_of_data(*data, held_out, objective, outputs.shape[1])
    require_two_for_batchnorm(model, len(data.x), trainer.batch_size)
    called = sorted(check_callbacks(callbacks), key=lambda callback: callback.runs_last)
    before = trainer.run
    trainer.run = FitState(trainer.epoch, trainer.epoch + epochs, called, updates=before.updates)
    trainer.run.begin_epoch(trainer.rng)
    if resume is not None or any(callback.needs_fingerprint for callback in called):
        trainer.run.fingerprint = fingerprint(trainer, *whole, apart)
    _begin(trainer, resume)
    with noticing_interrupt() as interrupt, threads(trainer.workers):
        _train(trainer, data, held_out, progress, interrupt)
    for callback in called:
        callback.on_fit_end(trainer)
    return trainer.run.history


def _begin(trainer: Trainer, resume: str | Path | None) -> None:
    """Tell callbacks that a `fit` begins, or goes on from a checkpoint."""
    run = trainer.run
    if resume is None:
        for callback in run.callbacks:
            callback.on_fit_start(trainer)
        return
    run.resuming = True
    state = read_state(resume, run.fingerprint or {})
    with naming_checkpoint(resume):
        trainer.load_state_dict(state)
    for callback in run.callbacks:
        callback.on_fit_start(trainer)
    with naming_checkpoint(resume):
        run.load_callbacks(state["callbacks"])


def _train(
    trainer: Trainer,
    data: Examples,
    held_out: Examples | None,
    progress: bool,
    interrupt: Interrupt,
) -> None:
    """Train to the last epoch, until a callback stops it, or until Ctrl-C."""
    run = trainer.run
    while trainer.epoch < run.last and not run.stopping and not interrupt.requested:
        trainer.optimizer.epoch = trainer.epoch
        for callback in run.callbacks:
            callback.on_epoch_start(trainer, trainer.epoch + 1)
        record = _train_epoch(trainer, data, held_out, progress, interrupt)
        if record is None:
            break
        trainer.epoch += 1
        run.begin_epoch(trainer.rng)
        run.history.records.append(record)
        for callback in run.callbacks:
            callback.on_epoch_end(trainer, trainer.epoch, record)
    complete = trainer.epoch >= run.last or (run.stopping and run.totals.batches == 0)
    if interrupt.requested and not complete:
        run.history.interrupted = True
        for callback in run.callbacks:
            callback.on_interrupt(trainer)


def _train_epoch(
    trainer: Trainer,
    data: Examples,
    held_out: Examples | None,
    progress: bool,
    interrupt: Interrupt,
) -> dict[str, float] | None:
    """Train on what is left of the epoch; return its record, or None after Ctrl-C."""
    from tqdm import tqdm

    run, totals = trainer.run, trainer.run.totals
    began = time.perf_counter() - totals.seconds
    with_accuracy = trainer.objective.correct is not None
    title = f"epoch {trainer.epoch + 1}/{run.last}"
    rows = islice(trainer.batch_rows(len(data.x)), totals.batches, None)
    ready = iterate_batches(
        data, enumerate(rows, run.updates), trainer.augment, trainer.split_seed, trainer.workers
    )
    total = -(-len(data.x) // trainer.batch_size)
    with (
        tqdm(total=total, initial=totals.batches, desc=title, disable=not progress) as bar,
        contextlib.closing(ready) as batches,
    ):
        for x, targets in batches:
            where = f"{title}, batch {totals.batches + 1}"
            loss, gradients, correct = trainer.loss_and_gradients(x, targets, where)
            trainer.apply(gradients)
            del gradients  # or they would still be there when the next ones are computed
            totals.add(len(x), loss, correct, time.perf_counter() - began)
            run.updates += 1
            for callback in run.callbacks:
                callback.on_step_end(trainer, x, targets, loss)
            if progress:
                bar.set_postfix(totals.means(with_accuracy=with_accuracy), refresh=False)
                bar.update()
            if interrupt.requested:
                return None
        refuse_non_finite_weights(trainer.model, title)
        record = {"epoch": trainer.epoch + 1, **totals.means(with_accuracy=with_accuracy)}
        if held_out is not None:
            record.update(_validate(trainer, held_out, f"{title}, validation"))
            bar.set_postfix({name: value for name, value in record.items() if name != "epoch"})
    seconds = time.perf_counter() - began
    rate = trainer.optimizer.current_learning_rate
    return {**record, "learning_rate": rate, "seconds": seconds}


def _validate(trainer: Trainer, held_out: Examples, where: str) -> dict[str, float]:
    with np.errstate(over="ignore", invalid="ignore"):
        measured = evaluate(trainer.model, trainer.objective, *held_out, trainer.workers)
        refuse_non_finite_measure(measured, trainer.model, held_out.x, where, trainer.optimizer)
    return {f"val_{name}": value for name, value in measured.items()}
