"""Processes: many runs in parallel, and one process that answers questions."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits
from tqdm import tqdm

P = TypeVar("P")
R = TypeVar("R")


def parallel_map(task: Callable[[P], R], plans: Sequence[P], jobs: int, title: str) -> list[R]:
    """Return the task's result for every plan, in order, the same for any number of `jobs`.

    Parameters
    ----------
    task : callable
        A function of a module, which other processes can find.
    plans : sequence
        Neighbours should share data and seed, whose images are then made once.
    jobs : int
        Processes; each computes on one thread, so the order of additions never changes.
    title : str
        Of the progress bar.
    """
    if jobs == 1:
        with threadpool_limits(1):
            return list(tqdm(map(task, plans), title, len(plans), unit="run"))
    # "spawn" is the one way to start a process that is safe on every system.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, threadpool_limits, (1,)) as pool:
        chunk = max(1, min(8, len(plans) // (4 * jobs)))
        found = pool.map(task, plans, chunksize=chunk)
        return list(tqdm(found, title, len(plans), unit="run"))


class AnsweringProcess:
    """A Python process that answers each line it reads by one line of JSON.

    Parameters
    ----------
    module : str
        What it runs, as in ``python -m module``.
    *words : str
        Arguments.
    env : mapping of str to str
        All its environment variables.
    cwd : Path or None
        Where it runs; None is here.
    """

    def __init__(
        self, module: str, *words: str, env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, line: str) -> dict[str, Any]:
        """Return the answer to one line, {"error": ...} if the process is gone."""
        if self.popen.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.popen.stdin.write(f"{line}\n")
                self.popen.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return what it says next, {"error": ...} if it is gone."""
        line = "" if self.popen.stdout is None else self.popen.stdout.readline()
        return dict(json.loads(line)) if line else {"error": "the process ended"}

    def close(self) -> None:
        """Let it end by itself, and wait for that."""
        self.popen.communicate(timeout=60)
