"""`minitorchcnn info` tells of a BLAS that leaves half of the processor unused, and only then."""

import pytest

from minitorchcnn.cli import main
from minitorchcnn.cli.info import blas, speed_hint

POOL = {"internal_api": "openblas", "version": "0.3.31", "num_threads": 2}
WIDE = "flags\t\t: fpu sse2 avx2 avx512f avx512dq\n"
NARROW = "flags\t\t: fpu sse2 avx2 avx512x\n"


@pytest.mark.parametrize(
    ("kernels", "cpu", "hinted"),
    [
        ("Haswell", WIDE, True),
        ("Zen", WIDE, True),
        ("SkylakeX", WIDE, False),
        ("Haswell", NARROW, False),
        ("Zen", "", False),
        (None, WIDE, False),
    ],
)
def test_hint_where_avx512_lies_idle(kernels, cpu, hinted):
    pool = POOL if kernels is None else {**POOL, "architecture": kernels}
    hint = speed_hint([pool], cpu, None)
    assert ("OPENBLAS_CORETYPE=SkylakeX in the environment" in hint) == hinted
    told = speed_hint([pool], cpu, "Haswell")
    assert ("OPENBLAS_CORETYPE=Haswell leaves AVX-512 idle" in told) == hinted
    assert bool(hint) == bool(told) == hinted


def test_blas_is_named_with_its_kernels():
    assert blas([]) == "unknown"
    assert blas([POOL, POOL]) == "openblas 0.3.31, 2 threads"
    zen = {**POOL, "architecture": "Zen"}
    assert blas([zen]) == "openblas 0.3.31, Zen kernels, 2 threads"


@pytest.mark.parametrize("hint", ["", "do this"])
def test_hint_is_one_line_of_its_own_or_none(hint, monkeypatch, capsys):
    monkeypatch.setattr("minitorchcnn.cli.info.speed_hint", lambda *_: hint)
    assert main(["info"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("hint")]
    assert lines == ([f"hint{hint:>17}"] if hint else [])
