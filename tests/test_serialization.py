"""Model files: what comes back, what other tools read, and what is refused."""

import json
import os
import struct

import numpy as np
import pytest
import safetensors.numpy

from minitorchcnn import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    FormatError,
    GlobalAvgPool,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    load_model,
)
from minitorchcnn.layers import __all__ as layer_names
from minitorchcnn.serialization import fingerprint


def odd_nets():
    """Nets that together use every layer and every option away from its default."""
    images = [
        Conv2D(4, (3, 2), stride=(2, 1), padding=((1, 0), (0, 2)), dilation=(1, 2), groups=2),
        BatchNorm(momentum=0.25, epsilon=0.003, trainable=False),
        LeakyReLU(-0.125),
        MaxPool((3, 2), stride=(1, 2), padding=(1, 0), dilation=(1, 2), ceil_mode=True),
        Conv2D(6, [2, 2], padding="same", bias=False, trainable=[True, False, True] * 2),
        ReLU(),
        AvgPool(2, stride=1, padding=1, ceil_mode=True, count_include_pad=False),
        Tanh(),
        Flatten(),
        Dropout(0.375),
        Dense(5, bias=False, initializer="glorot_uniform", trainable=[False] * 4 + [True]),
        Sigmoid(),
        Dense(2, weight=np.arange(10).reshape(2, 5), trainable=False),
    ]
    pooled = [
        Conv2D(np.int64(2), (np.int64(3), 3), initializer=lambda shape, rng: rng.random(shape)),
        AvgPool(np.int32(2)),
        GlobalAvgPool(),
        BatchNorm(),
    ]
    return {"images": (images, (2, 9, 8)), "pooled": (pooled, (1, 8, 8))}


def trained(name="images", dtype="float64"):
    layers, shape = odd_nets()[name]
    model = Sequential(layers, shape, seed=5, dtype=dtype)
    model.forward(np.random.default_rng(1).normal(size=(3, *shape)).astype(dtype))
    return model


def saved(tmp_path, model=None):
    path = tmp_path / "model.safetensors"
    (model or trained()).save(path)
    return path


def rewritten(path, tensors=None, **metadata):
    """Write the file anew with other metadata and, unless given, a fitting sha256."""
    with safetensors.safe_open(path, framework="numpy") as file:
        told = {**file.metadata(), **metadata}
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if "sha256" not in metadata:
        told["sha256"] = fingerprint(state, told["architecture"])
    safetensors.numpy.save_file(tensors or state, path, told)
    return path


def test_these_nets_use_every_layer():
    used = {type(layer).__name__ for layers, _ in odd_nets().values() for layer in layers}
    assert used == set(layer_names) - {"Layer"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["images", "pooled"])
def test_everything_comes_back(tmp_path, name, dtype):
    model = trained(name, dtype)
    again = load_model(saved(tmp_path, model))
    state, state_again = model.state_dict(), again.state_dict()
    assert list(state) == list(state_again)
    for key, value in state.items():
        assert state_again[key].dtype == value.dtype
        assert state_again[key].tobytes() == value.tobytes(), key
    assert again.dtype == dtype
    assert again.input_shape == model.input_shape
    for layer, layer_again in zip(model.layers, again.layers, strict=True):
        assert layer_again.trainable == layer.trainable
        assert layer_again.window == layer.window
    x = np.random.default_rng(2).normal(size=(4, *model.input_shape)).astype(dtype)
    assert again.predict(x).tobytes() == model.predict(x).tobytes()


def test_options_come_back(tmp_path):
    again = load_model(saved(tmp_path))
    norm, leaky, pool, average, dropout = (again.layers[i] for i in (1, 2, 3, 6, 9))
    assert (norm.momentum, norm.epsilon, norm.trainable) == (0.25, 0.003, False)
    assert leaky.slope == -0.125
    assert pool.ceil_mode is average.ceil_mode is True
    assert average.count_include_pad is False
    assert dropout.rate == 0.375
    assert again.layers[0].groups == 2
    assert again.layers[4].bias is False
    assert again.layers[4].trainable == (True, False, True, True, False, True)


def test_masks_of_single_parameters_come_back(tmp_path):
    model = Sequential([Dense(3), BatchNorm(), Dense(2)], (4,))
    weight, bias, norm_weight, *_ = model.parameters()
    weight.trainable, bias.trainable, norm_weight.trainable = False, [True, False, True], False
    again = load_model(saved(tmp_path, model))
    masks = [np.asarray(parameter.trainable).tolist() for parameter in again.parameters()]
    assert masks == [False, [True, False, True], False, True, True, True]


def test_loaded_model_can_be_trained_and_saved_again(tmp_path):
    again = load_model(saved(tmp_path))
    again.backward(again.forward(np.ones((2, 2, 9, 8))))
    again.save(tmp_path / "again.safetensors")
    third = load_model(tmp_path / "again.safetensors").state_dict()
    assert {name: value.tobytes() for name, value in third.items()} == {
        name: value.tobytes() for name, value in again.state_dict().items()
    }


def test_path_may_be_text_and_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "any name"
    path.write_text("old")
    trained().save(str(path))
    assert load_model(str(path)).output_shape == (2,)


def test_other_tools_read_pytorchs_names(tmp_path):
    model = trained()
    tensors = safetensors.numpy.load(saved(tmp_path, model).read_bytes())
    assert set(tensors) == {
        *("0.weight", "0.bias", "4.weight", "10.weight", "12.weight", "12.bias"),
        *("1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"),
    }
    for name, value in model.state_dict().items():
        assert np.array_equal(tensors[name], value)
        assert tensors[name].shape == value.shape


