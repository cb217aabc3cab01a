"""The chain: sizes, randomness, what it keeps in memory and what it does not."""

import copy
import pickle

import numpy as np
import pytest

from minitorchcnn import (
    ArgumentError,
    AvgPool,
    BatchNorm,
    CallOrderError,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
)

RNG = np.random.default_rng(7)
X = RNG.normal(size=(5, 1, 8, 7))


def layers():
    return [
        Conv2D(3, 3, padding=1),
        BatchNorm(),
        ReLU(),
        MaxPool(2),
        Conv2D(4, (2, 3)),
        ReLU(),
        Flatten(),
        Dropout(0.5),
        Dense(6),
        ReLU(),
        Dense(2),
    ]


def net(dtype="float64", seed=0):
    return Sequential(layers(), input_shape=(1, 8, 7), seed=seed, dtype=dtype)


def bytes_of(model):
    return {name: value.tobytes() for name, value in model.state_dict().items()}


def test_sizes_are_inferred_down_the_chain():
    model = net()
    # 8x7 pooled by 2 is 4x3; a 2x3 kernel leaves 3x1
    assert [layer.output_shape for layer in model.layers] == [
        *[(3, 8, 7)] * 3,
        (3, 4, 3),
        *[(4, 3, 1)] * 2,
        *[(12,)] * 2,
        *[(6,)] * 2,
        (2,),
    ]
    assert (model.input_shape, model.output_shape) == ((1, 8, 7), (2,))
    assert [(p.name, p.value.shape) for p in model.parameters()] == [
        ("0.weight", (3, 1, 3, 3)),
        ("0.bias", (3,)),
        ("1.weight", (3,)),
        ("1.bias", (3,)),
        ("4.weight", (4, 3, 2, 3)),
        ("4.bias", (4,)),
        ("8.weight", (6, 12)),
        ("8.bias", (6,)),
        ("10.weight", (2, 6)),
        ("10.bias", (2,)),
    ]


def test_output_shape_is_the_real_one():
    model = Sequential(
        [AvgPool((2, 3), stride=(1, 2)), GlobalAvgPool()], (3, 5, 9), dtype="float32"
    )
    assert model.forward(np.ones((2, 3, 5, 9), np.float32)).shape == (2, *model.output_shape)


def test_layer_is_named_in_the_error():
    chain = [Conv2D(2, 3), MaxPool(2), Conv2D(2, 4)]
    with pytest.raises(ShapeError, match=r"^layer 2: Conv2D\(2, 4\): the window is larger"):
        Sequential(chain, (1, 8, 8))


def test_same_object_twice_is_refused():
    shared = ReLU()
    with pytest.raises(ArgumentError, match="layers 1 and 3 are the same object ReLU"):
        Sequential([Dense(2), shared, Dense(2), shared], (3,))


def test_layer_of_another_model_is_refused():
    layer = Dense(2)
    Sequential([layer], (3,))
    with pytest.raises(CallOrderError, match=r"layer 0: Dense\(2\) is already built .* new one"):
        Sequential([layer], (3,))


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    assert bytes_of(net(seed=3)) == bytes_of(net(seed=3))
    assert bytes_of(net(seed=np.random.default_rng(3))) == bytes_of(net(seed=3))
    assert bytes_of(net(seed=4))["0.weight"] != bytes_of(net(seed=3))["0.weight"]


def test_every_layer_has_weights_of_its_own():
    model = Sequential([Dense(4, bias=False), Dense(4, bias=False)], (4,))
    first, second = (p.value for p in model.parameters())
    assert not np.array_equal(first, second)


def test_changing_one_layer_leaves_the_weights_of_the_others():
    changed = layers()
    changed[4] = Conv2D(4, (2, 3), weight=np.zeros((4, 3, 2, 3)))
    changed[7] = ReLU()
    before = bytes_of(net())
    after = bytes_of(Sequential(changed, (1, 8, 7), dtype="float64"))
    assert [name for name in before if before[name] != after[name]] == ["4.weight"]


def test_state_dict_has_pytorchs_names_in_pytorchs_order():
    assert list(net().state_dict()) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
        "4.weight",
        "4.bias",
        "8.weight",
        "8.bias",
        "10.weight",
        "10.bias",
    ]


def test_state_dict_is_a_copy():
    model = net()
    before = bytes_of(model)
    for value in model.state_dict().values():
        value[...] = 9
    assert bytes_of(model) == before


