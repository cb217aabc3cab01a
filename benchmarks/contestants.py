"""The same networks in every package, each the way its own documentation would write them.

A function gives two calls for a workload: one training step (forward, loss, backward, SGD with
momentum) and the outputs of one batch. Packages are imported inside, each in its own process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.workloads import Workload

#: So small that the thousandth step computes with the same kind of numbers as the first.
RATE = 1e-5
MOMENTUM = 0.9

#: Rows and columns of the matrices that show what BLAS can reach.
PRODUCT = 1536


class Calls(NamedTuple):
    """What is timed; None where the package has no such thing."""

    train: Callable[[], Any] | None
    predict: Callable[[], Any]


def data(work: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch: images in [-1, 1] and labels."""
    rng = np.random.default_rng(0)
    x = rng.random((work.batch, *work.size), dtype=np.float32) * 2 - 1
    return x, rng.integers(10, size=work.batch)


def minitorchcnn(work: Workload, cores: int) -> Calls:
    """Return the calls of this package."""
    import minitorchcnn as mt

    make: dict[str, Callable[..., mt.Layer]] = {
        "conv": lambda f, k, p: mt.Conv2D(f, k, padding=p),
        "relu": mt.ReLU,
        "pool": mt.MaxPool,
        "flatten": mt.Flatten,
        "average": mt.GlobalAvgPool,
        "dense": mt.Dense,
    }
    layers = [make[kind](*options) for kind, *options in work.layers]
    model = mt.Sequential(layers, input_shape=work.size, seed=0)
    trainer = mt.Trainer(model, mt.SGD(RATE, momentum=MOMENTUM), workers=cores)
    x, y = data(work)
    return Calls(
        lambda: trainer.step(x, y),
        lambda: model.predict(x, batch_size=len(x), workers=cores),
    )


def pytorch(work: Workload, cores: int) -> Calls:
    """Return the calls of PyTorch, eager."""
    import torch
    from torch import nn

    torch.set_num_threads(cores)
    torch.manual_seed(0)
    layers, channels = [], work.size[0]
    for kind, *options in work.layers:
        if kind == "conv":
            layers.append(nn.Conv2d(channels, *options[:2], padding=options[2]))
            channels = options[0]
        elif kind == "average":
            layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        else:
            make = {
                "relu": nn.ReLU,
                "pool": nn.MaxPool2d,
                "flatten": nn.Flatten,
                "dense": nn.LazyLinear,
            }
            layers.append(make[kind](*options))
    model, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
    x, y = map(torch.from_numpy, data(work))
    with torch.no_grad():
        model(x[:1])  # LazyLinear learns its size
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)

    def train() -> float:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        return float(value.item())

    def predict() -> Any:
        with torch.inference_mode():
            return model(x)

    return Calls(train, predict)


def neuralnetlib(work: Workload, cores: int) -> Calls:
    """Return the calls of neuralnetlib, which keeps channels last and computes in float64."""
    from neuralnetlib import layers as nl
    from neuralnetlib.models import Sequential
    from neuralnetlib.optimizers import Momentum

    make = {
        "conv": lambda f, k, p: nl.Conv2D(f, k, padding="same" if p else "valid"),
        "relu": lambda: nl.Activation("relu"),
        "pool": nl.MaxPooling2D,
        "flatten": nl.Flatten,
        "average": nl.GlobalAveragePooling2D,
        "dense": nl.Dense,
    }
    x, y = data(work)
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    model = Sequential(random_state=0)
    model.add(nl.Input(x.shape[1:]))
    for kind, *options in work.layers:
        model.add(make[kind](*options))
    model.add(nl.Activation("softmax"))
    model.compile("sparse_categorical_crossentropy", Momentum(RATE, momentum=MOMENTUM))
    return Calls(lambda: model.train_on_batch(x, y), lambda: model.predict(x))


def pydynet(work: Workload, cores: int) -> Calls:
    """Return the calls of PyDyNet, with parameters and images in float32."""
    import pydynet as pdn
    from pydynet import nn
    from pydynet.optim import SGD

    class Reshape(nn.Module):
        """What is no module there: laying samples flat, and the mean over an image."""

        def __init__(self, flat: bool) -> None:
            super().__init__()
            self.flat = flat

        def forward(self, x: Any) -> Any:
            return x.reshape(x.shape[0], -1) if self.flat else x.mean((2, 3))

    layers: list[Any] = []
    size: tuple[int, ...] = work.size
    for kind, *options in work.layers:
        if kind == "conv":
            filters, kernel, padding = options
            layers.append(nn.Conv2d(size[0], filters, kernel, 1, padding, dtype=np.float32))
            size = (filters, *(side + 2 * padding - kernel + 1 for side in size[1:]))
        elif kind == "pool":
            layers.append(nn.MaxPool2d(options[0], options[0], 0))
            size = (size[0], *(side // options[0] for side in size[1:]))
        elif kind == "relu":
            layers.append(nn.ReLU())
        elif kind == "dense":
            layers.append(nn.Linear(int(np.prod(size)), options[0], dtype=np.float32))
            size = (options[0],)
        else:
            layers.append(Reshape(kind == "flatten"))
            size = size if kind == "flatten" else size[:1]
    model, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
    optimizer = SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, nesterov=False)
    images, y = data(work)
    x, labels = pdn.Tensor(images, dtype=np.float32), pdn.Tensor(y)

    def train() -> float:
        value = loss(model(x), labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return float(value.numpy())

    def predict() -> Any:
        with pdn.no_grad():
            return model(x)

    return Calls(train, predict)


def onnxruntime(work: Workload, cores: int) -> Calls:
    """Return the call of ONNX Runtime, which computes outputs only."""
    import onnxruntime as ort

    from benchmarks.onnx_graph import graph

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = cores, 1
    options.log_severity_level = 3
    session = ort.InferenceSession(graph(work), options, providers=["CPUExecutionProvider"])
    feed = {"x": data(work)[0]}
    return Calls(None, lambda: session.run(None, feed)[0])


def matrix_product(work: Workload, cores: int) -> Calls:
    """Return a large product of NumPy, whatever the workload: the speed that BLAS can reach."""
    a = np.random.default_rng(0).random((PRODUCT, PRODUCT), dtype=np.float32)
    b = a.T.copy()
    return Calls(None, lambda: a @ b)


CONTESTANTS: dict[str, Callable[[Workload, int], Calls]] = {
    "minitorchcnn": minitorchcnn,
    "PyTorch": pytorch,
    "neuralnetlib": neuralnetlib,
    "PyDyNet": pydynet,
    "ONNX Runtime": onnxruntime,
    "matrix product": matrix_product,
}
