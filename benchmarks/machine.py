"""What the figures were measured on: without it they mean nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.turns import PINNED, environment
from minitorchcnn.report.provenance import versions

PACKAGES = ("numpy", "torch", "neuralnetlib", "pydynet", "onnxruntime")


def description() -> dict[str, str]:
    """Return names and values: processor, cores, system, versions, BLAS."""
    return {
        "processor": processor(),
        "cores used": str(len(os.sched_getaffinity(0))),
        "other load at the start": f"{os.getloadavg()[0]:.1f} processes",
        "system": f"{platform.system()} {platform.machine()}",
        **versions(*PACKAGES),
        "BLAS of NumPy": blas(pinned=False),
        **({f"BLAS with {told()}": blas(pinned=True)} if PINNED else {}),
    }


def told() -> str:
    """Return the pinned variables as one would type them."""
    return " ".join(f"{name}={value}" for name, value in PINNED.items())


def processor() -> str:
    """Return the model's name with family and model number, as Linux tells them."""
    facts = _cpu_facts()
    name = facts.get("model name", platform.processor() or "unknown")
    numbers = [f"{key} {facts[key]}" for key in ("cpu family", "model") if key in facts]
    return f"{name} ({', '.join(numbers)})" if numbers else name


def blas(*, pinned: bool) -> str:
    """Return name, version and kernels of NumPy's BLAS in a fresh process."""
    code = (
        "import numpy, threadpoolctl\n"
        "for lib in threadpoolctl.threadpool_info():\n"
        "    if lib['user_api'] == 'blas':\n"
        "        print(lib['internal_api'], lib['version'], lib.get('architecture', ''), 'kernels')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(pinned),
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip() or "unknown"


def _cpu_facts() -> dict[str, str]:
    path, facts = Path("/proc/cpuinfo"), {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").split("\n\n")[0].splitlines():
            name, _, value = line.partition(":")
            facts[name.strip()] = value.strip()
    return facts
