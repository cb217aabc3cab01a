"""Defects 16 and 17: training that depends on the batch's size, or on addresses in memory."""

import copy

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Parameter,
    ReLU,
    Sequential,
    Tanh,
    Trainer,
    binary_cross_entropy,
    mean_squared_error,
    softmax_cross_entropy,
)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def batches_of(kind, epochs=3, n=22, size=4):
    """List, for each epoch, the samples in each batch: the targets are their numbers."""
    seen = []

    def record(outputs, targets):
        seen.append([int(number) for number in targets])
        return 0.0, np.zeros_like(outputs)

    model = Sequential([Dense(1)], input_shape=(2,), dtype="float64")
    trainer = kind(model, SGD(0.1), loss=record, batch_size=size, seed=0)
    trainer.fit(draw(n, 2), np.arange(n), epochs=epochs, progress=False)
    per_epoch = -(-n // size)
    assert len(seen) == epochs * per_epoch
    return [seen[k : k + per_epoch] for k in range(0, len(seen), per_epoch)]


def assert_samples_are_shuffled(kind):
    epochs = batches_of(kind)
    orders = [[number for batch in batches for number in batch] for batches in epochs]
    for order in orders:
        assert sorted(order) == list(range(22)), "each sample once in each epoch"
    company = [{frozenset(batch) for batch in batches} for batches in epochs]
    assert not company[0] & company[1], "the same samples meet again"
    assert not company[1] & company[2], "the same samples meet again"
    assert orders[0] != list(range(22)), "the first epoch is in order"


class ShufflesBatches(Trainer):
    """Defect 16: the order of the batches changes, their members never do."""

    def batch_rows(self, n):
        order = np.arange(n)
        for start in self.rng.permutation(range(0, n, self.batch_size)):
            yield order[start : start + self.batch_size]


def test_16_samples_are_shuffled():
    assert_samples_are_shuffled(Trainer)


def test_16_planted_shuffle():
    with pytest.raises(AssertionError, match="the same samples meet again"):
        assert_samples_are_shuffled(ShufflesBatches)


TARGETS = {
    softmax_cross_entropy: np.array([0, 2, 1, 1, 0]),
    binary_cross_entropy: (draw(5, 3, seed=3) > 0).astype(float),
    mean_squared_error: draw(5, 3, seed=3),
}
every_loss = pytest.mark.parametrize("loss", TARGETS, ids=lambda loss: loss.__name__)


def assert_batch_size_does_not_matter(loss, targets):
    """Every sample three times is no other problem: same loss, same step."""
    after = []
    for copies in (1, 3):
        model = Sequential([Dense(3)], input_shape=(4,), seed=0, dtype="float64")
        trainer = Trainer(model, SGD(0.5), loss=loss)
        value = trainer.step(np.tile(draw(5, 4), (copies, 1)), np.concatenate([targets] * copies))
        after.append(np.append(model.parameters()[0].value, value))
    np.testing.assert_allclose(after[1], after[0], rtol=1e-12)


def summed(loss):
    """Defect 16 again: the loss is a sum, so the step grows with the batch."""

    def with_defect(outputs, targets):
        value, grad = loss(outputs, targets)
        return value * len(outputs), grad * len(outputs)

    return with_defect


@every_loss
def test_16_loss_is_a_mean(loss):
    assert_batch_size_does_not_matter(loss, TARGETS[loss])
    assert_batch_size_does_not_matter(loss.__name__, TARGETS[loss])


@every_loss
def test_16_planted_sum(loss):
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_batch_size_does_not_matter(summed(loss), TARGETS[loss])


NAMES = "0.weight 0.bias 1.weight 1.bias 4.weight 4.bias 6.weight 7.weight 7.bias 8.weight 8.bias"


def assert_parameters_are_in_order(kind):
    layers = [Conv2D(2, 2), BatchNorm(), ReLU(), Flatten(), Dense(4), Tanh()]
    layers += [Dense(3, bias=False), Dense(2), Dense(2)]
    model = kind(layers, input_shape=(1, 3, 3))
    assert [parameter.name for parameter in model.parameters()] == NAMES.split()


class KeepsASet(Sequential):
    """Defect 17: a set has no order, and the one it shows changes from run to run."""

    def parameters(self):
        by_name = {parameter.name: parameter for parameter in super().parameters()}
        return [by_name[name] for name in set(by_name)]


def test_17_parameters_have_an_order():
    assert_parameters_are_in_order(Sequential)


def test_17_planted_set():
    with pytest.raises(AssertionError):
        assert_parameters_are_in_order(KeepsASet)


def assert_velocity_follows_the_name(kind, fresh_objects):
    """Two steps with momentum 0.5 by hand; between them the model may have been copied."""
    optimizer = kind(learning_rate=0.1, momentum=0.5)
    first = [Parameter("0.weight", np.array([1.0])), Parameter("0.bias", np.array([5.0]))]
    second = copy.deepcopy(first) if fresh_objects else first
    for parameter, grad in zip(first, (2.0, -4.0), strict=True):
        parameter.grad = np.array([grad])
    optimizer.step(first)
    for parameter, other, grad in zip(first, second, (6.0, 8.0), strict=True):
        other.value, other.grad = parameter.value.copy(), np.array([grad])
    optimizer.step(second)
    # velocities 2 then 0.5 * 2 + 6 = 7, and -4 then 0.5 * -4 + 8 = 6
    values = [float(parameter.value[0]) for parameter in second]
    assert values == pytest.approx([1 - 0.2 - 0.7, 5 + 0.4 - 0.6])


class KeyedById(SGD):
    """Defect 17 again: velocities belong to objects in memory, not to parameters."""

    def step(self, parameters):
        for parameter in parameters:
            velocity = self._memory["velocity"].setdefault(
                id(parameter), np.zeros_like(parameter.grad)
            )
            velocity *= self.momentum
            velocity += parameter.grad
            parameter.value -= self.learning_rate * velocity


@pytest.mark.parametrize("fresh_objects", [False, True])
def test_17_velocity_follows_the_name(fresh_objects):
    assert_velocity_follows_the_name(SGD, fresh_objects)


def test_17_planted_id():
    assert_velocity_follows_the_name(KeyedById, fresh_objects=False)
    with pytest.raises(AssertionError):
        assert_velocity_follows_the_name(KeyedById, fresh_objects=True)


def test_17_same_run_same_bits():
    """Two models built and trained alike, in one process: no address may leak into the numbers."""
    results = []
    for _ in range(2):
        layers = [Conv2D(3, 3), BatchNorm(), ReLU(), Flatten(), Dense(3)]
        model = Sequential(layers, input_shape=(1, 6, 6), seed=1)
        trainer = Trainer(model, SGD(0.1, momentum=0.9), batch_size=4, seed=2)
        x, y = draw(10, 1, 6, 6).astype("float32"), np.arange(10) % 3
        trainer.fit(x, y, epochs=2, progress=False)
        results.append(b"".join(value.tobytes() for value in model.state_dict().values()))
    assert results[0] == results[1]
