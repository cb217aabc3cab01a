"""Model files: what comes back, what other tools read, and what is refused."""

import errno
import json
import math
import os
import platform
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

import minitorchcnn
from minitorchcnn import (
    ArgumentError,
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
    Parameter,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    load_model,
)
from minitorchcnn.layers import __all__ as layer_names
from minitorchcnn.storage.tensors import write_tensors


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


def header_of(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["minitorchcnn"])


def rewritten(path, tensors=None, **changes):
    """Write the file anew with another header and a fitting sha256: nonsense, not damage."""
    state = safetensors.numpy.load(path.read_bytes())
    header = {**header_of(path), **changes}
    del header["sha256"]
    write_tensors(path, state if tensors is None else tensors, header)
    return path


def with_layer(path, index, tensors=None, **options):
    """Change the options of one layer."""
    architecture = header_of(path)["architecture"]
    architecture["layers"][index]["options"].update(options)
    return rewritten(path, tensors, architecture=architecture)


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
    head = json.loads(data[8 : 8 + length])
    told = json.loads(head.pop("__metadata__")["minitorchcnn"])
    assert set(told) == {
        *("format", "format_version", "architecture", "class_names", "preprocessing"),
        *("seed", "versions", "sha256"),
    }
    assert told["format"] == "minitorchcnn-model"
    assert told["format_version"] == 2
    assert told["versions"]["numpy"] == np.__version__
    assert told["versions"]["python"] == platform.python_version()
    assert told["versions"]["minitorchcnn"] in (minitorchcnn.__version__, "unknown")
    assert len(told["architecture"]["layers"]) == 13
    sizes = [end - start for start, end in (t["data_offsets"] for t in head.values())]
    assert len(data) == 8 + length + sum(sizes)


def test_what_a_model_tells_about_itself_comes_back(tmp_path):
    steps = {"height": np.int64(28), "light_ink": True, "range": (-1, 1.5), "note": "Züge"}
    model = Sequential(
        [Flatten(), Dense(3)], (1, 2, 2), 17, class_names=["eins", "zwei", "3"], preprocessing=steps
    )
    again = load_model(saved(tmp_path, model))
    assert again.class_names == ("eins", "zwei", "3")
    assert again.preprocessing == {**steps, "height": 28, "range": [-1, 1.5]}
    assert again.seed == 17
    plain = load_model(saved(tmp_path, Sequential([Dense(3)], (4,), np.random.default_rng(1))))
    assert (plain.class_names, plain.preprocessing, plain.seed) == (None, None, None)


def test_same_model_gives_same_bytes(tmp_path):
    first, second = saved(tmp_path).read_bytes(), saved(tmp_path).read_bytes()
    assert first == second
    load_model(tmp_path / "model.safetensors").save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == first


def test_same_bytes_in_another_process(tmp_path):
    """Other processes have other hash seeds, and so other orders of sets."""
    code = (
        "import sys; from minitorchcnn import *\n"
        "Sequential([BatchNorm(), Dense(3)], (4,), seed=2, class_names=['a', 'b', "
        "'c'], preprocessing={'b': 1, 'a': 2}).save(sys.argv[1])"
    )
    written = []
    for seed in "01":
        path = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, path], env=environment, check=True)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_model_without_parameters(tmp_path):
    model = Sequential([ReLU(), Flatten()], (1, 2, 2), class_names=list("abcd"))
    again = load_model(saved(tmp_path, model))
    assert again.class_names == tuple("abcd")
    x = np.random.default_rng(0).normal(size=(3, 1, 2, 2)).astype("f4")
    assert np.array_equal(again(x), model(x))


def test_initializers_are_not_carried(tmp_path):
    assert load_model(saved(tmp_path)).layers[0].initializer == "he_normal"


def test_loading_takes_less_than_twice_the_file(tmp_path):
    model = Sequential([Dense(1500), ReLU(), Dense(1500)], (1500,))
    path = saved(tmp_path, model)
    del model
    tracemalloc.start()
    load_model(path, limit_bytes=path.stat().st_size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * path.stat().st_size


def test_old_file_stays_when_the_disk_is_full(tmp_path, monkeypatch):
    path = saved(tmp_path)
    old = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FormatError, match="No space left on device: free some space"):
        Sequential([Dense(1)], (1,)).save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


class Own(Layer):
    """A layer with an option and a weight, that this package does not have."""

    def __init__(self, slope, name="none"):
        super().__init__()
        self.slope, self.name = slope, name

    def _build(self, input_shape, rng):
        self._parameters = [Parameter("scale", rng.normal(size=input_shape).astype(self.dtype))]
        return input_shape

    def compute(self, x, *, training):
        return x * self._parameters[0].value * self.slope, x

    def gradients(self, grad_y, saved, *, need_grad_x):
        scale = self._parameters[0].value * self.slope
        return grad_y * scale, [(grad_y * saved).sum(0) * self.slope]


