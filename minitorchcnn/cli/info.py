"""`minitorchcnn info`: what is installed, what it runs on, and what is in a model file."""

from __future__ import annotations

import argparse
import os
import platform
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
    rows = {
        "minitorchcnn": __version__,
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "system": platform.platform(),
        "cores": str(_cores()),
        "BLAS": _blas(),
    }
    return [f"{name:14}{value}" for name, value in rows.items()]


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


def _blas() -> str:
    from threadpoolctl import threadpool_info

    found = [
        f"{pool['internal_api']} {pool.get('version') or ''}, {pool['num_threads']} threads"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    return "; ".join(sorted(set(found))) or "unknown"


def _model(path: Path, batch_size: int) -> list[str]:
    from safetensors import safe_open

    model = load_model(path)
    with safe_open(path, framework="numpy") as file:
        facts = {**(file.metadata() or {})}
    facts.pop("architecture", None)  # the summary says it better
    lines = [f"{path}, {path.stat().st_size:,} bytes"]
    lines += [f"{name:14}  {facts[name]}" for name in sorted(facts)]
    return [*lines, "", model.summary(), "", str(model.estimate(batch_size))]
