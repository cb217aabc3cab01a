"""Large images are convolved in bands of rows; tiny tiles make every image a large one."""

import pytest

from minitorchcnn.ops import workspace
from tests.layers.cases import CASES
from tests.layers.witness import assert_same, expected, run

CONVOLUTIONS = [name for name in CASES if name.startswith("Conv2D")]


@pytest.mark.parametrize("tile_bytes", [1, 700, 3000])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_bands_of_rows_equal_the_naive_loop(name, tile_bytes, monkeypatch):
    monkeypatch.setattr(workspace, "TILE_BYTES", tile_bytes)
    case = CASES[name]
    assert_same(run(case.layer(), case.array(), case.cotangent()), expected(name))


def test_these_tiles_are_bands(monkeypatch):
    monkeypatch.setattr(workspace, "TILE_BYTES", 1)
    found = [(t.samples.start, t.first, t.last) for t in workspace.tiles(2, 3, 100)]
    assert found == [(0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 0, 1), (1, 1, 2), (1, 2, 3)]
