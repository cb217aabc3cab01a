"""What a model is said to cost, beside what it is seen to cost."""

import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    Trainer,
)
from tests.floors import ROOT


def vgg(filters):
    return [Conv2D(filters, 3, padding=1), ReLU(), Conv2D(filters, 3, padding=1), ReLU()]


def head(*hidden):
    return [Flatten(), *(layer for units in hidden for layer in (Dense(units), ReLU())), Dense(10)]


class Square(Layer):
    """A layer of a user."""

    def _build(self, input_shape, rng):
        return input_shape

    def compute(self, x, *, training):
        return x * x, x

    def gradients(self, grad_y, saved, *, need_grad_x):
        return 2 * saved * grad_y, []


NETS = {
    "tutorial-sized": ((1, 16, 16), lambda: [Conv2D(8, 3), ReLU(), MaxPool(2), *head()]),
    "LeNet": (
        (1, 28, 28),
        lambda: [
            *(Conv2D(6, 5), ReLU(), MaxPool(2), Conv2D(16, 5), ReLU(), MaxPool(2)),
            *head(120, 84),
        ],
    ),
    "convnet": (
        (1, 28, 28),
        lambda: [Conv2D(32, 3), ReLU(), Conv2D(64, 3), ReLU(), MaxPool(2), *head(128)],
    ),
    "small VGG": ((3, 32, 32), lambda: [*vgg(32), MaxPool(2), *vgg(64), MaxPool(2), *head()]),
    "photograph": (
        (3, 1000, 1000),
        lambda: [
            *(Conv2D(16, 3), ReLU(), MaxPool(2), Conv2D(16, 3), ReLU(), MaxPool(2)),
            *(GlobalAvgPool(), Dense(10)),
        ],
    ),
    "batch norm": (
        (3, 32, 32),
        lambda: [Conv2D(16, 3), BatchNorm(), ReLU(), MaxPool(2), Conv2D(16, 3), BatchNorm()],
    ),
    "overlapping pools": (
        (3, 32, 32),
        lambda: [Conv2D(16, 3), MaxPool(3, stride=2), ReLU(), Conv2D(8, 3), AvgPool(2)],
    ),
    "strided": ((3, 32, 32), lambda: [Conv2D(8, 3), LeakyReLU(), Conv2D(8, 3, stride=2), Tanh()]),
    "dropout": ((3, 32, 32), lambda: [Conv2D(16, 3), Sigmoid(), Dropout(0.5), Conv2D(8, 3)]),
    "grouped": ((8, 24, 24), lambda: [Conv2D(32, 5, groups=8), ReLU(), Conv2D(32, 3, groups=4)]),
    "wide": ((64, 8, 8), lambda: [Conv2D(128, 3), ReLU(), Conv2D(128, 3), ReLU()]),
    "frozen": (
        (3, 32, 32),
        lambda: [Conv2D(16, 3, trainable=False), ReLU(), MaxPool(2), Conv2D(16, 3), ReLU()],
    ),
    "dense": ((1, 28, 28), lambda: head(1000, 1000)),
    "of a user": ((3, 32, 32), lambda: [Conv2D(8, 3), Square(), Conv2D(8, 3)]),
}


def build(name, dtype="float32"):
    shape, layers = NETS[name]
    chain = layers()
    if not isinstance(chain[-1], Dense):
        chain += [GlobalAvgPool(), Dense(10)]
    return Sequential(chain, shape, dtype=dtype)


def traced(work):
    """Return the largest memory of all arrays, in a thread that holds no scratch memory yet."""
    peak = []

    def run():
        tracemalloc.start()
        try:
            work()
            peak.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return peak[0]


def train(name, n, dtype="float32", workers=1):
    model = build(name, dtype)
    trainer = Trainer(model, SGD(0.001, momentum=0.9), workers=workers)
    x = np.random.default_rng(0).random((n, *model.input_shape), dtype=dtype)
    for _ in range(2):
        trainer.step(x, np.arange(n) % 10)


@pytest.fixture(scope="module", autouse=True)
def everything_imported():
    """What is imported at the first step is memory as well, but not of the model."""
    train("tutorial-sized", 1)
    build("tutorial-sized").predict(np.zeros((1, 1, 16, 16), np.float32), workers=1)


CASES = [
    *(("tutorial-sized", n) for n in (8, 32, 256)),
    *(("LeNet", n) for n in (1, 64, 200)),
    *(("convnet", n) for n in (1, 16, 64)),
    *(("small VGG", n) for n in (1, 16, 64)),
    ("photograph", 1),
    *((name, n) for name in list(NETS)[5:] for n in (16, 64)),
]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_training_takes_the_memory_that_was_said(name, n):
    said = build(name).estimate(n, workers=1).training_memory
    assert said == pytest.approx(traced(lambda: train(name, n)), rel=0.25)


@pytest.mark.parametrize(("name", "n"), [("LeNet", 64), ("small VGG", 64), ("batch norm", 16)])
def test_in_float64_too(name, n):
    said = build(name, "float64").estimate(n, workers=1).training_memory
    assert said == pytest.approx(traced(lambda: train(name, n, "float64")), rel=0.25)


