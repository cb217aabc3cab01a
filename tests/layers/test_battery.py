"""Every layer of the table goes through every test here; witnesses are the naive loops."""

import inspect

import numpy as np
import pytest

import minitorchcnn.layers
from minitorchcnn import ShapeError, check_gradients
from tests.layers.cases import CASES
from tests.layers.witness import Expected, assert_same, expected, run

# Linear in x once what f(0) gives is taken away; for the other two only where u = x.
LINEAR = {"Conv2D", "AvgPool", "GlobalAvgPool", "Flatten", "Dense"}
PIECEWISE_LINEAR = {"ReLU", "LeakyReLU", "MaxPool"}

every_case = pytest.mark.parametrize("name", CASES)
MODES = [(name, True) for name, case in CASES.items() if not case.random]
MODES += [(name, False) for name in CASES]
every_mode = pytest.mark.parametrize(("name", "training"), MODES)
with_parameters = pytest.mark.parametrize(
    "name", [n for n, case in CASES.items() if case.layer().parameters()]
)


def cases_of(kinds: set[str]) -> list[str]:
    return [name for name, case in CASES.items() if case.kind.__name__ in kinds]


def same_bits(got: Expected, want: Expected) -> bool:
    pairs = [(got.y, want.y), (got.grad_x, want.grad_x), *zip(got.grads, want.grads, strict=True)]
    return all(ours.tobytes() == theirs.tobytes() for ours, theirs in pairs)


def test_table_has_every_layer_and_every_option():
    """Ready weights, initializers and trainable are not a matter of geometry: see test_options."""
    elsewhere = {"self", "weight", "initializer", "trainable"}
    for name in set(minitorchcnn.layers.__all__) - {"Layer"}:
        kind = getattr(minitorchcnn.layers, name)
        cases = [case for case in CASES.values() if case.kind is kind]
        assert cases, f"{name} has no case"
        for option in inspect.signature(kind.__init__).parameters.keys() - elsewhere:
            assert any(option in case.options for case in cases), f"{name}: {option}"


@every_case
def test_inferred_shape_is_the_real_shape(name):
    case = CASES[name]
    layer = case.kind(**case.options)
    assert layer.build(case.x[1:], rng=0, dtype="float64") == case.y
    assert layer.output_shape == case.y
    y = layer.forward(case.array())
    assert y.shape == (case.x[0], *case.y)
    assert layer.backward(case.cotangent()).shape == case.x


@every_mode
def test_equals_the_naive_loop(name, training):
    case = CASES[name]
    got = run(case.layer(), case.array(), case.cotangent(), training)
    assert_same(got, expected(name, training))


