"""The training loop, and nothing but the loop: batches in, losses and better weights out."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.ops.engine.threads import threads
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.training.batches import Augment, feed
from minitorchcnn.training.callbacks import Callback, Checkpoint, checked_callbacks
from minitorchcnn.training.checkpointing import restore, restore_callbacks
from minitorchcnn.training.data import Part, prepared, refuse_lonely_sample, split
from minitorchcnn.training.data_checks import scout, usable, warn_of_data
from minitorchcnn.training.evaluation import measure, refuse_non_finite_measure
from minitorchcnn.training.fingerprint import identity
from minitorchcnn.training.history import History
from minitorchcnn.training.interrupt import Interrupt, noticing_interrupt
from minitorchcnn.training.nonfinite import non_finite_loss, refuse_non_finite_weights
from minitorchcnn.training.objectives import LossFunction, objective
from minitorchcnn.training.state import Run
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import generator, integer, worker_count


class Trainer:
    """Train a model by stochastic gradient descent.

    Parameters
    ----------
    model : Sequential
        Changed in place.
    optimizer : Optimizer
        Such as `SGD`. One for each model: it remembers what it knows of each parameter.
    loss : str or callable
        "softmax_cross_entropy" (labels (N,) of integers), "binary_cross_entropy" (labels (N,)
        of 0 and 1, for a model of one output), "mean_squared_error" (targets like the outputs),
        or a function ``(outputs, targets) -> (loss, grad_outputs)``.
    batch_size : int
        Samples for one update; the last batch of an epoch may be smaller.
    seed : int or numpy.random.Generator
        Order of the samples, and the validation split.
    workers : int or None
        Threads to compute on; None means all processors. The results are the same bits for
        any number.
    augment : callable or None
        ``augment(x, rng) -> x`` changes each batch for `fit` and keeps shape and dtype. With
        two workers or more it runs on threads ahead of training. What `rng` gives follows from
        seed and update alone.

    Attributes
    ----------
    epoch : int
        Epochs completed so far, over all calls of `fit`.
    run : Run
        Where the current or last `fit` stands; for callbacks.
    split_seed : int
        Drawn from `seed`; which samples a fraction sets aside, and what `augment` draws.

    Raises
    ------
    ArgumentError
        If an option cannot work.

    Examples
    --------
    >>> from minitorchcnn import SGD, Dense, Flatten, Sequential, datasets
    >>> x, y = datasets.handwriting()
    >>> model = Sequential([Flatten(), Dense(10)], input_shape=(1, 8, 8), seed=0)
    >>> trainer = Trainer(model, SGD(0.1, momentum=0.9), seed=0)
    >>> history = trainer.fit(x, y, epochs=2, validation=0.2, progress=False)
    >>> history.records[-1]["val_accuracy"] > 0.85
    True
    """

    def __init__(
        self,
        model: Sequential,
        optimizer: Optimizer,
        loss: str | LossFunction = "softmax_cross_entropy",
        batch_size: int = 32,
        seed: int | np.random.Generator = 0,
        workers: int | None = None,
        augment: Augment | None = None,
    ) -> None:
        if not isinstance(model, Sequential):
            raise ArgumentError(f"Trainer: model must be a Sequential object, got {model!r:.60}.")
        if not isinstance(optimizer, Optimizer):
            raise ArgumentError(
                f"Trainer: optimizer must be an Optimizer object, such as SGD(0.01), got "
                f"{optimizer!r:.60}."
            )
        if augment is not None and not callable(augment):
            raise ArgumentError(
                f"Trainer: augment must be a function (x, rng) -> x, got {augment!r:.60}."
            )
        self.model, self.optimizer, self.augment = model, optimizer, augment
        self.loss, self.objective = loss, objective(loss)
        self.batch_size = integer(batch_size, "Trainer: batch_size", minimum=1)
        self.rng = generator(seed, "Trainer: seed")
        self.workers = worker_count(workers)
        # every fit sets the same samples aside: none may move from training to validation
        self.split_seed = int(self.rng.integers(2**63))
        self.epoch, self.run = 0, Run()

    def step(self, x: Array, y: Array) -> float:
        """Do one update on one batch and return the loss before it.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model
        y : ndarray
            Labels or targets, as the loss wants them.

        Raises
        ------
        ShapeError, DataError
            If x or y do not fit.
        NonFiniteError
            If the loss is NaN or infinite; the weights are then left as they are.
        """
        x, targets = usable(self.model, self.objective, x, y, "Trainer")
        with threads(self.workers):
            return self._update(x, targets, "this batch")[0]

    def fit(
        self,
        x: Samples,
        y: Array,
        epochs: int = 10,
        validation: tuple[Samples, Array] | float | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool = True,
        resume: str | Path | None = None,
    ) -> History:
        """Train for some epochs; each sees every sample once, in a new random order.

        Ctrl-C ends it in good order when the batch is done (`History.interrupted`), a second one
        at once.

        Parameters
        ----------
        x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
            Never copied as a whole; may be memory-mapped.
        y : ndarray, first axis N
        epochs : int
        validation : (x, y), float or None
            Data to measure on after each epoch, or the fraction of the samples to set aside
            for it, in proportion for every class; the same samples in every `fit`.
        callbacks : sequence of Callback
        progress : bool
            Show a bar for each epoch.
        resume : str, Path or None
            Go on from a checkpoint that the callback `Checkpoint` wrote in another `fit` of the
            same data, model and options: the weights end as if that had not been interrupted.

        Returns
        -------
        History
            With the epochs before a resumed checkpoint.

        Raises
        ------
        ShapeError, DataError, ArgumentError
            If the data does not fit, before anything is trained, or is not a checkpoint's.
        FormatError
            If `resume` is not a checkpoint, or a callback cannot write its file.
        NonFiniteError
            When the loss or a weight stops being finite; says where it began.

        Warns
        -----
        DataWarning
            About data that will hardly train as it is; see `Sequential.check`.
        """
        epochs = integer(epochs, "epochs", minimum=1)
        whole, apart = prepared(self.model, self.objective, x, y, validation)
        by_class = self.objective.correct is not None and whole.targets.ndim <= 2
        data, held_out = split(whole, apart, self.split_seed, by_class=by_class)
        outputs = scout(self.model, data.x)
        warn_of_data(*data, held_out, self.objective, outputs.shape[1])
        refuse_lonely_sample(self.model, len(data.x), self.batch_size)
        # those that save the run come last, when all others have seen the step or epoch
        called = sorted(checked_callbacks(callbacks), key=lambda c: isinstance(c, Checkpoint))
        self.run = Run(self.epoch, self.epoch + epochs, called, updates=self.run.updates)
        self.run.begin_epoch(self.rng)
        if resume is not None or any(isinstance(callback, Checkpoint) for callback in called):
            self.run.identity = identity(self, *whole, apart)
        self._start(resume)
        with noticing_interrupt() as interrupt, threads(self.workers):
            self._loop(data, held_out, progress, interrupt)
        for callback in called:
            callback.on_fit_end(self)
        return self.run.history

    def _start(self, resume: str | Path | None) -> None:
        """Tell callbacks of the beginning, or of going on."""
        self.run.resuming = resume is not None
        states = [] if resume is None else restore(self, resume)
        for callback in self.run.callbacks:
            callback.on_fit_start(self)
        if resume is not None:
            restore_callbacks(self, states, resume)

    def _loop(
        self, data: Part, held_out: Part | None, progress: bool, interrupt: Interrupt
    ) -> None:
        run = self.run
        while self.epoch < run.last and not run.stopping and not interrupt.requested:
            self.optimizer.epoch = self.epoch
            for callback in run.callbacks:
                callback.on_epoch_start(self, self.epoch + 1)
            record = self._epoch(data, held_out, progress, interrupt)
            if record is None:
                break
            self.epoch += 1
            run.begin_epoch(self.rng)
            run.history.records.append(record)
            for callback in run.callbacks:
                callback.on_epoch_end(self, self.epoch, record)
        complete = self.epoch >= run.last or (run.stopping and run.sums.batches == 0)
        if interrupt.requested and not complete:
            run.history.interrupted = True
            for callback in run.callbacks:
                callback.on_interrupt(self)

    def stop(self) -> None:
        """End `fit` after the current epoch; for callbacks."""
        self.run.stopping = True

    def evaluate(self, x: Samples, y: Array) -> dict[str, float]:
        """Return loss, and accuracy where the loss has one, without training.

        Parameters
        ----------
        x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
        y : ndarray, first axis N

        Returns
        -------
        dict
            ``{"loss": ..., "accuracy": ...}``
        """
        data, _ = prepared(self.model, self.objective, x, y, None)
        return self._measure(*data)

    def _measure(self, x: Samples, targets: Array) -> dict[str, float]:
        return measure(self.model, self.objective, x, targets, self.workers)

    def _epoch(
        self, data: Part, held_out: Part | None, progress: bool, interrupt: Interrupt
    ) -> dict[str, float] | None:
        """Train on what is left of the epoch; return its record, or None after Ctrl-C."""
        from tqdm import tqdm

        run, sums = self.run, self.run.sums
        began = time.perf_counter() - sums.seconds
        with_accuracy = self.objective.correct is not None
        title = f"epoch {self.epoch + 1}/{run.last}"
        total = -(-len(data.x) // self.batch_size)
        left = enumerate(islice(self._batches(len(data.x)), sums.batches, None), run.updates)
        ready = feed(data, left, self.augment, self.split_seed, self.workers)
        with (
            tqdm(total=total, initial=sums.batches, desc=title, disable=not progress) as bar,
            contextlib.closing(ready) as batches,
        ):
            for batch, targets in batches:
                loss, right = self._update(batch, targets, f"{title}, batch {sums.batches + 1}")
                sums.add(len(batch), loss, right, time.perf_counter() - began)
                run.updates += 1
                for callback in run.callbacks:
                    callback.on_step_end(self, batch, targets, loss)
                if progress:
                    bar.set_postfix(sums.means(with_accuracy=with_accuracy), refresh=False)
                    bar.update()
                if interrupt.requested:
                    return None
            refuse_non_finite_weights(self.model, title)
            record = {"epoch": self.epoch + 1, **sums.means(with_accuracy=with_accuracy)}
            if held_out is not None:
                record.update(self._validated(held_out, f"{title}, validation"))
                bar.set_postfix({name: value for name, value in record.items() if name != "epoch"})
        seconds = time.perf_counter() - began
        rate = self.optimizer.current_learning_rate
        return {**record, "learning_rate": rate, "seconds": seconds}

    def _validated(self, held_out: Part, where: str) -> dict[str, float]:
        with np.errstate(over="ignore", invalid="ignore"):
            measured = self._measure(*held_out)
            refuse_non_finite_measure(measured, self.model, held_out.x, where, self.optimizer)
        return {f"val_{name}": value for name, value in measured.items()}

    def _batches(self, n: int) -> Iterator[Array]:
        order = self.rng.permutation(n)
        for start in range(0, n, self.batch_size):
            yield order[start : start + self.batch_size]

    def _update(self, x: Array, targets: Array, where: str) -> tuple[float, int]:
        """Train on one batch; return its loss and how many samples were right."""
        # what overflows here is caught below with a better message than NumPy's warning
        with np.errstate(over="ignore", invalid="ignore"):
            outputs, saved = self.model.compute(x, training=True)
            loss, grad = self.objective.loss(outputs, targets)
            if not math.isfinite(loss):
                raise non_finite_loss(self.model, x, loss, where, self.optimizer)
            parameters = self.model.parameters()
            for parameter in parameters:
                parameter.grad = None  # so that old and new ones never stand side by side
            grads = self.model.gradients(grad, saved)
            for parameter, parameter_grad in zip(parameters, grads, strict=True):
                parameter.grad = parameter_grad
            self.optimizer.step(parameters)
        correct = self.objective.correct
        return loss, 0 if correct is None else int(correct(outputs, targets).sum())
