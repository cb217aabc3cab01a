"""How much of a training step is NumPy's work and how much is the Python around it.

A sampling profiler looks at the running process from outside and sees compiled code too, so
nothing that is measured is slowed down or counted twice: `python -m benchmarks.share` is what it
looks at.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.contestants import CONTESTANTS
from benchmarks.turns import ROOT
from benchmarks.workloads import WORKLOADS

#: Shared libraries of NumPy, and of the linear algebra that it calls.
NUMPY = ("_multiarray_umath", "openblas", "libblas")
STEP = "Trainer.step "


def numpy_share(name: str, seconds: float) -> float | None:
    """Return the share of `Trainer.step` on one core spent inside calls of NumPy.

    Parameters
    ----------
    name : str
        A workload.
    seconds : float
        How long to watch.

    Returns
    -------
    float or None
        None where no process may be watched.
    """
    profiler = Path(sys.executable).with_name("py-spy")
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        options = ["--native", "--rate", "500", "--format", "raw", "--output", str(samples)]
        watched = [sys.executable, "-m", "benchmarks.share", name, str(seconds)]
        try:
            subprocess.run(
                [str(profiler), "record", *options, "--", *watched],
                cwd=ROOT,
                capture_output=True,
                check=True,
            )
            return share(samples.read_text(encoding="utf-8").splitlines())
        except (OSError, subprocess.CalledProcessError):
            return None


def share(stacks: Iterable[str]) -> float | None:
    """Return the share of samples within a step that have NumPy on the stack.

    Parameters
    ----------
    stacks : iterable of str
        "outermost;...;innermost count", as py-spy writes them.
    """
    inside = whole = 0
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if STEP not in stack:
            continue
        below = stack[stack.index(STEP) :]
        whole += int(count)
        inside += int(count) * any(library in below for library in NUMPY)
    return inside / whole if whole else None


def _steps(name: str, seconds: float) -> None:
    train = CONTESTANTS["minitorchcnn"](WORKLOADS[name], 1).train
    end = time.perf_counter() + seconds
    while train is not None and time.perf_counter() < end:
        train()


if __name__ == "__main__":
    _steps(sys.argv[1], float(sys.argv[2]))
