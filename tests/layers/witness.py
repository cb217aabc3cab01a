"""What the naive loops say about a case: the expectation of the battery."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from minitorchcnn import Layer
from tests.layers.case import Case
from tests.layers.cases import CASES
from tests.reference import activation, conv, dense, normalization, pooling

State = dict[str, np.ndarray]


class Expected(NamedTuple):
    """The output, the gradient of x, and one gradient for each parameter."""

    y: np.ndarray
    grad_x: np.ndarray
    grads: tuple[np.ndarray, ...] = ()


@cache
def expected(name: str, training: bool = True) -> Expected:
    """Work a case out with the naive loops, for its own x, cotangent, weights and statistics."""
    case = CASES[name]
    work = WITNESSES[case.kind.__name__]
    state = case.layer().state()
    found = work(case, case.array(), case.cotangent(), state, training)
    for array in (found.y, found.grad_x, *found.grads):
        array.setflags(write=False)
    return found


def _pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _conv(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    options: dict[str, Any] = {
        "stride": _pair(case.options.get("stride", 1)),
        "dilation": _pair(case.options.get("dilation", 1)),
        "groups": case.options.get("groups", 1),
        "padding": case.sides,
    }
    weight, bias = state["weight"], state.get("bias")
    y = conv.conv2d(x, weight, bias, **options)
    grad_x, *grads = conv.conv2d_gradients(x, weight, grad_y, **options)
    return Expected(y, grad_x, tuple(grads[: len(state)]))


def _window(case: Case) -> tuple[tuple[int, int], dict[str, Any]]:
    size = _pair(case.options["pool_size"])
    passed_on = ("ceil_mode", "count_include_pad")
    options = {key: case.options[key] for key in passed_on if key in case.options}
    stride = _pair(case.options.get("stride", size))
    return size, {**options, "stride": stride, "padding": case.sides}


def _max_pool(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    size, options = _window(case)
    options["dilation"] = _pair(case.options.get("dilation", 1))
    y = pooling.max_pool(x, size, **options)
    return Expected(y, pooling.max_pool_gradient(x, grad_y, size, **options))


def _avg_pool(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    size, options = _window(case)
    y = pooling.avg_pool(x, size, **options)
    return Expected(y, pooling.avg_pool_gradient(x.shape, grad_y, size, **options))


def _global_avg_pool(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    y = pooling.global_avg_pool(x)
    return Expected(y, pooling.global_avg_pool_gradient(x.shape, grad_y))


def _flatten(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    y, grad_x = np.zeros((len(x), x[0].size)), np.zeros(x.shape)
    for n in range(len(x)):
        for place, index in enumerate(np.ndindex(*x.shape[1:])):
            y[n, place], grad_x[n, *index] = x[n, *index], grad_y[n, place]
    return Expected(y, grad_x)


def _dense(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    grad_x, *grads = dense.dense_gradients(x, state["weight"], grad_y)
    y = dense.dense(x, state["weight"], state.get("bias"))
    return Expected(y, grad_x, tuple(grads[: len(state)]))


def _activation(name: str, default_slope: float | None = None) -> Callable[..., Expected]:
    def work(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
        slope = [case.options.get("slope", default_slope)] if default_slope is not None else []
        y = getattr(activation, name)(x, *slope)
        return Expected(y, getattr(activation, f"{name}_gradient")(x, grad_y, *slope))

    return work


def _dropout(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    if training and case.random:
        raise ValueError("what Dropout drops is random: tests/ops looks at its statistics")
    return Expected(x.copy(), grad_y.copy())


def _batch_norm(case: Case, x: Any, grad_y: Any, state: State, training: bool) -> Expected:
    epsilon = case.options.get("epsilon", 1e-5)
    used = (state["running_mean"], state["running_var"])
    if training:
        used = normalization.mean_and_variance(x)
    y = normalization.batch_norm(x, state["weight"], state["bias"], *used, epsilon=epsilon)
    grads = normalization.parameter_gradients(x, grad_y, *used, epsilon=epsilon)
    if training:
        grad_x = normalization.training_gradient(x, state["weight"], grad_y, epsilon=epsilon)
    else:
        grad_x = normalization.inference_gradient(state["weight"], grad_y, used[1], epsilon=epsilon)
    return Expected(y, grad_x, grads)


WITNESSES: dict[str, Callable[..., Expected]] = {
    "Conv2D": _conv,
    "MaxPool": _max_pool,
    "AvgPool": _avg_pool,
    "GlobalAvgPool": _global_avg_pool,
    "Flatten": _flatten,
    "Dense": _dense,
    "ReLU": _activation("relu"),
    "LeakyReLU": _activation("leaky_relu", 0.01),
    "Sigmoid": _activation("sigmoid"),
    "Tanh": _activation("tanh"),
    "Dropout": _dropout,
    "BatchNorm": _batch_norm,
}


def run(layer: Layer, x: np.ndarray, grad_y: np.ndarray, training: bool = True) -> Expected:
    """Send x forward and a cotangent back through a layer, in the form of an expectation."""
    y = layer.forward(x, training=training)
    grad_x = layer.backward(grad_y)
    return Expected(y, grad_x, tuple(parameter.grad for parameter in layer.parameters()))


def assert_same(got: Expected, want: Expected, tolerance: float = 1e-12) -> None:
    """Compare output and all gradients, each with its shape; relative to numbers above 1."""
    assert len(got.grads) == len(want.grads)
    pairs = [(got.y, want.y), (got.grad_x, want.grad_x), *zip(got.grads, want.grads, strict=True)]
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
