"""An update rule of one's own: it trains, costs, is checkpointed and resumed as SGD is."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    CallOrderError,
    Checkpoint,
    Conv2D,
    Dense,
    Flatten,
    Optimizer,
    Parameter,
    ReLU,
    Sequential,
    StepSchedule,
    ThawAt,
    Trainer,
    read_checkpoint,
)


class SignSGD(Optimizer):
    """Go a step of fixed length against the sign of a moving mean of the gradients."""

    kept = ("mean",)

    def __init__(self, learning_rate=0.01, decay=0.5, schedule=None):
        super().__init__(learning_rate, schedule)
        self.decay = decay

    def config(self):
        return {**super().config(), "decay": self.decay}

    def direction(self, parameter, grad):
        mean = self.memory("mean", parameter)
        mean += (1 - self.decay) * (grad - mean)
        return np.sign(mean)


class PlainRule(Optimizer):
    """Gradient descent: nothing is kept."""

    def direction(self, parameter, grad):
        return grad


RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 1, 6, 6)).astype(np.float32)
Y = (X.mean(axis=(1, 2, 3)) > 0).astype(int)


def trainer(optimizer=None):
    layers = [Conv2D(3, 3, trainable=[True, False, True]), ReLU(), Flatten(), Dense(2)]
    model = Sequential(layers, (1, 6, 6), seed=1)
    optimizer = optimizer or SignSGD(0.01, schedule=StepSchedule(1, gamma=0.7))
    return Trainer(model, optimizer, batch_size=7, seed=3, workers=1)


def weights(model):
    return {name: value.tobytes() for name, value in model.state_dict().items()}


def one(value, name="weight", trainable=True):
    parameter = Parameter(name, np.array(value, np.float64), trainable)
    parameter.grad = np.ones_like(parameter.value)
    return parameter


def test_what_is_kept_follows_the_rule():
    optimizer, parameter = SignSGD(1.0), one([0.0, 0.0])
    for grad in ([4.0, -1.0], [-2.0, -1.0], [-8.0, 9.0]):
        parameter.grad = np.array(grad)
        optimizer.step([parameter])
    # means 2, 0, -4 and -0.5, -0.75, 4.125: one step down, none, one up; up, up, down
    assert parameter.value.tolist() == [0.0, 1.0]
    assert optimizer.state_dict()["mean"]["weight"].tolist() == [-4.0, 4.125]


def test_it_trains():
    own = trainer()
    history = own.fit(X, Y, 8, progress=False)
    assert history.column("loss")[-1] < 0.7 * history.column("loss")[0]
    assert history.column("learning_rate")[:2] == pytest.approx([0.01, 0.007])


def test_frozen_filters_keep_their_bytes_and_nothing_is_remembered_of_them():
    own = trainer()
    before = own.model.parameters()[0].value[1].tobytes()
    own.fit(X, Y, 1, progress=False)
    assert own.model.parameters()[0].value[1].tobytes() == before
    mean = own.optimizer.state_dict()["mean"]["0.weight"]
    assert not mean[1].any()
    assert mean[0].any()


def test_what_it_keeps_is_estimated():
    model = trainer().model
    trained = sum(parameter.value.nbytes for parameter in model.parameters())
    rules = {SignSGD(): 1, PlainRule(): 0, SGD(): 0, SGD(momentum=0.9): 1}
    for optimizer, slots in rules.items():
        assert optimizer.slots == slots
        assert model.estimate(8, slots=optimizer.slots).optimizer == slots * trained
    assert model.estimate(8).optimizer == trained
    with pytest.raises(ArgumentError, match="slots must be >= 0, got -1"):
        model.estimate(8, slots=-1)


def test_resumed_in_the_middle_of_an_epoch_it_ends_with_the_same_bytes(tmp_path):
    whole, callbacks = trainer(), [ThawAt(0, 3)]
    whole.fit(X, Y, 4, callbacks=callbacks, progress=False)

    class Crash(Checkpoint):
        def on_step_end(self, trainer, x, targets, loss):
            super().on_step_end(trainer, x, targets, loss)
            if trainer.run.updates == 9:
                raise KeyboardInterrupt

    path = tmp_path / "own.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        trainer().fit(X, Y, 4, callbacks=[ThawAt(0, 3), Crash(path, every=9)], progress=False)
    assert set(read_checkpoint(path)["state"]["optimizer"]) == {"epoch", "mean"}
    resumed = trainer()
    resumed.fit(X, Y, 4, callbacks=[ThawAt(0, 3)], progress=False, resume=path)
    assert weights(resumed.model) == weights(whole.model)
    before, after = (own.optimizer.state_dict()["mean"] for own in (whole, resumed))
    assert {name: mean.tobytes() for name, mean in before.items()} == {
        name: mean.tobytes() for name, mean in after.items()
    }


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (SignSGD(0.01, 0.6, StepSchedule(1, gamma=0.7)), r"optimizer.decay was 0\.5 and is 0\.6"),
        (SGD(0.01, schedule=StepSchedule(1, gamma=0.7)), "optimizer.kind was SignSGD and is not t"),
        (
            PlainRule(0.01, StepSchedule(1, gamma=0.7)),
            "kind was SignSGD and is PlainRule",
        ),
    ],
)
def test_another_rule_does_not_go_on_with_its_checkpoint(tmp_path, other, told):
    path = tmp_path / "own.checkpoint"
    trainer().fit(X, Y, 1, callbacks=[Checkpoint(path)], progress=False)
    with pytest.raises(ArgumentError, match=told):
        trainer(other).fit(X, Y, 2, progress=False, resume=path)


def test_messages_and_repr_name_the_rule():
    assert repr(SignSGD(0.1)) == "SignSGD(learning_rate=0.1, decay=0.5)"
    with pytest.raises(ArgumentError, match=r"^SignSGD: learning_rate must be"):
        SignSGD(-1)
    with pytest.raises(ArgumentError, match=r"^PlainRule: schedule must be a function"):
        PlainRule(schedule=3)
    with pytest.raises(ArgumentError, match=r"^SignSGD: parameters must have different names"):
        SignSGD().step([one([1.0]), one([1.0])])
    waiting = one([1.0])
    waiting.grad = None
    with pytest.raises(CallOrderError, match=r"^SignSGD: weight has no gradient"):
        SignSGD().step([waiting])
    optimizer = SignSGD()
    optimizer.step([one([1.0])])
    with pytest.raises(ArgumentError, match=r"^SignSGD: weight had shape \(1,\) before"):
        optimizer.step([one([1.0, 2.0])])


def test_a_rule_without_direction_cannot_be_made():
    with pytest.raises(TypeError, match="direction"):
        Optimizer()