@pytest.mark.parametrize(
    ("name", "n"), [(name, 1 if name == "photograph" else 64) for name in NETS]
)
def test_predict_takes_the_memory_that_was_said(name, n):
    def predict():
        model = build(name)
        tracemalloc.reset_peak()  # new weights are made in float64
        x = np.random.default_rng(0).random((n, *model.input_shape), dtype=np.float32)
        for _ in range(2):  # scratch memory stays from batch to batch
            model.predict(x, workers=1)

    said = build(name).estimate(n, workers=1).inference_memory
    assert said == pytest.approx(traced(predict), rel=0.25)


STATUS = Path("/proc/self/status")
RESIDENT = """
import sys
from tests.model.test_cost import build, resident, train
name, n, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
train("tutorial-sized", 1, workers=workers)
before = resident()
train(name, n, workers=workers)
print(resident() - before)
print(build(name).estimate(n, workers=workers).training_memory)
"""


def resident():
    """Return the largest resident memory of this process so far, in bytes."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(not STATUS.exists(), reason="resident memory is read where Linux tells it")
@pytest.mark.parametrize(("name", "n", "workers"), [("small VGG", 256, 2), ("photograph", 2, 2)])
def test_the_process_grows_by_what_was_said(name, n, workers):
    run = subprocess.run(
        [sys.executable, "-c", RESIDENT, name, str(n), str(workers)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seen, said = map(int, run.stdout.split())
    assert said == pytest.approx(seen, rel=0.25)


def test_parts_by_hand():
    # conv: 4 filters of 2 * 3 * 3, 36 positions; dense: 144 -> 5
    model = Sequential([Conv2D(4, 3), ReLU(), Flatten(), Dense(5)], (2, 8, 8))
    cost = model.estimate(10, workers=1)
    parameters = 4 * 18 + 4 + 5 * 144 + 5
    assert cost.parameters == cost.gradients == cost.optimizer == 4 * parameters
    # worst at the end, with the convolution's sums: batch, map, outputs, and the map's gradient
    assert cost.activations == 4 * 10 * (128 + 144 + 5 + 144)
    assert cost.training_memory == 12 * parameters + cost.activations + cost.workspace
    forward = 10 * (36 * 4 * 18 + 5 * 144)
    assert cost.inference_flops == 2 * forward
    # each weight's gradient costs as much again, and so does Dense's gradient of x
    assert cost.training_flops == 2 * (2 * forward + 10 * 5 * 144)


def test_frozen_layers_cost_no_gradients():
    free, frozen = build("small VGG").estimate(64), build("small VGG")
    for layer in frozen.layers[:-1]:
        layer.trainable = False
    cost = frozen.estimate(64)
    assert cost.gradients == cost.optimizer == 4 * (4096 * 10 + 10)
    assert cost.training_flops == cost.inference_flops + 2 * 64 * 40960
    assert cost.training_memory < free.training_memory


def test_a_larger_batch_costs_activations_and_no_columns():
    small, large = (build("small VGG").estimate(n, workers=2) for n in (64, 1024))
    assert large.activations == 16 * small.activations
    assert large.workspace < 1.1 * small.workspace


def test_every_thread_has_scratch_memory():
    one, two, many = (build("small VGG").estimate(64, workers=w) for w in (1, 2, 10**6))
    assert one.activations == two.activations
    assert one.workspace < two.workspace < many.workspace < 40 * one.workspace


def test_a_batch_of_one_brings_nothing_to_share():
    one, two = (build("tutorial-sized").estimate(1, workers=w) for w in (1, 2))
    assert one == two


def test_told_in_words():
    cost = Sequential([Dense(250, bias=False)], (1000,)).estimate(1000, workers=1)
    # 1 MB: weight, and 1 MB: outputs; 4 MB: batch. No gradient of x: 2 * 0.5 GFLOP
    assert str(cost).splitlines() == [
        "batch of 1000",
        "training step          10 MB  1 GFLOP",
        "  parameters            1 MB",
        "  gradients             1 MB",
        "  optimizer             1 MB",
        "  activations           6 MB",
        "  workspace             1 MB",
        "predict                 6 MB  500 MFLOP",
    ]
    assert cost.brief() == "training on 1000 samples at a time: 10 MB of memory, 1 GFLOP a step"


@pytest.mark.parametrize(
    ("units", "told"),
    [
        (1, "8 B"),
        (24, "190 B"),
        (240, "1.9 kB"),
        (12_300, "98 kB"),
        (124_000, "990 kB"),
        (124_400, "1 MB"),
    ],
)
def test_two_digits_are_told(units, told):
    cost = Sequential([Dense(units)], (1,)).estimate(1)
    assert str(cost).splitlines()[2].split()[1:] == told.split()


@pytest.mark.parametrize("bad", [0, -1, 2.5, "all", None, True])
def test_a_batch_that_is_none_is_refused(bad):
    with pytest.raises(ArgumentError, match="batch_size must be"):
        build("tutorial-sized").estimate(bad)


def test_workers_that_are_none_are_refused():
    with pytest.raises(ArgumentError, match="workers must be"):
        build("tutorial-sized").estimate(1, workers=0)
