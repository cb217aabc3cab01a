"""What is not time of a step: importing, installing, drawing data."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Folders whose files make up the installed package, and the kinds of file that are installed.
FOLDERS, SUFFIXES = ("minitorchcnn", "data"), {".py", ".npz", ".md", ".typed", ".j2", ".css"}

IMPORT = """
import time
started = time.perf_counter()
import numpy
between = time.perf_counter()
import {package}
print(time.perf_counter() - between, between - started)
"""
DIGITS = """
import time
from minitorchcnn import datasets
datasets.synthetic_digits(10)
started = time.perf_counter()
datasets.synthetic_digits({count}, seed=0)
print(time.perf_counter() - started, 0)
"""


def import_seconds(package: str, runs: int) -> float:
    """Return the median of what importing takes in a fresh process after `import numpy`."""
    return _median(IMPORT.format(package=package), runs)


def digits_seconds(count: int, runs: int) -> float:
    """Return the median of drawing `count` synthetic digits."""
    return _median(DIGITS.format(count=count), runs)


def _median(code: str, runs: int) -> float:
    seconds = []
    for _ in range(runs + 1):
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds.append(float(run.stdout.split()[0]))
    return statistics.median(seconds[1:])  # the first one fills the disk's cache


def own_size() -> int:
    """Return the bytes of our own installed files, without dependencies."""
    return sum(
        path.stat().st_size
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES
    )


def installed_size(distribution: str, without: frozenset[str] = frozenset()) -> int:
    """Return the bytes of a distribution's files and those of all it requires.

    Parameters
    ----------
    distribution : str
        Installed here.
    without : set of str
        Distributions to leave out.
    """
    return sum(_files_size(name) for name in required(distribution) - without)


def required(distribution: str) -> set[str]:
    """Return a distribution and everything it requires, extras left out."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system or version
        found.add(name)
        for requirement in requirements:
            if "extra" not in requirement.partition(";")[2]:
                waiting.append(re.split(r"[^\w.-]", requirement)[0])
    return found


def _files_size(name: str) -> int:
    files = metadata.files(name) or []
    paths = [Path(file.locate()) for file in files]
    return sum(path.stat().st_size for path in paths if path.exists())
