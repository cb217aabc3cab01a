"""A set larger than memory trains: what is measured is the memory of a whole process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.floors import ROOT

PEAK = Path("/proc/self/status")

#: Bytes of the file; `LARGE_FILE=4300000000` is what the limit of 1 GB was promised for.
SIZE = int(os.environ.get("LARGE_FILE", 150_000_000))


@pytest.mark.skipif(not PEAK.exists(), reason="only Linux tells the peak memory of a process")
def test_training_from_a_file_takes_less_memory_than_the_file(tmp_path):
    program = ROOT / "tests" / "datasets" / "readers" / "train_from_file.py"
    run = subprocess.run(
        [sys.executable, program, tmp_path, str(SIZE)],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    n, before, peak, *losses = (float(word) for word in run.stdout.split())
    print(f"{n:,.0f} images in {SIZE / 1e6:,.0f} MB: {peak / 1e6:,.0f} MB of memory at most")
    assert n == SIZE // 64**2
    assert all(1 < loss < 10 for loss in losses)  # it has trained
    # 1 GB for 4.3 GB; here for less, above what Python and the libraries take anyhow
    assert peak < 1e9
    assert peak - before < max(SIZE / 4, 75e6)
