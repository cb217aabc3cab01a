"""PyTorch as the judge: the same random networks must learn the same, to the ninth decimal."""

import inspect
from collections import Counter

import numpy as np
import pytest

import minitorchcnn.layers
from minitorchcnn import SGD, AvgPool, Conv2D, Dropout, MaxPool, Trainer
from minitorchcnn.ops import loss as losses
from tests.agreement.modules import functional, pair, torch
from tests.agreement.networks import Network, random_network

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
]

SEEDS = range(100)
STEPS = 5
LEARNING_RATE = 0.005  # larger ones make some of the networks explode, and rounding with them
TOLERANCE = 1e-9

OPTIMIZERS = [
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.8, "weight_decay": 0.01},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.02},
    {"weight_decay": 0.05},
]
THEIR_LOSSES = {
    "softmax_cross_entropy": functional.cross_entropy,
    "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
    "mean_squared_error": functional.mse_loss,
}


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """These tensors are tiny: on a busy machine PyTorch's threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def assert_agree(ours, theirs, what):
    """Compare to 1e-9, absolute for numbers below 1 and relative above."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, what
    deviation = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
    assert deviation.max() <= TOLERANCE, f"{what}: deviation {deviation.max():.1e}"


def loss_of_theirs(network: Network, y):
    targets = torch.from_numpy(network.targets)
    if network.loss == "binary_cross_entropy":
        targets = targets.to(y.dtype)
    return THEIR_LOSSES[network.loss](y, targets)


def assert_gradients_agree(network: Network, training: bool):
    model, theirs = network.model, network.theirs.train(training)
    theirs.zero_grad()
    x = torch.tensor(network.x, requires_grad=True)
    y = theirs(x)
    value = loss_of_theirs(network, y)
    value.backward()

    our_y = model.forward(network.x, training=training)
    our_value, grad_y = getattr(losses, network.loss)(our_y, network.targets)
    grad_x = model.backward(grad_y)
    assert_agree(our_y, y, "y")
    assert our_value == pytest.approx(value.item(), rel=TOLERANCE, abs=TOLERANCE)
    assert_agree(grad_x, x.grad, "grad_x")
    parameters = list(theirs.parameters())
    for ours, other in zip(model.parameters(), parameters, strict=True):
        if other.requires_grad:
            assert_agree(ours.grad, other.grad, f"gradient of {ours.name}")
        else:
            assert ours.grad is None


def assert_states_agree(network: Network):
    for index, stage in enumerate(network.stages):
        for name, value in stage.layer.state().items():
            assert_agree(value, getattr(stage.core, name), f"{index}.{name}")


def their_step(network: Network, optimizer):
    """One update by PyTorch; single frozen filters are put back, which it has no option for."""
    before = {p: p.detach().clone() for p in network.theirs.parameters()}
    optimizer.zero_grad()
    value = loss_of_theirs(network, network.theirs(torch.from_numpy(network.x)))
    value.backward()
    optimizer.step()
    for stage in network.stages:
        if isinstance(stage.layer.trainable, tuple):
            frozen = ~torch.tensor(stage.layer.trainable)
            for parameter in stage.core.parameters():
                parameter.data[frozen] = before[parameter][frozen]
    return value.item()


@pytest.mark.parametrize("seed", SEEDS)
def test_random_network_agrees(seed):
    network = random_network(seed)
    assert_gradients_agree(network, training=False)
    assert_gradients_agree(network, training=True)
    assert_states_agree(network)

    options = OPTIMIZERS[seed % len(OPTIMIZERS)]
    trainer = Trainer(network.model, SGD(LEARNING_RATE, **options), loss=network.loss)
    trained = [p for p in network.theirs.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=LEARNING_RATE, **options)
    for _ in range(STEPS):
        value = trainer.step(network.x, network.targets)
        assert value == pytest.approx(their_step(network, optimizer), rel=TOLERANCE, abs=TOLERANCE)
    assert_states_agree(network)
    with torch.no_grad():
        y = network.theirs.eval()(torch.from_numpy(network.x))
    assert_agree(network.model.predict(network.x, batch_size=2), y, "prediction after training")


