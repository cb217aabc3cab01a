"""The ONNX project's own test cases: our layers must give the outputs it ships, offline."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.judges import NEEDED
from tests.judges.tally import Tally

onnx = pytest.importorskip("onnx", reason=NEEDED)

from minitorchcnn.ops.engine.convolution import convolve  # noqa: E402
from minitorchcnn.ops.pooling import avg_pool  # noqa: E402
from tests.judges.onnx_backend import NODES, LayerBackend  # noqa: E402

KINDS = ("node", "pytorch-converted", "pytorch-operator")

# How many cases were expressible when this was written, with ONNX 1.23.
LEAST_CASES = {
    "AveragePool": 16,
    "BatchNormalization": 4,
    "Conv": 18,
    "Flatten": 4,
    "Gemm": 12,
    "GlobalAveragePool": 2,
    "LeakyRelu": 5,
    "MaxPool": 13,
    "Relu": 2,
    "Sigmoid": 5,
    "Softmax": 5,
    "Tanh": 5,
}


@pytest.fixture(scope="module")
def cases():
    """Return (operation, case, model) for every case with an operation of ours in its graph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, when the cases are made
        from onnx.backend.test.loader import load_model_tests

        every = [case for kind in KINDS for case in load_model_tests(kind=kind)]
    found = []
    for case in every:
        model = case.model or onnx.load(Path(case.model_dir, "model.onnx"))
        ours = [node.op_type for node in model.graph.node if node.op_type in NODES]
        if ours:
            found.append((ours[0], case, model))
    return found


def data_sets(case):
    """Yield (inputs, outputs) as lists of arrays, from memory or from the files of the package."""
    yield from case.data_sets or ()
    if case.model_dir:
        for folder in sorted(Path(case.model_dir).glob("test_data_set_*")):
            yield arrays(folder, "input"), arrays(folder, "output")


def arrays(folder, role):
    return [
        onnx.numpy_helper.to_array(onnx.load_tensor(folder / f"{role}_{index}.pb"))
        for index in range(len(list(folder.glob(f"{role}_*.pb"))))
    ]


def compare(case, model):
    """Raise AssertionError unless all outputs are those of the case, within its own tolerance."""
    runner = LayerBackend.prepare(model)
    checked = 0
    for inputs, outputs in data_sets(case):
        for got, want in zip(runner.run(inputs), outputs, strict=True):
            assert got.dtype == want.dtype
            np.testing.assert_allclose(got, want, rtol=case.rtol, atol=case.atol)
            checked += 1
    assert checked, "the case has no data"


def judge(cases):
    tally = Tally()
    for operation, case, model in cases:
        with tally.case(operation, case.name.removeprefix("test_")):
            compare(case, model)
    return tally


def test_outputs_are_those_of_the_onnx_project(cases):
    tally = judge(cases)
    print(tally.report(f"ONNX backend tests ({', '.join(KINDS)}): outputs in float32", "cases"))
    tally.check(LEAST_CASES)


def mirrored_kernel(x, weight, bias, **options):
    return convolve(x, weight[..., ::-1], bias, **options)


def blind_to_padding(x, *, geometry, count_include_pad):
    return avg_pool(x, geometry=geometry, count_include_pad=True)


FAULTS = {
    "Conv": ("minitorchcnn.layers.conv.convolve", mirrored_kernel),
    "AveragePool": ("minitorchcnn.layers.pooling.avg_pool", blind_to_padding),
    "Gemm": ("minitorchcnn.layers.dense.dense", lambda x, weight, bias: (x @ weight.T, None)),
}


@pytest.mark.parametrize("operation", FAULTS)
def test_a_planted_fault_is_found(monkeypatch, cases, operation):
    monkeypatch.setattr(*FAULTS[operation])
    tally = judge([entry for entry in cases if entry[0] == operation])
    assert tally.failed[operation]


def test_cases_that_disappear_are_missed(cases):
    few = judge([entry for entry in cases if entry[0] == "Flatten"][:2])
    with pytest.raises(AssertionError, match="fewer cases were expressible"):
        few.check(LEAST_CASES)
