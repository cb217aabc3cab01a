"""The model: a chain of layers whose sizes follow from one input shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from minitorchcnn.errors import ArgumentError, CallOrderError, ShapeError
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.model.build import (
    build_chain,
    check_class_names,
    check_layers,
    check_preprocessing,
    plain_seed,
)
from minitorchcnn.model.cost import Estimate, estimate
from minitorchcnn.model.fusion import plan
from minitorchcnn.ops.engine.threads import threads
from minitorchcnn.types import Array, Samples
from minitorchcnn.validation import (
    check_batch,
    check_dtype,
    check_finite,
    check_sample_shape,
    generator,
    integer,
    worker_count,
)

if TYPE_CHECKING:
    from minitorchcnn.training.data_checks import PreflightReport


class Sequential:
    """A chain of layers: the output of each is the input of the next.

    Parameters
    ----------
    layers : iterable of Layer
        Fresh layer objects, first to last.
    input_shape : tuple of int
        Shape of one sample: (channels, height, width) or (features,).
    seed : int or numpy.random.Generator
        Source of all first weights and of Dropout. Every layer has a random stream of its own,
        so changing one layer leaves the weights of the others as they are.
    dtype : "float32" or "float64"
    class_names : sequence of str or None
        A name for each output, or two for a single output.
    preprocessing : dict or None
        What pictures go through before they are samples; plain data, as it is kept in the model
        file. `datasets` makes it.

    Attributes
    ----------
    layers : tuple of Layer
    input_shape, output_shape : tuple of int
        Without the batch axis.
    dtype : numpy.dtype
    seed : int or None
        As given; None if it was a generator.
    class_names : tuple of str or None
    preprocessing : dict or None
        These two may be set later, too.

    Raises
    ------
    ArgumentError
        If there is no layer, something is not a layer, or a layer object appears twice; if the
        class names do not fit the outputs, or the preprocessing is not plain data.
    ShapeError
        If a layer cannot take what the one before it gives; the message names the layer and
        all shapes up to it.

    Examples
    --------
    >>> from minitorchcnn import Conv2D, Dense, Flatten, MaxPool, ReLU
    >>> layers = [Conv2D(3, 3), ReLU(), MaxPool(2), Flatten(), Dense(10)]
    >>> model = Sequential(layers, input_shape=(1, 28, 28), seed=0)
    >>> model.output_shape
    (10,)
    """

    def __init__(
        self,
        layers: Iterable[Layer],
        input_shape: Any,
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = "float32",
        *,
        class_names: Iterable[str] | None = None,
        preprocessing: dict[str, Any] | None = None,
    ) -> None:
        self.layers = check_layers(layers)
        self.input_shape = check_sample_shape(input_shape, "Sequential")
        self.dtype = check_dtype(dtype)
        rng = generator(seed, "Sequential: seed")
        self.seed = plain_seed(seed)
        self.output_shape = build_chain(self.layers, self.input_shape, rng, self.dtype)
        self.class_names = class_names
        self.preprocessing = preprocessing
        self._steps = plan(self.layers)

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """What each output stands for, or None if nobody has said so."""
        return self._class_names

    @class_names.setter
    def class_names(self, names: Iterable[str] | None) -> None:
        self._class_names = check_class_names(names, self.output_shape)

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """What pictures go through before they are samples, in plain data."""
        return self._preprocessing

    @preprocessing.setter
    def preprocessing(self, steps: dict[str, Any] | None) -> None:
        self._preprocessing = check_preprocessing(steps)

    def forward(self, x: Array, training: bool = True) -> Array:
        """Compute the outputs of one batch, every layer keeping what `backward` needs.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model
        training : bool
            Dropout and BatchNorm behave differently in training.

        Returns
        -------
        y : ndarray, shape (N, *output_shape)

        Raises
        ------
        ShapeError
            If x does not fit; the message says how.
        """
        check_batch(x, self.input_shape, self.dtype, "Sequential")
        for layer in self.layers:
            x = layer.forward(x, training=training)
        return x

    def backward(self, grad_y: Array) -> Array:
        """Send a gradient back through all layers, overwriting every parameter's gradient.

        Parameters
        ----------
        grad_y : ndarray, shape and dtype of the last `forward`'s y

        Returns
        -------
        grad_x : ndarray, shape of the last `forward`'s x
        """
        for layer in reversed(self.layers):
            grad_y = layer.backward(grad_y)
        return grad_y

    def compute(self, x: Array, *, training: bool) -> tuple[Array, list[Any]]:
        """Return the outputs and what `gradients` needs, keeping nothing in the layers.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model; not checked
        training : bool

        Returns
        -------
        y : ndarray, shape (N, *output_shape)
        saved : list
            For `gradients`; neighbouring layers that are computed together share an entry.
        """
        kept = []
        for step in self._steps:
            x, saved = step.compute(x, training=training, keep=True)
            kept.append(saved)
        return x, kept

    def gradients(self, grad_y: Array, saved: list[Any]) -> list[Array | None]:
        """Return one gradient for each of `parameters()`; None for frozen ones.

        Nothing is computed below the lowest layer that is trained.

        Parameters
        ----------
        grad_y : ndarray, shape (N, *output_shape)
        saved : list
            From `compute`.
        """
        trained = [index for index, step in enumerate(self._steps) if step.trained]
        lowest = trained[0] if trained else len(self._steps)
        grads: list[list[Array | None]] = []
        for index in reversed(range(len(self._steps))):
            step = self._steps[index]
            if index < lowest:
                grads.append([None for layer in step.layers for _ in layer.parameters()])
                continue
            grad_x, own = step.gradients(grad_y, saved[index], need_grad_x=index > lowest)
            grads.append(own)
            if index > lowest:
                if grad_x is None:
                    raise CallOrderError(f"{step.layers[0]}: gradients() gave no grad_x.")
                grad_y = grad_x
        return [grad for own in reversed(grads) for grad in own]

    def predict(self, x: Samples, batch_size: int = 256, workers: int | None = None) -> Array:
        """Return the outputs (logits) for any number of samples, keeping nothing.

        Parameters
        ----------
        x : ndarray or StoredArray, shape (N, *input_shape), dtype of the model
        batch_size : int
            Samples at a time; bounds the memory, does not change the meaning.
        workers : int or None
            Threads to compute on; None means all processors. Does not change a bit.

        Returns
        -------
        ndarray, shape (N, *output_shape)

        Raises
        ------
        ShapeError
            If x does not fit or is empty.
        DataError
            If x holds NaN or infinity.
        """
        check_batch(x, self.input_shape, self.dtype, "Sequential")
        check_finite(x, "Sequential")
        size = integer(batch_size, "batch_size", minimum=1)
        y = np.empty((len(x), *self.output_shape), self.dtype)
        with threads(worker_count(workers)):
            for start in range(0, len(x), size):
                part = x[start : start + size]
                for step in self._steps:
                    part, _ = step.compute(part, training=False, keep=False)
                y[start : start + size] = part
        return y

    __call__ = predict

    def parameters(self) -> list[Parameter]:
        """Return all parameters, first layer first, weight before bias."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def _state(self) -> Iterator[tuple[str, Array]]:
        for index, layer in enumerate(self.layers):
            for name, value in layer.state().items():
                yield f"{index}.{name}", value

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all weights and statistics, named as `torch.nn.Sequential` does.

        Returns
        -------
        dict of str to ndarray
            "0.weight", "0.bias", for BatchNorm also "1.running_mean", "1.running_var" and
            "1.num_batches_tracked".
        """
        return {name: value.copy() for name, value in self._state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over weights and statistics, from this class or from `torch.nn.Sequential`.

        Parameters
        ----------
        state : dict of str to array
            Exactly the names, shapes and dtypes of `state_dict`. CPU tensors are arrays too.

        Raises
        ------
        ArgumentError
            If state is not a dict.
        ShapeError
            If a name is missing or unknown, or an array differs in shape or dtype; then
            nothing has been changed.
        """
        if not isinstance(state, dict):
            raise ArgumentError(
                f"load_state_dict needs a dict of names and arrays, got {type(state).__name__}: "
                f"pass other.state_dict(), or use load_model(path) for a file."
            )
        own = dict(self._state())
        missing, unknown = own.keys() - state.keys(), state.keys() - own.keys()
        if missing or unknown:
            raise ShapeError(
                f"state does not fit this model: missing {sorted(missing) or 'nothing'}, unknown "
                f"{sorted(unknown) or 'nothing'}. The layers and their order must be the same."
            )
        arrays = {name: np.asarray(state[name]) for name in own}
        for name, value in own.items():
            if arrays[name].shape != value.shape or arrays[name].dtype != value.dtype:
                raise ShapeError(
                    f"state {name!r} is {arrays[name].dtype} of shape {arrays[name].shape}, "
                    f"expected {value.dtype} of shape {value.shape}: the model must be built with "
                    f"the same sizes and dtype."
                )
        for name, value in own.items():
            value[...] = arrays[name]

    def summary(self) -> str:
        """Return a table of the layers: output shape, parameters and receptive field.

        The receptive field is the patch of input pixels (height x width) that one output
        depends on. The last line says what training takes on batches of 32; `estimate` tells
        more.
        """
        from minitorchcnn.model.summary import summarize

        return summarize(self)

    def estimate(self, batch_size: int, workers: int | None = None, slots: int = 1) -> Estimate:
        """Return memory and work of a training step and of `predict`, before anything runs.

        Parameters
        ----------
        batch_size : int
        workers : int or None
            Threads, each with scratch memory of its own; None means all processors.
        slots : int
            Numbers that the optimizer keeps for each weight, `Optimizer.slots`: 1 for SGD with
            momentum, 0 without.

        Returns
        -------
        Estimate
            Bytes, within some percent of the real peak, and floating-point operations.

        Raises
        ------
        ArgumentError
            If batch_size or workers is not a positive integer, or slots a negative one.

        Examples
        --------
        >>> from minitorchcnn import Dense
        >>> model = Sequential([Dense(10)], input_shape=(1000,))
        >>> cost = model.estimate(32, workers=1)
        >>> cost.parameters, cost.training_flops
        (40040, 1280000)
        """
        return estimate(self, batch_size, workers, slots)

    def check(
        self, x: Samples, labels: Array, loss: str | Callable[..., Any] = "softmax_cross_entropy"
    ) -> PreflightReport:
        """Look at the model with its data before training; `Trainer.fit` does so by itself.

        Parameters
        ----------
        x : ndarray, shape (N, *input_shape), dtype of the model
        labels : ndarray, first axis N
            Labels or targets, as the loss wants them.
        loss : str or callable
            As for `Trainer`.

        Returns
        -------
        PreflightReport
            Printed: every layer's output shape with the sum behind it, what the data is like,
            and warnings about what will hardly train.

        Raises
        ------
        ShapeError, DataError
            If the model cannot be trained on this data; says what to do about it.
        """
        from minitorchcnn.training.data_checks import check

        return check(self, x, labels, loss)

    def save(self, path: str | Path) -> None:
        """Write the model to a safetensors file; see `minitorchcnn.load_model`.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        FormatError
            If the model cannot be described in a file, or the file cannot be written.
        """
        from minitorchcnn.model.serialization import save_model

        save_model(self, path)

    def __repr__(self) -> str:
        rows = "".join(f"    {layer!r},\n" for layer in self.layers)
        return f"Sequential([\n{rows}], input_shape={self.input_shape}, dtype={self.dtype.name!r})"
