"""The training loop, and nothing but the loop: batches in, losses and better weights out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from minitorchcnn.arrays import Array
from minitorchcnn.callbacks import Callback, checked_callbacks
from minitorchcnn.checks import generator, integer
from minitorchcnn.datasets.split import stratified_split
from minitorchcnn.errors import ArgumentError, DataError
from minitorchcnn.finiteness import non_finite_loss, refuse_non_finite_weights
from minitorchcnn.history import History
from minitorchcnn.objectives import LossFunction, objective
from minitorchcnn.optimizers import SGD
from minitorchcnn.parallel import threads, worker_count
from minitorchcnn.preflight import scout, usable, warn_of_data
from minitorchcnn.sequential import Sequential


class Trainer:
    """Train a model by stochastic gradient descent.

    Parameters
    ----------
    model : Sequential
        Changed in place.
    optimizer : SGD
        One for each model: it remembers velocities.
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

    Attributes
    ----------
    epoch : int
        Epochs completed so far, over all calls of `fit`.

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
        optimizer: SGD,
        loss: str | LossFunction = "softmax_cross_entropy",
        batch_size: int = 32,
        seed: int | np.random.Generator = 0,
        workers: int | None = None,
    ) -> None:
        for name, value, kind in (("model", model, Sequential), ("optimizer", optimizer, SGD)):
            if not isinstance(value, kind):
                raise ArgumentError(
                    f"Trainer: {name} must be a {kind.__name__} object, got {value!r:.60}."
                )
        self.model, self.optimizer = model, optimizer
        self.objective = objective(loss)
        self.batch_size = integer(batch_size, "Trainer: batch_size", minimum=1)
        self.rng = generator(seed, "Trainer: seed")
        self.workers = worker_count(workers)
        # every fit sets the same samples aside: none may move from training to validation
        self._split_seed = int(self.rng.integers(2**63))
        self.epoch = 0
        self._stopping = False

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
        x, targets = self._checked(x, y)
        with threads(self.workers):
            return self._update(x, targets, "this batch")[0]

    def fit(
        self,
        x: Array,
        y: Array,
        epochs: int = 10,
        validation: tuple[Array, Array] | float | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool = True,
    ) -> History:
        """Train for some epochs; each sees every sample once, in a new random order.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model
        y : ndarray, first axis N
        epochs : int
        validation : (x, y), float or None
            Data to measure on after each epoch, or the fraction of the samples to set aside
            for it, in proportion for every class; the same samples in every `fit`.
        callbacks : sequence of Callback
        progress : bool
            Show a bar for each epoch.

        Returns
        -------
        History

        Raises
        ------
        ShapeError, DataError
            If the data does not fit, before anything is trained.
        NonFiniteError
            When the loss or a weight stops being finite; says where it began.

        Warns
        -----
        DataWarning
            About data that will hardly train as it is; see `Sequential.check`.
        """
        epochs = integer(epochs, "epochs", minimum=1)
        x, targets, held_out = self._split(x, y, validation)
        callbacks = checked_callbacks(callbacks)
        outputs = scout(self.model, x)
        warn_of_data(x, targets, held_out, self.objective, outputs.shape[1])
        history = History()
        self._stopping = False
        for callback in callbacks:
            callback.on_fit_start(self)
        last = self.epoch + epochs
        while self.epoch < last and not self._stopping:
            self.optimizer.epoch = self.epoch
            for callback in callbacks:
                callback.on_epoch_start(self, self.epoch + 1)
            title = f"epoch {self.epoch + 1}/{last}"
            with threads(self.workers):
                record = self._epoch(x, targets, held_out, callbacks, title, progress)
            self.epoch += 1
            history.records.append(record)
            for callback in callbacks:
                callback.on_epoch_end(self, self.epoch, record)
        for callback in callbacks:
            callback.on_fit_end(self)
        return history

    def stop(self) -> None:
        """End `fit` after the current epoch; for callbacks."""
        self._stopping = True

    def evaluate(self, x: Array, y: Array) -> dict[str, float]:
        """Return loss, and accuracy where the loss has one, without training.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model
        y : ndarray, first axis N

        Returns
        -------
        dict
            ``{"loss": ..., "accuracy": ...}``
        """
        return self._measure(*self._checked(x, y))

    def _measure(self, x: Array, targets: Array) -> dict[str, float]:
        outputs = self.model.predict(x, workers=self.workers)
        result = {"loss": self.objective.loss(outputs, targets)[0]}
        if self.objective.correct is not None:
            result["accuracy"] = float(self.objective.correct(outputs, targets).mean())
        return result

    def _checked(self, x: Any, y: Any) -> tuple[Array, Array]:
        return usable(self.model, self.objective, x, y, "Trainer")

    def _split(
        self, x: Any, y: Any, validation: Any
    ) -> tuple[Array, Array, tuple[Array, Array] | None]:
        x, targets = self._checked(x, y)
        if validation is None:
            return x, targets, None
        if isinstance(validation, (tuple, list)) and len(validation) == 2:
            return x, targets, self._checked(*validation)
        if isinstance(validation, (int, float)) and not isinstance(validation, bool):
            rng = np.random.default_rng(self._split_seed)
            if self.objective.correct is None or targets.ndim > 2:
                return _random_split(x, targets, validation, rng)
            classes = targets.reshape(len(targets), -1)[:, 0]
            rows = np.arange(len(x))
            rows, _, held, _ = stratified_split(rows, classes, validation, rng)
            return x[rows], targets[rows], (x[held], targets[held])
        raise ArgumentError(
            f"validation must be (x, y), a fraction such as 0.2, or None, got {validation!r}."
        )

    def _epoch(
        self,
        x: Array,
        targets: Array,
        held_out: tuple[Array, Array] | None,
        callbacks: Sequence[Callback],
        title: str,
        progress: bool,
    ) -> dict[str, float]:
        from tqdm import tqdm

        started = time.perf_counter()
        losses, right, seen = 0.0, 0, 0
        result: dict[str, float] = {}
        with tqdm(total=-(-len(x) // self.batch_size), desc=title, disable=not progress) as bar:
            for number, rows in enumerate(self._batches(len(x)), start=1):
                batch, wanted = x[rows], targets[rows]
                loss, correct = self._update(batch, wanted, f"{title}, batch {number}")
                for callback in callbacks:
                    callback.on_step_end(self, batch, wanted, loss)
                losses, right, seen = losses + loss * len(rows), right + correct, seen + len(rows)
                result["loss"] = losses / seen
                if self.objective.correct is not None:
                    result["accuracy"] = right / seen
                bar.set_postfix(result, refresh=False)
                bar.update()
            refuse_non_finite_weights(self.model, title)
            if held_out is not None:
                measured = self._validate(*held_out, f"{title}, validation")
                result.update({f"val_{name}": value for name, value in measured.items()})
                bar.set_postfix(result)
        return {
            "epoch": self.epoch + 1,
            **result,
            "learning_rate": self.optimizer.current_learning_rate,
            "seconds": time.perf_counter() - started,
        }

    def _validate(self, x: Array, targets: Array, where: str) -> dict[str, float]:
        with np.errstate(over="ignore", invalid="ignore"):
            measured = self._measure(x, targets)
        if not math.isfinite(measured["loss"]):
            raise non_finite_loss(
                self.model, x, measured["loss"], where, self.optimizer, training=False
            )
        return measured

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
            grads = self.model.gradients(grad, saved)
            for parameter, parameter_grad in zip(parameters, grads, strict=True):
                parameter.grad = parameter_grad
            self.optimizer.step(parameters)
        correct = self.objective.correct
        return loss, 0 if correct is None else int(correct(outputs, targets).sum())


def _random_split(
    x: Array, targets: Array, fraction: float, rng: np.random.Generator
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Set a fraction aside without regard to classes, for targets that have none."""
    held = round(len(x) * fraction)
    if not 0 < held < len(x):
        raise DataError(
            f"validation fraction {fraction} of {len(x)} samples leaves {held} for validation and "
            f"{len(x) - held} for training: both need at least one."
        )
    order = rng.permutation(len(x))
    return x[order[held:]], targets[order[held:]], (x[order[:held]], targets[order[:held]])