def test_file_holds_text_and_numbers_only(tmp_path):
    data = saved(tmp_path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    told = header.pop("__metadata__")
    assert told["format"] == "minitorchcnn-model"
    assert told["format_version"] == "1"
    assert len(json.loads(told["architecture"])["layers"]) == 13
    sizes = [end - start for start, end in (t["data_offsets"] for t in header.values())]
    assert len(data) == 8 + length + sum(sizes)


class TestRefused:
    def test_any_damaged_byte(self, tmp_path):
        model = Sequential(
            [Conv2D(1, 2, stride=2), LeakyReLU(0.25), Flatten(), Dense(1)], (1, 4, 4)
        )
        path = saved(tmp_path, model)
        data = path.read_bytes()
        for place in range(len(data)):
            for bit in (0, 5):
                damaged = bytearray(data)
                damaged[place] ^= 1 << bit
                path.write_bytes(damaged)
                with pytest.raises(FormatError, match=r"model\.safetensors"):
                    load_model(path)

    def test_damaged_weights_are_named_as_such(self, tmp_path):
        path = saved(tmp_path)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        with pytest.raises(FormatError, match=r"is damaged: its contents do not match .* again"):
            load_model(path)

    def test_changed_architecture_is_damage_too(self, tmp_path):
        path = saved(tmp_path)
        with safetensors.safe_open(path, framework="numpy") as file:
            told = file.metadata()
        changed = told["architecture"].replace("0.375", "0.875")
        assert changed != told["architecture"]
        rewritten(path, architecture=changed, sha256=told["sha256"])
        with pytest.raises(FormatError, match="is damaged"):
            load_model(path)

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999])
    def test_truncated_file(self, tmp_path, share):
        path = saved(tmp_path)
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(FormatError, match=r"model\.safetensors is not a safetensors file"):
            load_model(path)

    def test_trailing_bytes(self, tmp_path):
        path = saved(tmp_path)
        path.write_bytes(path.read_bytes() + b"more")
        with pytest.raises(FormatError, match="is not a safetensors file"):
            load_model(path)

    def test_another_programs_safetensors(self, tmp_path):
        path = tmp_path / "other.safetensors"
        safetensors.numpy.save_file({"weight": np.ones(3)}, path)
        with pytest.raises(FormatError, match=r"not a model saved by minitorchcnn: .*model.save"):
            load_model(path)

    def test_another_programs_safetensors_with_a_dtype_numpy_does_not_know(self, tmp_path):
        path = tmp_path / "half.safetensors"
        header = b'{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
        path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
        with pytest.raises(FormatError, match="not a model saved by minitorchcnn"):
            load_model(path)

    def test_text_file(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("These are my notes, not a model at all.")
        with pytest.raises(FormatError, match=r"notes\.txt is not a safetensors file"):
            load_model(path)

    def test_newer_version(self, tmp_path):
        path = rewritten(saved(tmp_path), format_version="2")
        with pytest.raises(FormatError, match=r"version 2, this .* version 1: install a newer"):
            load_model(path)

    def test_missing_file_and_folder(self, tmp_path):
        with pytest.raises(FormatError, match=r"cannot read .*nothing\.safetensors"):
            load_model(tmp_path / "nothing.safetensors")
        with pytest.raises(FormatError, match="cannot read "):
            load_model(tmp_path)

    def test_place_that_cannot_be_written(self, tmp_path):
        with pytest.raises(FormatError, match=r"cannot write .*model: No such file or directory"):
            trained().save(tmp_path / "missing" / "model")
        with pytest.raises(FormatError, match=r"cannot write .*: Is a directory"):
            trained().save(tmp_path)

    @pytest.mark.parametrize(
        ("architecture", "match"),
        [
            (
                {"layers": [{"layer": "Convolution", "options": {}}]},
                r"unknown layers \['Conv.*known",
            ),
            ({"layers": [{"layer": "Layer", "options": {}}]}, r"unknown layers \['Layer'\]"),
            (
                {"layers": [{"layer": "Dense", "options": {"units": -3}}]},
                "units must be >= 1, got -3",
            ),
            ({"layers": [{"layer": "Dense", "options": {"width": 3}}]}, "width"),
            ({"layers": [{"layer": "Dense"}]}, "options"),
            ({"layers": []}, "at least one layer"),
            ({"layers": 5}, "describe a model"),
            ([], "describe a model"),
            (
                {"layers": [{"layer": "Dense", "options": {"units": 7}, "trainable": [True] * 2}]},
                "state does not fit",
            ),
        ],
    )
    def test_architecture_that_makes_no_sense(self, tmp_path, architecture, match):
        if isinstance(architecture, dict):
            architecture = {**architecture, "input_shape": [3], "dtype": "float32"}
        path = rewritten(saved(tmp_path), architecture=json.dumps(architecture))
        with pytest.raises(FormatError, match=f"does not describe a model: .*{match}|{match}"):
            load_model(path)

    def test_architecture_that_is_no_json(self, tmp_path):
        path = rewritten(saved(tmp_path), architecture="__import__('os').system('true')")
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(path)

    def test_own_layer(self, tmp_path):
        class Square(Layer):
            def _build(self, input_shape, rng):
                return input_shape

            def compute(self, x, *, training):
                return x * x, x

            def gradients(self, grad_y, saved, *, need_grad_x):
                return 2 * saved * grad_y, []

        with pytest.raises(FormatError, match=r"layer 1, Square\(\), is not one of .* state_dict"):
            Sequential([Dense(2), Square()], (3,)).save(tmp_path / "model")
        assert os.listdir(tmp_path) == []

    def test_own_layer_under_a_known_name(self, tmp_path):
        pretender = type("ReLU", (ReLU,), {})
        with pytest.raises(FormatError, match=r"layer 0, .* is not one of minitorchcnn's own"):
            Sequential([pretender()], (3,)).save(tmp_path / "model")
