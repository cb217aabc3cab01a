"""`minitorchcnn info`: what is installed, what it runs on, and what is in a model file."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from minitorchcnn import FormatError, Sequential, load_model
from minitorchcnn.cli.arguments import add_number, positive
from minitorchcnn.cli.checkpoints import read_run
from minitorchcnn.datasets import Preprocessing
from minitorchcnn.model.serialization import FORMAT, FORMAT_VERSION
from minitorchcnn.report.provenance import versions
from minitorchcnn.storage.tensors import read_tensors
from minitorchcnn.training.checkpointing import FORMAT as CHECKPOINT
from minitorchcnn.training.checkpointing import FORMAT_VERSION as CHECKPOINT_VERSION
from minitorchcnn.validation import available_cores

EXAMPLES = """\
  minitorchcnn info
  minitorchcnn info model.safetensors
  minitorchcnn info model.safetensors --batch-size 256
"""

LIBRARIES = (
    "numpy",
    "scikit-image",
    "scipy",
    "matplotlib",
    "pillow",
    "tqdm",
    "threadpoolctl",
    "safetensors",
    "jinja2",
)

#: Architectures whose kernels are for AVX2, and the variable that names one to OpenBLAS.
NARROW, CORETYPE = {"Haswell", "Zen"}, "OPENBLAS_CORETYPE"


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "info",
        help="versions and processor, or what is in a model file",
        description="Print versions and processor for a bug report; with MODEL, what is in the "
        "file, which may be a checkpoint, too.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", type=Path, nargs="?", help="file that `train` wrote"
    )
    add_number(
        parser,
        "--batch-size",
        positive,
        "samples at a time, for the memory and the work that MODEL would take",
        default=32,
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print; return the exit code."""
    if options.model is None:
        lines = _describe_installation()
    elif _is_checkpoint(options.model):
        lines = _describe_checkpoint(options.model)
    else:
        lines = _describe_model(options.model, options.batch_size)
    print("\n".join(lines))
    return 0


def _describe_installation() -> list[str]:
    pools = _blas_pools()
    rows = {
        **versions("minitorchcnn", *LIBRARIES),
        "system": platform.platform(),
        "cores": str(available_cores()),
        "BLAS": blas(pools),
        "hint": speed_hint(pools, _read_cpuinfo(), os.environ.get(CORETYPE)),
    }
    return [f"{name:14}{value}" for name, value in rows.items() if value]


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


def speed_hint(pools: Sequence[Mapping[str, Any]], cpu: str, named: str | None) -> str:
    """Return advice where OpenBLAS leaves half of the processor unused, else "".

    Parameters
    ----------
    pools : sequence of mappings
        What threadpoolctl tells of the BLAS libraries.
    cpu : str
        The text of /proc/cpuinfo.
    named : str or None
        The kernels that the environment names.

    Notes
    -----
    OpenBLAS chooses its kernels by the processor's model number, and takes those for AVX2 where
    it does not know a number or is told to, though the processor may have AVX-512.
    """
    narrow = any(pool.get("architecture") in NARROW for pool in pools)
    if not narrow or "avx512f" not in cpu.split():
        return ""
    if named:
        return f"{CORETYPE}={named} leaves AVX-512 idle: without it, speed may double"
    return f"AVX-512 lies idle: {CORETYPE}=SkylakeX in the environment may double the speed"


def _read_cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _describe_model(path: Path, batch_size: int) -> list[str]:
    model = load_model(path)
    _, header = read_tensors(path, FORMAT, version=FORMAT_VERSION)
    written = (f"{name} {version}" for name, version in header["versions"].items())
    rows = {
        "format": f"{FORMAT} version {FORMAT_VERSION}",
        "written by": ", ".join(written),
        "seed": "none" if model.seed is None else str(model.seed),
        "classes": ", ".join(model.class_names or ()) or f"no names, {model.output_shape}",
        "pictures": _describe_preprocessing(model),
        "hint": speed_hint(_blas_pools(), _read_cpuinfo(), os.environ.get(CORETYPE)),
    }
    lines = [f"{path}, {path.stat().st_size:,} bytes"]
    lines += [f"{name:14}{value}" for name, value in rows.items() if value]
    return [*lines, "", model.summary(), "", str(model.estimate(batch_size))]


def _is_checkpoint(path: Path) -> bool:
    try:
        read_tensors(path, CHECKPOINT, version=CHECKPOINT_VERSION)
    except FormatError:
        return False
    return True


def _describe_checkpoint(path: Path) -> list[str]:
    run = read_run(path)
    of = "" if run.epochs is None else f" of {run.epochs}"
    lines = [f"{path}, checkpoint of a training: {run.done}{of} epochs done"]
    if run.words:
        lines.append(f"begun by: {shlex.join(('minitorchcnn', *run.words))}")
    if run.words and run.unfinished:
        lines.append(f"go on by: {shlex.join(('minitorchcnn', 'resume', str(path)))}")
    return lines


def _describe_preprocessing(model: Sequential) -> str:
    """Say what is done to a picture before the model sees it."""
    if model.preprocessing is None:
        return "the file does not say how they are prepared"
    try:
        look = Preprocessing.from_dict(model.preprocessing)
    except FormatError:  # of the user's own kind
        return str(model.preprocessing)
    size = f"{look.height} x {look.width} pixels, {'grey' if look.channels == 1 else 'colours'}"
    if look.digit:
        return f"one digit each, found, cropped and centred in {size}"
    return f"{size}, {'white' if look.light_ink else 'black'} is 1"
