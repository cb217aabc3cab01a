"""The networks that are timed are those that were meant, and the same in every package."""

import numpy as np
import pytest

from benchmarks.contestants import CONTESTANTS, data
from benchmarks.onnx_graph import graph
from benchmarks.workloads import WORKLOADS, Workload, flops, growing
from minitorchcnn import Sequential

# weights and biases of the convolutions and dense layers, by hand
PARAMETERS = {
    "W1": 8 * 9 + 8 + 392 * 10 + 10,
    "W2": 6 * 25 + 6 + 16 * 150 + 16 + 256 * 120 + 120 + 120 * 84 + 84 + 850,
    "W3": 32 * 9 + 32 + 64 * 288 + 64 + 9216 * 128 + 128 + 1290,
    "W4": 32 * 27 + 32 + 32 * 288 + 32 + 64 * 288 + 64 + 64 * 576 + 64 + 40970,
    "W5": 16 * 27 + 16 + 16 * 144 + 16 + 170,
}
# GFLOP of a training step taken as three times forward
STEP = {"W2": 0.108, "W3": 4.6, "W4": 9.3, "W5": 6.0}


def small(work):
    """A batch of one, and no photograph larger than need be."""
    size = (3, 40, 40) if work.name == "W5" else work.size
    return work._replace(batch=1, size=size)


def inside(call, kind):
    """Find the model that a call works with."""
    held = [cell.cell_contents for cell in call.__closure__]
    return next(value for value in held if isinstance(value, kind))


def ours(work):
    return inside(CONTESTANTS["minitorchcnn"](work, 1).predict, Sequential)


@pytest.mark.parametrize("name", WORKLOADS)
def test_our_network_has_the_size_it_should(name):
    model = ours(small(WORKLOADS[name]))
    assert sum(parameter.size for parameter in model.parameters()) == PARAMETERS[name]
    assert model.output_shape == (10,)


@pytest.mark.parametrize("name", STEP)
def test_arithmetic_of_a_step(name):
    assert 3e-9 * flops(WORKLOADS[name]) == pytest.approx(STEP[name], rel=0.05)


@pytest.mark.parametrize("name", WORKLOADS)
def test_arithmetic_agrees_with_the_estimate(name):
    work = small(WORKLOADS[name])
    assert ours(work).estimate(1).inference_flops == flops(work)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_step_trains_and_predicts(name):
    calls = CONTESTANTS["minitorchcnn"](small(WORKLOADS[name]), 1)
    assert 0 < calls.train() < 100
    assert calls.predict().shape == (1, 10)


@pytest.mark.torch
@pytest.mark.parametrize("name", WORKLOADS)
def test_pytorch_has_the_same_network(name):
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    work = small(WORKLOADS[name])
    calls = CONTESTANTS["PyTorch"](work, 1)
    torch.set_num_threads(threads)
    model = inside(calls.predict, torch.nn.Module)
    mine = ours(work)
    mine.load_state_dict(dict(zip(mine.state_dict(), model.state_dict().values(), strict=True)))
    np.testing.assert_allclose(
        mine.predict(data(work)[0]), calls.predict().numpy(), rtol=1e-4, atol=1e-5
    )
    assert 0 < calls.train() < 100


@pytest.mark.parametrize("name", WORKLOADS)
def test_onnx_has_the_same_network(name):
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    work = small(WORKLOADS[name])
    model = onnx.load_model_from_string(graph(work))
    weights = [onnx.numpy_helper.to_array(t) for t in model.graph.initializer]
    mine = ours(work)
    mine.load_state_dict(dict(zip(mine.state_dict(), weights, strict=True)))
    x = data(work)[0]
    (said,) = reference.ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(mine.predict(x), said, rtol=1e-4, atol=1e-5)


def test_every_contestant_is_given_the_same_batch():
    x, y = data(WORKLOADS["W2"])
    again, labels = data(WORKLOADS["W2"])
    assert (x == again).all()
    assert (y == labels).all()
    assert x.shape == (64, 1, 28, 28)
    assert -1 <= x.min() < -0.99
    assert 0.99 < x.max() <= 1


def test_series_grow_over_the_ranges_asked_for():
    sizes = {title.split()[0]: [size for size, _ in points] for title, points in growing().items()}
    assert [(name, s[0], s[-1]) for name, s in sizes.items()] == [
        ("batch", 1, 1024),
        ("image", 16, 1024),
        ("filters", 1, 64),
    ]
    for points in growing().values():
        for size, work in points:
            assert isinstance(work, Workload)
            assert size in (work.batch, work.size[1], work.layers[0][1])
