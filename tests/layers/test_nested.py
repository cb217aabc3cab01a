"""A layer may be made of others: nothing of theirs is lost or mixed up."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    Checkpoint,
    Dense,
    Dropout,
    Layer,
    Sequential,
    Trainer,
    check_gradients,
)


class Two(Layer):
    """One layer after another, as one."""

    def __init__(self, named=True):
        super().__init__()
        self.named = named
        self.inner = {"first": Dense(3), "second": Dense(3)}
        self.drops = [Dropout(0.5)]
        self.noise = (np.random.default_rng(1), np.random.default_rng(2))

    def _build(self, input_shape, rng):
        shape = input_shape
        for name, layer in [*self.inner.items(), ("drop", *self.drops)]:
            shape = layer.build(shape, rng.spawn(1)[0], self.dtype)
            for parameter in layer.parameters():
                if self.named:
                    parameter.name = f"{name}.{parameter.name}"
                self._parameters.append(parameter)
        return shape

    def compute(self, x, *, training):
        saved = []
        for layer in [*self.inner.values(), *self.drops]:
            x, kept = layer.compute(x, training=training)
            saved.append((layer, kept))
        factor = x.dtype.type(self.noise[0].uniform(1, 2) if training else 1)
        return x * factor, (saved, factor)

    def gradients(self, grad_y, saved, *, need_grad_x):
        saved, factor = saved
        grad, found = grad_y * factor, []
        for layer, kept in reversed(saved):
            grad, grads = layer.gradients(grad, kept, need_grad_x=True)
            found = grads + found
        return grad, found


def test_names_within_a_layer_stay_whole():
    layer = Two()
    model = Sequential([Dense(4), layer], (5,))
    names = ["first.weight", "first.bias", "second.weight", "second.bias"]
    assert list(layer.named_parameters()) == list(layer.state()) == names
    assert list(model.state_dict()) == ["0.weight", "0.bias", *(f"1.{name}" for name in names)]
    assert [p.name for p in model.parameters()] == list(model.state_dict())


def test_every_weight_of_an_inner_layer_is_saved_and_loaded():
    one, other = (Sequential([Two()], (3,), seed=seed) for seed in (0, 1))
    other.load_state_dict(one.state_dict())
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(mine.value, theirs.value)


def test_one_name_for_two_weights_is_refused():
    with pytest.raises(ArgumentError, match=r"called 'weight', of shapes \(3, 5\) and \(3, 3\)"):
        Two(named=False).build((5,))


def test_one_name_for_a_weight_and_a_statistic_is_refused():
    class Clash(BatchNorm):
        def _build(self, input_shape, rng):
            shape = super()._build(input_shape, rng)
            self._buffers["bias"] = np.zeros(2, self.dtype)
            return shape

    with pytest.raises(ArgumentError, match=r"called 'bias', of shapes \(4,\) and \(2,\)"):
        Clash().build((4,))


def test_every_random_stream_is_found_once():
    layer = Two()
    layer.again = layer.noise[0]
    layer.itself = [layer]
    names = ["drops.0.rng", "noise.0", "noise.1"]
    assert [name for name, _ in layer.generators()] == names
    found = dict(layer.generators())
    assert found["drops.0.rng"] is layer.drops[0].rng
    assert found["noise.1"] is layer.noise[1]


def test_what_forward_kept_is_no_stream():
    layer = Two()
    layer.build((3,))
    layer.forward(np.zeros((2, 3), np.float32))
    assert len(list(layer.generators())) == 3


def test_dropouts_stream_keeps_its_name():
    assert [name for name, _ in Dropout(0.5).generators()] == ["rng"]
    assert list(Dense(2).generators()) == []


def test_random_choices_of_inner_layers_are_held_still_for_a_gradient_check():
    model = Sequential([Dense(4), Two()], (5,))
    report = check_gradients(model, np.random.default_rng(0).normal(size=(3, 5)))
    assert report.passed
    assert "layer 1, Two(): its random choices were held still" in report.notes


def test_streams_of_inner_layers_go_on_from_a_checkpoint(tmp_path):
    path = tmp_path / "run.checkpoint"
    x = np.random.default_rng(0).normal(size=(32, 5)).astype("f4")

    def run(epochs, resume=None):
        model = Sequential([Two(), Dense(2)], (5,), seed=0)
        trainer = Trainer(model, SGD(0.1), batch_size=8, seed=0)
        options = {"callbacks": [Checkpoint(path)], "progress": False, "resume": resume}
        trainer.fit(x, (x[:, 0] > 0).astype(int), epochs=epochs, **options)
        return model.state_dict()

    whole = run(4)
    run(2)
    for name, value in run(4, path).items():
        np.testing.assert_array_equal(value, whole[name], err_msg=name)