def test_own_layer_comes_back_with_its_class(tmp_path):
    layers = [Dense(2), Own(0.5, "half"), Own(-1e6)]
    model = Sequential(layers, (3,), seed=4, class_names=["a", "b"])
    model.layers[1].parameters()[0].trainable = [True, False]
    path = saved(tmp_path, model)
    again = load_model(path, layers=[Own, Dense])
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("f4")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert [type(layer) for layer in again.layers] == [Dense, Own, Own]
    assert repr(again) == repr(model)
    assert again.layers[1].trainable == (True, False)
    data = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == data


def test_own_weighted_layer_takes_its_weight_from_the_file(tmp_path):
    class Row(Dense):
        def __init__(self, units, initializer):
            super().__init__(units, initializer=initializer)

    model = Sequential([Row(2, lambda shape, rng: rng.normal(size=shape))], (3,))
    again = load_model(saved(tmp_path, model), layers=[Row])
    np.testing.assert_array_equal(again.state_dict()["0.weight"], model.state_dict()["0.weight"])


class TestRefused:
    def test_any_damaged_byte(self, tmp_path):
        model = Sequential(
            [Conv2D(1, 2, stride=2), LeakyReLU(0.25), Flatten(), Dense(1)], (1, 4, 4)
        )
        path = saved(tmp_path, model)
        data = path.read_bytes()
        for place in range(0, len(data), 7):  # the tensor file's own test takes every bit
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
        data = path.read_bytes()
        assert data.count(b"0.375") == 1
        path.write_bytes(data.replace(b"0.375", b"0.875"))
        with pytest.raises(FormatError, match="is damaged"):
            load_model(path)

    @pytest.mark.parametrize(
        ("old", "new"), [(b"eins", b"zwei"), (b"28", b"29"), (b"17", b"71"), (b"zehn", b"zehN")]
    )
    def test_changed_words_are_damage_too(self, tmp_path, old, new):
        told = {"class_names": ["eins", "drei"], "preprocessing": {"height": 28, "note": "zehn"}}
        path = saved(tmp_path, Sequential([Dense(2)], (1,), 17, **told))
        data = path.read_bytes()
        path.write_bytes(data.replace(old, new, 1))
        assert path.read_bytes() != data
        with pytest.raises(FormatError, match=r"is damaged|not a safetensors"):
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
        with pytest.raises(FormatError, match=r"not a minitorchcnn-model that minitorchcnn wrote"):
            load_model(path)

    def test_another_programs_safetensors_with_a_dtype_numpy_does_not_know(self, tmp_path):
        path = tmp_path / "half.safetensors"
        header = b'{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
        path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
        with pytest.raises(FormatError, match="not a minitorchcnn-model that"):
            load_model(path)

    def test_text_file(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("These are my notes, not a model at all.")
        with pytest.raises(FormatError, match=r"notes\.txt is not a safetensors file"):
            load_model(path)

    def test_other_versions(self, tmp_path):
        path = rewritten(saved(tmp_path), format_version=3)
        with pytest.raises(FormatError, match=r"version 3, this .* version 2: install a newer"):
            load_model(path)
        told = {"format": "minitorchcnn-model", "format_version": "1", "architecture": "{}"}
        safetensors.numpy.save_file({"0.weight": np.ones(3)}, path, told)
        with pytest.raises(FormatError, match=r"version 1, this .* version 2: make the file again"):
            load_model(path)

    def test_too_large(self, tmp_path):
        path = saved(tmp_path)
        size = path.stat().st_size
        with pytest.raises(FormatError, match=rf"has {size} bytes .* pass a larger limit_bytes"):
            load_model(path, limit_bytes=size - 1)

    @pytest.mark.parametrize(
        ("index", "options"),
        [
            (0, {"filters": 10**12}),
            (0, {"kernel_size": [10**9, 2]}),
            (0, {"kernel_size": [1, 2]}),
            (0, {"weight": [1.0]}),
            (4, {"filters": 10**18}),
            (10, {"units": 10**12}),
            (0, {"padding": [[10**9, 0], [0, 10**9]]}),
            (3, {"padding": 10**9}),
            (0, {"stride": 10**30}),
            (4, {"initializer": "zeros", "filters": 7}),
        ],
    )
    def test_promises_larger_than_the_file_cost_nothing(self, tmp_path, index, options):
        path = with_layer(saved(tmp_path), index, **options)
        tracemalloc.start()
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1e6

    @pytest.mark.parametrize("shape", [[10**12], [10**12, 1, 1], [5, 1, 1], [0], [1.5], "x", [], 3])
    def test_statistics_of_more_channels_than_the_file_has(self, tmp_path, shape):
        path = saved(tmp_path, Sequential([BatchNorm()], (4,)))
        architecture = {**header_of(path)["architecture"], "input_shape": shape}
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(rewritten(path, architecture=architecture))

    @pytest.mark.parametrize(
        "changes",
        [
            {"class_names": ["a"]},
            {"class_names": "ab"},
            {"class_names": [1, 2]},
            {"preprocessing": [1]},
            {"seed": -1},
            {"seed": "x"},
            {"seed": 1.5},
            {"architecture": None},
        ],
    )
    def test_words_that_do_not_fit(self, tmp_path, changes):
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(rewritten(saved(tmp_path), **changes))

    @pytest.mark.parametrize("key", ["architecture", "class_names", "preprocessing", "seed"])
    def test_missing_words(self, tmp_path, key):
        path = saved(tmp_path)
        state, header = safetensors.numpy.load(path.read_bytes()), header_of(path)
        del header["sha256"], header[key]
        write_tensors(path, state, header)
        with pytest.raises(FormatError, match=rf"does not describe a model: KeyError: '{key}'"):
            load_model(path)

    @pytest.mark.parametrize(
        "change",
        [
            lambda state: state.pop("0.bias"),
            lambda state: state.pop("0.weight"),
            lambda state: state.update(more=np.ones(1)),
            lambda state: state.update({"0.weight": state["0.weight"].astype("f4")}),
            lambda state: state.update({"0.bias": state["0.bias"].astype("f4")}),
            lambda state: state.update({"1.running_var": np.ones(5)}),
        ],
    )
    def test_weights_that_do_not_fit(self, tmp_path, change):
        path = saved(tmp_path)
        state = safetensors.numpy.load(path.read_bytes())
        change(state)
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(rewritten(path, state))

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
                "wants",
            ),
        ],
    )
    def test_architecture_that_makes_no_sense(self, tmp_path, architecture, match):
        if isinstance(architecture, dict):
            architecture = {**architecture, "input_shape": [3], "dtype": "float32"}
        path = rewritten(saved(tmp_path), architecture=architecture)
        with pytest.raises(FormatError, match=f"does not describe a model: .*{match}|{match}"):
            load_model(path)

    def test_architecture_that_is_no_json(self, tmp_path):
        path = rewritten(saved(tmp_path), architecture="__import__('os').system('true')")
        with pytest.raises(FormatError, match="does not describe a model"):
            load_model(path)

    @pytest.mark.parametrize("slope", [math.nan, np.ones(2), len, {1: 2}, [1, {"a": object()}]])
    def test_own_layer_that_no_text_describes(self, tmp_path, slope):
        with pytest.raises(FormatError, match=r"layer 1, Own\(.*\), is not one of .* state_dict"):
            Sequential([Dense(2), Own(slope)], (3,)).save(tmp_path / "model")
        assert os.listdir(tmp_path) == []

    def test_own_layer_that_does_not_keep_an_argument(self, tmp_path):
        layer = Own(1.0)
        del layer.slope
        with pytest.raises(FormatError, match=r"layer 0, Own\(\), .* no attribute 'slope'\. Keep"):
            Sequential([layer], (3,)).save(tmp_path / "model")

    def test_own_layer_that_cannot_be_called_with_its_options(self, tmp_path):
        class Bare(Own):
            def __init__(self, slope, /):
                super().__init__(slope)

        with pytest.raises(FormatError, match=r"positional.*Keep each argument"):
            Sequential([Bare(1.0)], (3,)).save(tmp_path / "model")

    def test_own_layer_without_its_class(self, tmp_path):
        path = saved(tmp_path, Sequential([Own(0.5)], (3,)))
        with pytest.raises(FormatError, match=r"'Own'.*by load_model\(path, layers=\[Own\]\)\."):
            load_model(path)

    def test_own_layer_of_another_class(self, tmp_path):
        path = saved(tmp_path, Sequential([Own(0.5)], (3,)))
        other = type("Own", (ReLU,), {})
        with pytest.raises(FormatError, match=r"does not describe a model: .* argument 'name'"):
            load_model(path, layers=[other])

    def test_own_layer_under_a_known_name_cannot_be_handed_in(self, tmp_path):
        path = saved(tmp_path)
        with pytest.raises(ArgumentError, match="there is another layer of that name"):
            load_model(path, layers=[type("ReLU", (ReLU,), {})])
        with pytest.raises(ArgumentError, match="there is another layer of that name"):
            load_model(path, layers=[Own, type("Own", (ReLU,), {})])

    @pytest.mark.parametrize("layers", [3, ReLU])
    def test_no_list_of_layers(self, tmp_path, layers):
        with pytest.raises(ArgumentError, match="layers must be a list of classes, got"):
            load_model(saved(tmp_path), layers=layers)

    @pytest.mark.parametrize("layer", [ReLU(), int, "ReLU"])
    def test_no_class_of_a_layer(self, tmp_path, layer):
        with pytest.raises(ArgumentError, match=r"layers holds .*, expected the class of a layer"):
            load_model(saved(tmp_path), layers=[layer])

    def test_own_layer_under_a_known_name(self, tmp_path):
        pretender = type("ReLU", (ReLU,), {})
        with pytest.raises(FormatError, match=r"layer 0, .* is not one of minitorchcnn's own"):
            Sequential([pretender()], (3,)).save(tmp_path / "model")
