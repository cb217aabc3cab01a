"""NumPy is loaded with kernels for AVX-512 where OpenBLAS would not choose them, and only there."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from minitorchcnn import kernels

WIDE = "avx2 avx512f avx512dq avx512cd avx512bw avx512vl"
AMD, INTEL = "vendor_id: AuthenticAMD flags: ", "vendor_id: GenuineIntel flags: "

# Stands in for NumPy, and notes what OpenBLAS would see.
NUMPY = """
import os
seen = os.environ.get("OPENBLAS_CORETYPE")
uint8 = empty = lambda *_, **__: None
"""
LOAD = """
import importlib.util, json, os, pathlib, sys
pathlib.Path.exists = lambda path: True
pathlib.Path.read_text = lambda path, **_: {cpu!r}
{before}
spec = importlib.util.spec_from_file_location("kernels", {file!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
import numpy
print(json.dumps([numpy.seen, os.environ.get("OPENBLAS_CORETYPE")]))
"""


def load(folder, cpu, before="", **environment):
    """Return what the variable was when NumPy was loaded, and what it is afterwards."""
    (folder / "numpy.py").write_text(NUMPY, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name != kernels.VARIABLE}
    code = LOAD.format(cpu=cpu, before=before, file=kernels.__file__)
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_amd_with_avx512_is_told(tmp_path):
    assert load(tmp_path, AMD + WIDE) == ["SkylakeX", None]


@pytest.mark.parametrize(
    "cpu", [INTEL + WIDE, AMD + "avx2", AMD + WIDE.replace("avx512bw", ""), ""]
)
def test_others_are_left_alone(tmp_path, cpu):
    assert load(tmp_path, cpu) == [None, None]


def test_the_user_decides(tmp_path):
    assert load(tmp_path, AMD + WIDE, OPENBLAS_CORETYPE="Zen") == ["Zen", "Zen"]


def test_nothing_is_done_when_numpy_is_there(tmp_path):
    assert load(tmp_path, AMD + WIDE, before="import numpy") == [None, None]


def test_the_package_is_what_loads_numpy():
    """In a fresh process, on this machine."""
    cpu = kernels.cpu()
    if "AuthenticAMD" not in cpu or not kernels.has_avx512(cpu):
        pytest.skip("not a processor of AMD's with AVX-512")
    code = (
        "import minitorchcnn, threadpoolctl\n"
        "print(*(p.get('architecture') for p in threadpoolctl.threadpool_info()))"
    )
    clean = {name: value for name, value in os.environ.items() if name != kernels.VARIABLE}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=clean,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "SkylakeX" in run.stdout.split()


PAGES = """
import resource
import numpy as np
def step():
    return [np.ones(75_000) for _ in range(10)]
step(), step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the memory of glibc")
def test_freed_memory_is_used_again():
    """Six megabytes, 1,465 pages, are used and freed twenty times in a fresh process."""
    faults = {}
    for first in ("numpy", "minitorchcnn"):
        command = [sys.executable, "-c", f"import {first}\n{PAGES}"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        faults[first] = int(run.stdout)
    if faults["numpy"] < 10 * 1465:
        pytest.skip("this system keeps freed memory by itself")
    assert faults["minitorchcnn"] < 1465
