"""What goes to PyTorch and back: weights by their names, and learning rates by the epoch."""

import warnings

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    AvgPool,
    BatchNorm,
    Conv2D,
    CosineSchedule,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    StepSchedule,
    Tanh,
)
from tests.reference.torch_side import torch

pytestmark = pytest.mark.torch
nn = torch.nn

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def ours(dtype, seed):
    """Every layer that is one module in PyTorch, in the same order as in `theirs`."""
    layers = [
        Conv2D(4, (3, 2), stride=(1, 2), padding=(1, 0)),
        BatchNorm(momentum=0.2),
        ReLU(),
        MaxPool(2, stride=1, padding=1),
        Conv2D(6, 3, groups=2, dilation=2, padding="same", bias=False),
        LeakyReLU(),
        AvgPool(2, ceil_mode=True),
        Dropout(0.5),
        Flatten(),
        Dense(7),
        BatchNorm(),
        Sigmoid(),
        Dense(5, bias=False),
        Tanh(),
        Dense(3),
    ]
    return Sequential(layers, input_shape=(2, 9, 8), seed=seed, dtype=dtype)


def theirs(dtype, seed):
    torch.manual_seed(seed)
    features = ours(dtype, 0).layers[9].input_shape[0]
    return nn.Sequential(
        nn.Conv2d(2, 4, (3, 2), stride=(1, 2), padding=(1, 0)),
        nn.BatchNorm2d(4, momentum=0.2),
        nn.ReLU(),
        nn.MaxPool2d(2, stride=1, padding=1),
        nn.Conv2d(4, 6, 3, groups=2, dilation=2, padding="same", bias=False),
        nn.LeakyReLU(),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(features, 7),
        nn.BatchNorm1d(7),
        nn.Sigmoid(),
        nn.Linear(7, 5, bias=False),
        nn.Tanh(),
        nn.Linear(5, 3),
    ).to(getattr(torch, dtype))


def images(dtype, n=5):
    return np.random.default_rng(0).standard_normal((n, 2, 9, 8)).astype(dtype)


def assert_predictions_agree(model, module, dtype):
    x = images(dtype)
    with torch.no_grad():
        want = module.eval()(torch.from_numpy(x)).numpy()
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(model.predict(x), want, rtol=tolerance, atol=tolerance)


@DTYPES
def test_names_shapes_types_and_order_are_theirs(dtype):
    state, want = ours(dtype, 0).state_dict(), theirs(dtype, 0).state_dict()
    assert list(state) == list(want)
    for name, value in want.items():
        assert state[name].shape == tuple(value.shape), name
        assert state[name].dtype == value.numpy().dtype, name


@DTYPES
def test_our_weights_load_into_pytorch(dtype):
    model, module = ours(dtype, 1), theirs(dtype, 2)
    model.forward(images(dtype))  # running statistics that are not the first ones
    state = {name: torch.from_numpy(value) for name, value in model.state_dict().items()}
    module.load_state_dict(state, strict=True)
    assert module[1].num_batches_tracked == 1
    assert_predictions_agree(model, module, dtype)


@DTYPES
def test_pytorch_reads_our_model_file_by_itself(dtype, tmp_path):
    from safetensors.torch import load_file

    model, module = ours(dtype, 1), theirs(dtype, 2)
    model.forward(images(dtype))
    model.save(tmp_path / "model.safetensors")
    module.load_state_dict(load_file(tmp_path / "model.safetensors"), strict=True)
    assert_predictions_agree(model, module, dtype)


@DTYPES
def test_pytorchs_weights_load_here(dtype):
    model, module = ours(dtype, 1), theirs(dtype, 2)
    module.train()(torch.from_numpy(images(dtype)))
    before = model.predict(images(dtype))
    model.load_state_dict(module.state_dict())
    assert (model.predict(images(dtype)) != before).any()
    assert_predictions_agree(model, module, dtype)


def learning_rates_of_theirs(make, epochs, learning_rate):
    """List the learning rate of each epoch; PyTorch wants an optimizer with something to do."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=learning_rate)
    schedule = make(optimizer)
    rates = []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            schedule.step()
    return rates


SCHEDULES = {
    "steps": (StepSchedule(3), lambda o: torch.optim.lr_scheduler.StepLR(o, 3)),
    "steps of one epoch": (
        StepSchedule(1, gamma=0.9),
        lambda o: torch.optim.lr_scheduler.StepLR(o, 1, gamma=0.9),
    ),
    "cosine": (
        CosineSchedule(10),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    ),
    # their minimum is a learning rate, ours a factor of the first one
    "cosine with a minimum": (
        CosineSchedule(12, minimum=0.1),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 12, eta_min=0.1 * 0.2),
    ),
}


@pytest.mark.parametrize(("schedule", "make"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_give_their_learning_rates(schedule, make):
    optimizer = SGD(0.2, schedule=schedule)
    rates = []
    for epoch in range(11):
        optimizer.epoch = epoch
        rates.append(optimizer.current_learning_rate)
    want = learning_rates_of_theirs(make, 11, 0.2)
    np.testing.assert_allclose(rates, want, rtol=1e-12, atol=1e-17)
    assert rates[-1] < rates[0]


def test_momentum_with_a_schedule_is_theirs():
    """The velocity is not rescaled when the learning rate changes."""
    rng = np.random.default_rng(0)
    model = Sequential([Dense(3)], input_shape=(4,), seed=0, dtype="float64")
    module = nn.Linear(4, 3, dtype=torch.float64)
    module.load_state_dict(
        {name[2:]: torch.from_numpy(v) for name, v in model.state_dict().items()}
    )
    optimizer = SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01, schedule=StepSchedule(2))
    other = torch.optim.SGD(
        module.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.StepLR(other, 2)
    for epoch in range(6):
        x, grad_y = rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
        optimizer.epoch = epoch
        model.forward(x)
        model.backward(grad_y)
        optimizer.step(model.parameters())
        other.zero_grad()
        module(torch.from_numpy(x)).backward(torch.from_numpy(grad_y))
        other.step()
        schedule.step()
    for name, value in module.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[f"0.{name}"], value.numpy(), rtol=1e-12)
