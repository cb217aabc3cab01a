"""Options that are no matter of geometry: ready weights, initializers, single frozen filters."""

from functools import partial

import numpy as np
import pytest

from minitorchcnn import (
    ArgumentError,
    AvgPool,
    CallOrderError,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    MaxPool,
    ShapeError,
)
from tests.layers.cases import CASES


def built(layer, shape, **options):
    layer.build(shape, **options)
    return layer


@pytest.mark.parametrize(
    ("make", "input_shape", "shape"),
    [
        (lambda weight: Conv2D(2, (1, 3), weight=weight), (2, 4, 4), (2, 2, 1, 3)),
        (lambda weight: Conv2D(4, 2, groups=2, weight=weight), (2, 4, 4), (4, 1, 2, 2)),
        (lambda weight: Dense(3, weight=weight), (5,), (3, 5)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ready_weights_are_copied_into_the_layers_dtype(make, input_shape, shape, dtype):
    ready = np.arange(np.prod(shape)).reshape(shape)
    layer = built(make(ready), input_shape, dtype=dtype)
    value = layer.parameters()[0].value
    assert value.dtype == dtype
    np.testing.assert_array_equal(value, ready)
    value += 1
    assert ready.ravel()[0] == 0


def test_ready_weights_of_another_shape_are_refused():
    with pytest.raises(ArgumentError, match=r"weight has shape \(2, 1, 3, 2\), expected \(2, any"):
        Conv2D(2, 3, weight=np.zeros((2, 1, 3, 2)))
    with pytest.raises(ShapeError, match=r"weight has shape \(2, 1, 3, 3\), expected \(2, 4, 3"):
        Conv2D(2, 3, weight=np.zeros((2, 1, 3, 3))).build((4, 5, 5))
    with pytest.raises(ArgumentError, match="NaN"):
        Dense(1, weight=[[np.nan]])


def test_initializer_may_be_a_function_of_shape_and_rng():
    def count(shape, rng):
        return np.arange(np.prod(shape), dtype=float).reshape(shape)

    layer = built(Conv2D(2, 2, initializer=count), (1, 3, 3), dtype="float64")
    assert layer.parameters()[0].value.ravel().tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert layer.parameters()[1].value.tolist() == [0, 0]


def test_same_seed_same_weights_other_seed_other_weights():
    one, same, other = (
        built(Conv2D(2, 3), (1, 5, 5), rng=seed).parameters()[0].value for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("make", "input_shape", "trained"),
    [(partial(Conv2D, 3, 2), (2, 3, 3), 2 * 2 * 2), (partial(Dense, 3), (5,), 5)],
)
def test_a_row_frozen_by_itself_keeps_its_gradient(make, input_shape, trained):
    """The optimizer leaves it alone; its gradient is there to be looked at."""
    grads = []
    for trainable in (True, [False, True, False]):
        layer = built(make(trainable=trainable), input_shape, rng=0, dtype="float64")
        y = layer.forward(np.random.default_rng(0).standard_normal((2, *input_shape)))
        layer.backward(np.random.default_rng(1).standard_normal(y.shape))
        grads.append([parameter.grad for parameter in layer.parameters()])
    for free, partly in zip(*grads, strict=True):
        np.testing.assert_array_equal(free, partly)
    assert layer.trainable == (False, True, False)
    assert [parameter.trainable_size for parameter in layer.parameters()] == [trained, 1]


@pytest.mark.parametrize("kind", [MaxPool, AvgPool])
def test_windows_of_nothing_but_padding_are_refused(kind):
    with pytest.raises(ShapeError, match="output row 0 would see nothing but padding"):
        kind(2, padding=((2, 0), (0, 0))).build((1, 4, 4))
    with pytest.raises(ShapeError, match="output column 3 would see nothing but padding"):
        kind(1, padding=((0, 0), (0, 1))).build((1, 3, 3))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_config_builds_the_same_layer_again(case):
    again = case.kind(**case.kind(**case.options).config())
    assert again.build(case.x[1:]) == case.y
    assert repr(again) == repr(case.kind(**case.options))


def test_order_of_calls():
    layer = Dense(2)
    assert layer.parameters() == []
    with pytest.raises(CallOrderError, match="not built yet"):
        layer.forward(np.zeros((1, 3), "float32"))
    layer.build((3,))
    with pytest.raises(CallOrderError, match="call forward before backward"):
        layer.backward(np.zeros((1, 2), "float32"))
    with pytest.raises(CallOrderError, match="already built"):
        layer.build((3,))


def test_dropouts_stream_is_its_own():
    """The seed given to build decides what is dropped, not what else was drawn meanwhile."""
    x = np.ones((4, 50), "float32")
    one, same, other = (built(Dropout(0.5), (50,), rng=seed) for seed in (3, 3, 4))
    first = one.forward(x)
    np.random.default_rng(3).random(100)
    np.testing.assert_array_equal(first, same.forward(x))
    assert (first != other.forward(x)).any()
    assert (first != one.forward(x)).any(), "the second batch must be dropped elsewhere"


def test_cast_converts_parameters_and_statistics():
    layer: Layer = CASES["BatchNorm"].layer("float64")
    layer.cast("float32")
    x = CASES["BatchNorm"].array().astype("float32")
    assert layer.forward(x).dtype == "float32"
    kinds = {name: value.dtype.name for name, value in layer.state().items()}
    assert kinds.pop("num_batches_tracked") == "int64"
    assert set(kinds.values()) == {"float32"}