def traits(network: Network):
    """Name every layer, option and unusual value in a network; plain values have no name."""
    yield network.loss
    kinds = " ".join(type(layer).__name__ for layer in network.model.layers)
    chains = ("Conv2D ReLU MaxPool", "Conv2D MaxPool", "Conv2D ReLU Conv2D")
    yield from (chain for chain in chains if chain in kinds)
    for layer in network.model.layers:
        kind = type(layer).__name__
        yield kind if len(layer.input_shape) == 3 else f"{kind} of rows"
        for name, option in inspect.signature(type(layer).__init__).parameters.items():
            value = getattr(layer, name, None)
            if name in ("self", "weight", "initializer") or value == option.default:
                continue
            yield f"{kind}.{name}"
            if isinstance(value, tuple | str):
                yield f"{kind}.{name} {form(value)}"
            if value == "same" and pair(layer.stride or layer.pool_size) != (1, 1):
                yield f"{kind}.{name} same with a stride"
        if isinstance(layer, Conv2D) and layer.parameters()[0].value[0].size >= 64:
            yield "windows of many numbers"
        if isinstance(layer, Dropout) and layer.rate > 0:
            yield "values dropped in training"
        if isinstance(layer, Conv2D) and layer.groups == layer.input_shape[0] > 1:
            yield "a group for each channel"
        if isinstance(layer, MaxPool | AvgPool) and layer.ceil_mode and layer.padding:
            yield f"{kind}: ceil_mode over padding"


def form(value):
    """Tell the forms of an option apart: "same", by side, by axis and unequal."""
    if isinstance(value, str):
        return value
    if isinstance(value[0], bool):
        return "by filter"
    unequal = " unequal" if len(set(value)) > 1 else ""
    return f"by side{unequal}" if isinstance(value[0], tuple) else f"by axis{unequal}"


WANTED = {
    *THEIR_LOSSES,
    "Flatten of rows",
    "BatchNorm of rows",
    "Dense.trainable",
    "Dense.trainable by filter",
    "Conv2D.trainable by filter",
    "Conv2D.kernel_size by axis unequal",
    "Conv2D.stride by axis unequal",
    "Conv2D.dilation by axis unequal",
    "a group for each channel",
    "Conv2D ReLU MaxPool",
    "Conv2D MaxPool",
    "Conv2D ReLU Conv2D",
    "windows of many numbers",
    "values dropped in training",
    "MaxPool.dilation by axis unequal",
    "MaxPool: ceil_mode over padding",
    "AvgPool: ceil_mode over padding",
}
for _kind in ("Conv2D", "MaxPool", "AvgPool"):
    _forms = ("by axis unequal", "by side unequal", "same", "valid", "same with a stride")
    WANTED |= {f"{_kind}.padding {_form}" for _form in _forms}
for _kind in ("MaxPool", "AvgPool"):
    WANTED |= {f"{_kind}.pool_size by axis unequal", f"{_kind}.stride by axis unequal"}


def test_every_layer_and_option_was_drawn():
    networks = [random_network(seed) for seed in SEEDS]
    assert len(networks) >= 30
    drawn = Counter(trait for network in networks for trait in traits(network))
    kinds = set(minitorchcnn.layers.__all__) - {"Layer"}
    options = {
        f"{kind}.{name}"
        for kind in kinds
        for name in inspect.signature(getattr(minitorchcnn.layers, kind).__init__).parameters
        if name not in ("self", "weight", "initializer")
    }
    names = {trait.partition(" ")[0] for trait in drawn}
    assert not kinds - names, "layers never drawn"
    assert not options - names, "options never drawn"
    assert not WANTED - set(drawn), "forms never drawn"
    assert {seed % len(OPTIMIZERS) for seed in SEEDS} == set(range(len(OPTIMIZERS)))