@every_case
def test_input_cotangent_and_weights_are_not_modified(name):
    case = CASES[name]
    layer, x, grad_y = case.layer(), case.array(), case.cotangent()
    weights = [parameter.value.copy() for parameter in layer.parameters()]
    x.setflags(write=False)
    grad_y.setflags(write=False)
    run(layer, x, grad_y)
    np.testing.assert_array_equal(x, case.array())
    np.testing.assert_array_equal(grad_y, case.cotangent())
    for parameter, before in zip(layer.parameters(), weights, strict=True):
        np.testing.assert_array_equal(parameter.value, before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_mode
def test_dtype_is_kept_everywhere(name, training, dtype):
    case = CASES[name]
    layer = case.layer(dtype)
    got = run(layer, case.array().astype(dtype), case.cotangent().astype(dtype), training)
    for array in (got.y, got.grad_x, *got.grads, *(p.value for p in layer.parameters())):
        assert array.dtype == dtype
    statistics = [value for key, value in layer.state().items() if key.startswith("running")]
    assert all(value.dtype == dtype for value in statistics)
    assert_same(got, expected(name, training), tolerance=1e-12 if dtype == "float64" else 2e-5)


def every_second(array):
    roomy = np.full((2 * len(array), *array.shape[1:-1], 3 * array.shape[-1]), np.nan)
    roomy[::2, ..., ::3] = array
    return roomy[::2, ..., ::3]


def mirrored(array):
    axes = tuple(range(array.ndim))
    return np.flip(np.flip(array, axes).copy(), axes)


def columns_first(array):
    return np.asfortranarray(array)


@pytest.mark.parametrize("layout", [every_second, mirrored, columns_first])
@every_mode
def test_memory_layout_does_not_matter(name, training, layout):
    case = CASES[name]
    x, grad_y = layout(case.array()), layout(case.cotangent())
    np.testing.assert_array_equal(x, case.array())
    assert_same(run(case.layer(), x, grad_y, training), expected(name, training))


@every_case
def test_backward_twice_gives_the_same_bits(name):
    """A gradient is overwritten, not added to, and what forward kept is not used up."""
    case = CASES[name]
    layer = case.layer()
    y = layer.forward(case.array())
    first, second = (
        Expected(y, layer.backward(grad_y), tuple(p.grad.copy() for p in layer.parameters()))
        for grad_y in (case.cotangent(), case.cotangent())
    )
    assert same_bits(first, second)


@every_case
def test_two_layers_built_alike_give_the_same_bits(name):
    case = CASES[name]
    one, other = (run(case.layer(), case.array(), case.cotangent()) for _ in range(2))
    assert same_bits(one, other)


@with_parameters
def test_frozen_layer_has_no_gradient_and_lets_the_gradient_through(name):
    case = CASES[name]
    free, frozen = case.layer(), case.layer(trainable=False)
    want = run(free, case.array(), case.cotangent())
    got = run(frozen, case.array(), case.cotangent())
    assert got.grads == (None,) * len(want.grads)
    assert got.y.tobytes() == want.y.tobytes()
    assert got.grad_x.tobytes() == want.grad_x.tobytes()


@with_parameters
def test_skipping_the_gradient_of_x_changes_no_other(name):
    """Below the lowest trained layer nobody needs grad_x. Sums may come in another order."""
    case = CASES[name]
    layer = case.layer()
    _, saved = layer.compute(case.array(), training=True)
    _, grads = layer.gradients(case.cotangent(), saved, need_grad_x=False)
    want = run(case.layer(), case.array(), case.cotangent())
    for ours, theirs in zip(grads, want.grads, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", cases_of(LINEAR))
def test_backward_is_the_adjoint_of_a_linear_layer(name):
    """sum(f(u) * g) == sum(u * backward(g)), where backward never saw u."""
    case = CASES[name]
    layer, u, g = case.layer(), case.array(seed=7), case.cotangent(seed=8)
    at_u = layer.forward(u) - layer.forward(np.zeros_like(u))
    layer.forward(case.array())
    np.testing.assert_allclose((at_u * g).sum(), (u * layer.backward(g)).sum(), rtol=1e-11)


@pytest.mark.parametrize("name", cases_of({"Conv2D", "Dense"}))
def test_weight_gradient_is_the_adjoint_of_the_weight(name):
    """sum((f(x; w + v) - f(x; w)) * g) == sum(v * grad_w), where backward never saw v."""
    case = CASES[name]
    layer, x, g = case.layer(), case.array(), case.cotangent(seed=8)
    y = layer.forward(x)
    layer.backward(g)
    rng = np.random.default_rng(9)
    moves = [rng.standard_normal(p.value.shape) for p in layer.parameters()]
    right = sum((m * p.grad).sum() for m, p in zip(moves, layer.parameters(), strict=True))
    for move, parameter in zip(moves, layer.parameters(), strict=True):
        parameter.value += move
    left = ((layer.forward(x) - y) * g).sum()
    np.testing.assert_allclose(left, right, rtol=1e-11)


@pytest.mark.parametrize("name", cases_of(PIECEWISE_LINEAR))
def test_backward_is_the_adjoint_where_the_layer_is_linear_around_x(name):
    case = CASES[name]
    layer, x, g = case.layer(), case.array(), case.cotangent(seed=8)
    y = layer.forward(x)
    np.testing.assert_allclose((y * g).sum(), (x * layer.backward(g)).sum(), rtol=1e-11)


@every_case
def test_central_differences(name):
    case = CASES[name]
    layer = case.layer()
    report = check_gradients(layer, case.array(), seed=3, tolerance=1e-6)
    assert report.passed, str(report)
    assert [row.name for row in report.rows] == ["x", *(p.name for p in layer.parameters())]
    # the inputs have no ties: nothing may be excused as a kink
    assert all(row.kinks == 0 for row in report.rows), str(report)


@every_case
def test_prediction_changes_nothing_in_the_layer(name):
    case = CASES[name]
    layer = case.layer()
    before = {key: value.copy() for key, value in layer.state().items()}
    first = layer.forward(case.array(), training=False)
    second = layer.forward(case.array(), training=False)
    assert first.tobytes() == second.tobytes()
    assert list(before) == list(layer.state())
    for key, value in layer.state().items():
        np.testing.assert_array_equal(value, before[key])


@every_case
def test_samples_do_not_see_each_other_in_prediction(name):
    case = CASES[name]
    layer, x = case.layer(), case.array()
    together = layer.forward(x, training=False)
    for n in range(len(x)):
        alone = layer.forward(x[n : n + 1], training=False)
        np.testing.assert_allclose(alone[0], together[n], rtol=1e-12, atol=1e-12)


@every_case
def test_wrong_input_is_refused_with_both_shapes(name):
    case = CASES[name]
    layer = case.layer()
    inner = ", ".join(map(str, case.x[1:]))
    with pytest.raises(ShapeError, match=rf"expected \(N, {inner}\)"):
        layer.forward(np.zeros((*case.x[:-1], case.x[-1] + 1)))
    with pytest.raises(ShapeError, match="dtype float32, expected float64"):
        layer.forward(case.array().astype("float32"))
    with pytest.raises(ShapeError, match="empty batch"):
        layer.forward(case.array()[:0])


@every_case
def test_wrong_cotangent_is_refused(name):
    case = CASES[name]
    layer = case.layer()
    layer.forward(case.array())
    with pytest.raises(ShapeError, match="like the output of the last forward"):
        layer.backward(np.zeros((case.x[0] + 1, *case.y)))
    with pytest.raises(ShapeError, match="got grad_y float32"):
        layer.backward(case.cotangent().astype("float32"))
