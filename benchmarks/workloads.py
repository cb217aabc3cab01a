"""The networks that are timed, as plain data that every contestant translates for itself."""

from __future__ import annotations

from typing import Any, NamedTuple

Size = tuple[int, int, int]
Layer = tuple[Any, ...]


class Workload(NamedTuple):
    """A network, and the batch it is given.

    Attributes
    ----------
    name, title : str
    layers : tuple of tuples
        ("conv", filters, kernel size, padding), ("relu",), ("pool", size), ("flatten",),
        ("average",) or ("dense", units); the last gives 10 scores.
    size : (channels, height, width)
    batch : int
    """

    name: str
    title: str
    layers: tuple[Layer, ...]
    size: Size
    batch: int


RELU, POOL, FLATTEN, AVERAGE = ("relu",), ("pool", 2), ("flatten",), ("average",)


def conv(filters: int, kernel: int, padding: int = 0) -> tuple[Layer, ...]:
    """Return a convolution and its ReLU."""
    return ("conv", filters, kernel, padding), RELU


def dense(*units: int) -> tuple[Layer, ...]:
    """Return fully connected layers with ReLU between them."""
    hidden = (layer for count in units[:-1] for layer in (("dense", count), RELU))
    return (*hidden, ("dense", units[-1]))


def vgg(filters: int) -> tuple[Layer, ...]:
    """Return two convolutions that keep the size, and a pooling."""
    return (*conv(filters, 3, 1), *conv(filters, 3, 1), POOL)


LENET = (*conv(6, 5), POOL, *conv(16, 5), POOL, FLATTEN, *dense(120, 84, 10))
PHOTO = (*conv(16, 3), POOL, *conv(16, 3), POOL, AVERAGE, *dense(10))
WORKLOADS = {
    work.name: work
    for work in (
        Workload("W1", "tutorial-sized", (*conv(8, 3), POOL, FLATTEN, *dense(10)), (1, 16, 16), 32),
        Workload("W2", "LeNet-5", LENET, (1, 28, 28), 64),
        Workload(
            "W3",
            "MNIST convnet",
            (*conv(32, 3), *conv(64, 3), POOL, FLATTEN, *dense(128, 10)),
            (1, 28, 28),
            64,
        ),
        Workload("W4", "small VGG", (*vgg(32), *vgg(64), FLATTEN, *dense(10)), (3, 32, 32), 64),
        Workload("W5", "one big photograph", PHOTO, (3, 1000, 1000), 1),
    )
}


def growing() -> dict[str, list[tuple[int, Workload]]]:
    """Return the series of workloads in which one size grows, each with that size.

    The batch of W2 grows; the image of a network of one convolution, and its filters.
    """
    batches = [4**k for k in range(6)]
    sides = [2**k for k in range(4, 11)]
    filters = [2**k for k in range(7)]
    return {
        "batch of W2 (images)": [(n, WORKLOADS["W2"]._replace(batch=n)) for n in batches],
        "image of one convolution (pixels a side)": [
            (side, _single(16, side, 1)) for side in sides
        ],
        "filters of one convolution": [(count, _single(count, 32, 32)) for count in filters],
    }


def _single(filters: int, side: int, batch: int) -> Workload:
    layers = (*conv(filters, 3, 1), POOL, AVERAGE, *dense(10))
    return Workload("single", "one convolution", layers, (3, side, side), batch)


def flops(work: Workload) -> int:
    """Return the multiplications and additions of one forward pass over the batch."""
    (channels, height, width), total = work.size, 0
    for kind, *options in work.layers:
        if kind == "conv":
            filters, kernel, padding = options
            height, width = (side + 2 * padding - kernel + 1 for side in (height, width))
            total += height * width * filters * channels * kernel**2
            channels = filters
        elif kind == "pool":
            height, width = height // options[0], width // options[0]
        elif kind == "average":
            height = width = 1
        elif kind == "flatten":
            channels, height, width = channels * height * width, 1, 1
        elif kind == "dense":
            total += channels * options[0]
            channels = options[0]
    return 2 * work.batch * total
