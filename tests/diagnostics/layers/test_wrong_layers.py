"""Every wrong layer is found, and called by its name: the hint is the point of the check."""

import pytest

from minitorchcnn import check_layer
from tests.diagnostics.layers.wrong_activations import ACTIVATIONS
from tests.diagnostics.layers.wrong_convolutions import (
    CONVOLUTIONS,
    AssignsAndForgetsTheStride,
    KernelTransposed,
    StridesInsideTheWindow,
)
from tests.diagnostics.layers.wrong_others import OTHERS, DenseTransposed
from tests.diagnostics.layers.wrong_pools import POOLS, ForgetsTheStrideAndPaysTies
from tests.diagnostics.layers.wrong_sums import SUMS

WRONG = {
    **{layer: ("Conv2D", *expected) for layer, expected in {**CONVOLUTIONS, **SUMS}.items()},
    **POOLS,
    **ACTIVATIONS,
    **OTHERS,
}

# Two mistakes at once, or one that also makes the layer crash: more than one finding is right.
SEVERAL = {
    AssignsAndForgetsTheStride: {"assigns", "stride missing"},
    KernelTransposed: {"kernel transposed", "crash"},
    StridesInsideTheWindow: {"steps exchanged", "crash"},
    ForgetsTheStrideAndPaysTies: {"stride missing", "pays every winner"},
    DenseTransposed: {"weight transposed", "crash"},
}


@pytest.mark.parametrize("layer", WRONG, ids=lambda layer: layer.__name__)
def test_wrong_layer_is_called_by_its_name(layer):
    like, kind, arrays = WRONG[layer]
    report = check_layer(layer, like)
    assert not report.passed
    found = [(finding.kind, " ".join(finding.arrays)) for finding in report.findings]
    assert found[0] == (kind, arrays), str(report)
    assert {name for name, _ in found} == SEVERAL.get(layer, {kind}), str(report)
    assert len(found) == len(SEVERAL.get(layer, {kind}))


def test_there_are_many():
    named = {kind for _, kind, _ in WRONG.values()}
    print(f"{len(WRONG)} wrong layers, {len(named)} kinds of mistakes")
    assert len(WRONG) >= 90
    assert len(named) >= 60