def test_load_state_dict_copies_into_the_same_arrays():
    model, other = net(seed=0), net(seed=1)
    other.forward(X)  # moves the running statistics
    state = other.state_dict()
    held = [p.value for p in model.parameters()]
    model.load_state_dict(state)
    assert bytes_of(model) == bytes_of(other)
    assert all(p.value is kept for p, kept in zip(model.parameters(), held, strict=True))
    state["0.weight"][...] = 9
    assert bytes_of(model) == bytes_of(other)
    assert np.array_equal(model.predict(X), other.predict(X))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: s.pop("4.bias"), r"missing \['4.bias'\], unknown nothing. The layers and"),
        (lambda s: s.update({"11.weight": 1}), r"missing nothing, unknown \['11.weight'\]"),
        (lambda s: s.update({"10.bias": np.zeros(3)}), r"'10.bias' .*\(3,\), expected .*\(2,\)"),
        (lambda s: s.update({"10.bias": np.zeros(2, "f4")}), "'10.bias' is float32 .* float64"),
        (lambda s: s.update({"1.num_batches_tracked": np.zeros(())}), "float64 .* expected int64"),
    ],
)
def test_load_state_dict_is_all_or_nothing(change, match):
    model, state = net(seed=0), net(seed=1).state_dict()
    before = bytes_of(model)
    change(state)
    with pytest.raises(ShapeError, match=match):
        model.load_state_dict(state)
    assert bytes_of(model) == before


def test_call_is_predict():
    model = net()
    assert np.array_equal(model(X), model.predict(X))
    assert model(X).dtype == np.float64


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 100])
def test_predict_is_the_same_in_batches_of_any_size(batch_size):
    model = net()
    model.forward(X)
    whole = model.forward(X, training=False)
    assert np.allclose(model.predict(X, batch_size=batch_size), whole, rtol=1e-13, atol=1e-14)


def test_predict_keeps_nothing():
    model, untouched = net(), net()
    for one in (model, untouched):
        one.forward(X)
    state, memory = bytes_of(model), [layer._kept for layer in model.layers]
    model.predict(RNG.normal(size=(9, 1, 8, 7)), batch_size=2)
    assert bytes_of(model) == state
    assert all(layer._kept is kept for layer, kept in zip(model.layers, memory, strict=True)), (
        "predict must not touch what forward kept"
    )
    grad_y = RNG.normal(size=(5, 2))
    assert np.array_equal(model.backward(grad_y), untouched.backward(grad_y))


def test_predict_before_any_forward_leaves_nothing_for_backward():
    model = net()
    model.predict(X)
    with pytest.raises(CallOrderError, match="call forward before backward"):
        model.backward(np.ones((5, 2)))


def test_predict_does_not_drop_anything():
    model = Sequential([Dropout(0.9)], (50,), dtype="float64")
    x = RNG.normal(size=(3, 50))
    assert np.array_equal(model.predict(x), x)
    assert np.array_equal(model.forward(x, training=False), x)
    assert (model.forward(x) == 0).any()


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_copies_are_equal_and_independent(duplicate):
    model = net("float32")
    model.forward(X.astype(np.float32))
    twin = duplicate(model)
    assert bytes_of(twin) == bytes_of(model)
    assert repr(twin) == repr(model)
    x = X.astype(np.float32)
    # Dropout's stream is copied as well
    assert np.array_equal(twin.forward(x), model.forward(x))
    for parameter in twin.parameters():
        parameter.value += 1
    assert bytes_of(twin)["0.weight"] != bytes_of(model)["0.weight"]
    assert [p.name for p in twin.parameters()] == [p.name for p in model.parameters()]


def test_inputs_are_not_modified_and_need_not_be_contiguous():
    model = net()
    x = np.asfortranarray(X)
    kept = x.copy()
    y = model.predict(x)
    model.forward(x)
    model.backward(np.ones((5, 2)))
    assert np.array_equal(x, kept)
    assert np.allclose(y, net().predict(np.ascontiguousarray(x)), rtol=1e-13)


def test_repr_can_be_read():
    model = Sequential([Conv2D(3, 3, padding="same"), Flatten(), Dense(2)], (1, 4, 4))
    assert repr(model) == (
        "Sequential([\n    Conv2D(3, 3, padding='same'),\n    Flatten(),\n    Dense(2),\n], "
        "input_shape=(1, 4, 4), dtype='float32')"
    )


def test_layers_may_come_from_a_generator():
    model = Sequential((Dense(size) for size in (4, 2)), (3,))
    assert model.output_shape == (2,)
    assert isinstance(model.layers, tuple)
