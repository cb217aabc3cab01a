"""`minitorchcnn info`: what is installed, what it runs on, and what is in a model file."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from minitorchcnn import __version__, load_model
from minitorchcnn.experiments.command import positive

EXAMPLES = """\
  minitorchcnn info
  minitorchcnn info model.safetensors
  minitorchcnn info model.safetensors --batch-size 256
"""

LIBRARIES = (
    "numpy",
    "scikit-image",
    "matplotlib",
    "pillow",
    "tqdm",
    "threadpoolctl",
    "safetensors",
)

#: Architectures whose kernels OpenBLAS takes for processors it does not know.
NARROW = {"Haswell", "Zen"}


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "info",
        help="versions and processor, or what is in a model file",
        description="Print versions and processor for a bug report; with MODEL, what is in the "
        "file.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", type=Path, nargs="?", help="file that `train` wrote"
    )
    parser.add_argument(
        "--batch-size",
        metavar="N",
        type=positive,
        default=32,
        help="samples at a time, for the memory and the work that MODEL would take",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print; return the exit code."""
    lines = _installation() if options.model is None else _model(options.model, options.batch_size)
    print("\n".join(lines))
    return 0


def _installation() -> list[str]:
    pools = _blas_pools()
    rows = {
        "minitorchcnn": __version__,
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "system": platform.platform(),
        "cores": str(_cores()),
        "BLAS": blas(pools),
        "hint": speed_hint(pools, _cpu()),
    }
    return [f"{name:14}{value}" for name, value in rows.items() if value]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cores() -> int:
    """Return the cores this process may use, where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _blas_pools() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]


def blas(pools: Sequence[Mapping[str, Any]]) -> str:
    """Return name, version, kernels and threads of the BLAS libraries that threadpoolctl found."""
    found = set()
    for pool in pools:
        kernels = f", {pool['architecture']} kernels" if "architecture" in pool else ""
        found.add(
            f"{pool['internal_api']} {pool.get('version') or ''}{kernels}, "
            f"{pool['num_threads']} threads"
        )
    return "; ".join(sorted(found)) or "unknown"


def speed_hint(pools: Sequence[Mapping[str, Any]], cpu: str) -> str:
    """Return advice where OpenBLAS leaves half of the processor unused, else "".

    Parameters
    ----------
    pools : sequence of mappings
        What threadpoolctl tells of the BLAS libraries.
    cpu : str
        The text of /proc/cpuinfo.

    Notes
    -----
    OpenBLAS chooses its kernels by the processor's model number, and takes those for AVX2 where
    it does not know a number, though the processor may have AVX-512.
    """
    narrow = any(pool.get("architecture") in NARROW for pool in pools)
    if not narrow or "avx512f" not in cpu.split():
        return ""
    return "AVX-512 lies idle: OPENBLAS_CORETYPE=SkylakeX in the environment may double the speed"


def _cpu() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _model(path: Path, batch_size: int) -> list[str]:
    from safetensors import safe_open

    model = load_model(path)
    with safe_open(path, framework="numpy") as file:
        facts = {**(file.metadata() or {})}
    facts.pop("architecture", None)  # the summary says it better
    lines = [f"{path}, {path.stat().st_size:,} bytes"]
    lines += [f"{name:14}  {facts[name]}" for name in sorted(facts)]
    return [*lines, "", model.summary(), "", str(model.estimate(batch_size))]
