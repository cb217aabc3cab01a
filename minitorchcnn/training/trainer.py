"""The Trainer: a step on one batch, in two halves, and the state that checkpoints keep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.errors import ArgumentError
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.ops.engine.threads import threads
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.training.callbacks import Callback
from minitorchcnn.training.data import Augment, prepare_data
from minitorchcnn.training.data_checks import validate_data
from minitorchcnn.training.evaluation import evaluate
from minitorchcnn.training.history import History
from minitorchcnn.training.loop import fit
from minitorchcnn.training.nonfinite import non_finite_loss
from minitorchcnn.training.objectives import LossFunction, find_objective
from minitorchcnn.training.state import BatchResult, FitState, count, load_model_state, model_state
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
    run : FitState
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
        self.loss, self.objective = loss, find_objective(loss)
        self.batch_size = integer(batch_size, "Trainer: batch_size", minimum=1)
        self.rng = generator(seed, "Trainer: seed")
        self.workers = worker_count(workers)
        # every fit sets the same samples aside: none may move from training to validation
        self.split_seed = int(self.rng.integers(2**63))
        self.epoch, self.run = 0, FitState()
        self.run.begin_epoch(self.rng)

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
        x, targets = validate_data(self.model, self.objective, x, y, "Trainer")
        result = self.loss_and_gradients(x, targets)
        self.apply(result.gradients)
        return result.loss

    def loss_and_gradients(
        self, x: Array, targets: Array, where: str = "this batch"
    ) -> BatchResult:
        """Do the first half of a step: up the chain, to the loss, and down again.

        `step` and `fit` call this and then `apply`; between the two a subclass may change the
        gradients, or add them up over several machines.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model; not checked
        targets : ndarray
            In the form that the loss wants; not checked.
        where : str
            What the message calls the batch.

        Raises
        ------
        NonFiniteError
            If the loss is NaN or infinite.
        """
        # what overflows here is caught below with a better message than NumPy's warning
        with threads(self.workers), np.errstate(over="ignore", invalid="ignore"):
            outputs, saved = self.model.compute(x, training=True)
            loss, grad = self.objective.loss(outputs, targets)
            if not math.isfinite(loss):
                raise non_finite_loss(self.model, x, loss, where, self.optimizer)
            for parameter in self.model.parameters():
                parameter.grad = None  # so that old and new ones never stand side by side
            gradients = self.model.gradients(grad, saved)
        correct = self.objective.correct
        right = 0 if correct is None else int(correct(outputs, targets).sum())
        return BatchResult(loss, gradients, right)

    def apply(self, gradients: Sequence[Array | None]) -> None:
        """Do the second half of a step: let the optimizer change the parameters.

        Parameters
        ----------
        gradients : sequence of ndarray or None
            From `loss_and_gradients`; afterwards each is its parameter's `grad`.

        Raises
        ------
        ArgumentError
            If there is not one for each parameter, of its shape; then nothing has been changed.
        """
        parameters = self.model.parameters()
        pairs = list(zip(parameters, gradients, strict=False))
        strange = [p.name for p, grad in pairs if grad is not None and grad.shape != p.value.shape]
        if strange or len(gradients) != len(parameters):
            raise ArgumentError(
                f"apply: gradients must be one for each parameter of the model, of shapes "
                f"{[parameter.value.shape for parameter in parameters]}, got "
                f"{[grad if grad is None else grad.shape for grad in gradients]}."
            )
        for parameter, grad in pairs:
            parameter.grad = grad
        with np.errstate(over="ignore", invalid="ignore"):
            self.optimizer.step(parameters)

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
        return fit(self, x, y, epochs, validation, callbacks, progress=progress, resume=resume)

    def batch_rows(self, n: int) -> Iterator[Array]:
        """Yield the numbers of the samples in each batch of an epoch, in a new random order."""
        order = self.rng.permutation(n)
        for start in range(0, n, self.batch_size):
            yield order[start : start + self.batch_size]

    def stop(self) -> None:
        """End `fit` after the current epoch; for callbacks."""
        self.run.stopping = True

    def evaluate(self, x: Samples, y: Array) -> dict[str, float]:
        """Return ``{"loss": ..., "accuracy": ...}``, the latter where the loss has one.

        Parameters
        ----------
        x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
        y : ndarray, first axis N
        """
        data, _ = prepare_data(self.model, self.objective, x, y, None)
        return evaluate(self.model, self.objective, *data, self.workers)

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state of a `fit`, as checkpoints keep it.

        That is: weights, what is frozen, what the optimizer and callbacks remember, the state of
        all random streams, the History, the epoch and how far it is.
        """
        return {
            **model_state(self.model),
            "optimizer": self.optimizer.state_dict(),
            "order": self.run.order,
            "epoch": self.epoch,
            **self.run.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where a Trainer of the same model, options and seed stood.

        A `fit` that follows begins with the epoch that was interrupted, if one was. Callbacks get
        their state from ``fit(..., resume=path)`` only.

        Parameters
        ----------
        state : dict
            From `state_dict`.
        """
        load_model_state(self.model, state)
        self.optimizer.load_state_dict(state["optimizer"])
        self.rng.bit_generator.state = state["order"]
        self.epoch = count(state["epoch"])
        self.run.load_state_dict(state)
