"""PyTorch trains the same network beside ours, so that our time of an epoch can be judged.

It runs in a process of its own and takes turns with us, an epoch each, so that a busy moment of
the machine hits both. Where PyTorch is not installed, the process says so and all else goes on.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import (
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    MinitorchcnnError,
    ReLU,
    Sequential,
    load_model,
)
from minitorchcnn.laboratory.fashion_mnist.data import load_fashion
from minitorchcnn.laboratory.processes import AnsweringProcess

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Race:
    """All that PyTorch must know to do the same as we do.

    Attributes
    ----------
    model : str
        File of our untrained model: PyTorch begins with the same weights.
    data : str
        Folder of the images.
    images : int or None
        Train on the first so many; None on all.
    learning_rate, momentum : float
        The rate falls along half a cosine.
    """

    model: str
    data: str
    images: int | None
    batch_size: int
    learning_rate: float
    momentum: float
    epochs: int
    seed: int
    workers: int


class PyTorchProcess:
    """The process of PyTorch, from our side.

    Attributes
    ----------
    name : str
        "PyTorch" with its version, or why there is none.
    """

    def __init__(self, race: Race) -> None:
        self._process = AnsweringProcess(
            "minitorchcnn.laboratory.fashion_mnist.pytorch",
            json.dumps(asdict(race)),
            env={**os.environ, **dict.fromkeys(_THREADS, str(race.workers))},
        )
        first = self._process.answer()
        self._runs = "version" in first
        self.name = f"PyTorch {first['version']}" if self._runs else first["error"]

    def epoch(self) -> float | None:
        """Let it train for an epoch; return the seconds, None if it does not take part."""
        return self._ask("epoch").get("seconds")

    def accuracy(self) -> float | None:
        """Return its accuracy on the test images, None if it does not take part."""
        return self._ask("test").get("accuracy")

    def _ask(self, what: str) -> dict[str, Any]:
        return self._process.ask(what) if self._runs else {}

    def close(self) -> None:
        """End the process."""
        self._process.close()


def convert(model: Sequential) -> Any:
    """Return the same network of PyTorch's layers, with the same weights.

    Parameters
    ----------
    model : Sequential
        Of Conv2D with "same" padding and odd kernels, ReLU, MaxPool, Flatten and Dense.
    """
    import torch
    from torch import nn

    def layer(ours: Any) -> Any:
        if isinstance(ours, Conv2D):
            channels = (ours.input_shape or ())[0]
            return nn.Conv2d(channels, ours.filters, ours.kernel_size, padding="same")
        if isinstance(ours, Dense):
            return nn.Linear((ours.input_shape or ())[0], ours.units)
        if isinstance(ours, MaxPool):
            return nn.MaxPool2d(ours.pool_size, ours.stride)
        return {ReLU: nn.ReLU, Flatten: nn.Flatten}[type(ours)]()

    made = nn.Sequential(*map(layer, model.layers))
    made.load_state_dict({k: torch.from_numpy(v) for k, v in model.state_dict().items()})
    return made


def train_epochs(race: Race, x: Any, y: Any, network: Any) -> Iterator[float]:
    """Get ready at the first call of `next`, then train for an epoch at each: the seconds."""
    import torch

    loss = torch.nn.CrossEntropyLoss()
    # the first call of each operation is slow: a copy makes it
    loss(copy.deepcopy(network)(x[: race.batch_size]), y[: race.batch_size]).backward()
    options = {"lr": race.learning_rate, "momentum": race.momentum}
    optimizer = torch.optim.SGD(network.parameters(), **options)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, race.epochs)
    rng = np.random.default_rng(race.seed)
    yield 0.0  # ready
    while True:
        started = time.perf_counter()
        for rows in torch.from_numpy(rng.permutation(len(x))).split(race.batch_size):
            optimizer.zero_grad()
            loss(network(x[rows]), y[rows]).backward()
            optimizer.step()
        seconds = time.perf_counter() - started
        schedule.step()
        yield seconds


def serve(race: Race) -> Iterator[dict[str, Any]]:
    """Answer each line of standard input, "epoch" or "test", by what came of it."""
    try:
        import torch
    except ImportError:
        yield {"error": "PyTorch is not installed"}
        return
    torch.set_num_threads(race.workers)
    torch.manual_seed(race.seed)
    arrays = load_fashion(Path(race.data), race.images)[:4]
    x, y, x_test, y_test = map(torch.from_numpy, arrays)
    network = convert(load_model(race.model))
    training = train_epochs(race, x, y, network)
    next(training)
    yield {"version": torch.__version__}
    for line in sys.stdin:
        if line.strip() == "epoch":
            yield {"seconds": next(training)}
        else:
            with torch.inference_mode():
                answers = torch.cat([network(part).argmax(1) for part in x_test.split(256)])
            yield {"accuracy": float((answers == y_test).float().mean())}


def main() -> None:
    """Serve the race that the first argument describes."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a package prints is no answer
    try:
        for answer in serve(Race(**json.loads(sys.argv[1]))):
            print(json.dumps(answer), file=answers, flush=True)
    except (MinitorchcnnError, RuntimeError) as error:
        print(json.dumps({"error": f"PyTorch: {error}"}), file=answers, flush=True)


if __name__ == "__main__":
    main()
