"""Contestants in processes of their own, taking turns, so that a busy moment hits all of them."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.workloads import Workload
from minitorchcnn.laboratory.processes import AnsweringProcess

ROOT = Path(__file__).parent.parent
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

#: What the shell tells OpenBLAS about the processor; without it OpenBLAS finds out by itself.
PINNED = {
    name: value
    for name, value in os.environ.items()
    if name.startswith("OPENBLAS_") and name not in THREAD_VARIABLES
}

Answer = dict[str, Any]


class Entry(NamedTuple):
    """A contestant as it stands in the tables.

    Attributes
    ----------
    label : str
    package : str
        A name of `benchmarks.contestants.CONTESTANTS`.
    pinned : bool
        Whether the `PINNED` variables of the shell count.
    rounds : int or None
        Turns it gets at most: the slow ones get fewer. None means all.
    """

    label: str
    package: str
    pinned: bool = False
    rounds: int | None = None


def environment(pinned: bool) -> dict[str, str]:
    """Return the variables of a contestant's process, those of `PINNED` only if asked for."""
    return {n: value for n, value in os.environ.items() if pinned or n not in PINNED}


class Contestant:
    """A running process of one entry.

    Parameters
    ----------
    entry : Entry
    cores : int
        Processors it may use, and threads it is told to use.
    """

    def __init__(self, entry: Entry, cores: int) -> None:
        self.entry = entry
        threads = dict.fromkeys(THREAD_VARIABLES, str(cores))
        self._process = AnsweringProcess(
            "benchmarks.worker",
            *(entry.package, str(cores)),
            env={**environment(entry.pinned), **threads},
            cwd=ROOT,
        )

    def ask(self, work: Workload, kind: str, seconds: float) -> Answer:
        """Return the worker's answer to one request, {"error": ...} if it is gone."""
        return self._process.ask(json.dumps({"work": work, "kind": kind, "seconds": seconds}))

    def close(self) -> None:
        """End the process."""
        self._process.close()


class Result(NamedTuple):
    """What one entry reached: the median of its times in seconds, or why there is none.

    `grown` is by how many bytes its process grew at most, `peak` its largest resident memory.
    """

    seconds: float | None = None
    grown: int | None = None
    peak: int | None = None
    error: str = ""


class Field:
    """Running processes of several entries with the same number of cores.

    Parameters
    ----------
    entries : iterable of Entry
    cores : int
    """

    def __init__(self, entries: Iterable[Entry], cores: int) -> None:
        self.running = [Contestant(entry, cores) for entry in entries]

    def race(self, work: Workload, kind: str, rounds: int, seconds: float) -> dict[str, Result]:
        """Let all take turns on one workload and return their results by label.

        Parameters
        ----------
        work : Workload
        kind : "train" or "predict"
        rounds : int
            Turns of each.
        seconds : float
            Length of a turn; one call at least.
        """
        answers: dict[str, list[Answer]] = {c.entry.label: [] for c in self.running}
        for turn in range(rounds):
            for contestant in self.running:
                own, most = answers[contestant.entry.label], contestant.entry.rounds
                if (most is None or turn < most) and not (own and "error" in own[-1]):
                    own.append(contestant.ask(work, kind, seconds))
        return {label: summarize(own) for label, own in answers.items()}

    def __enter__(self) -> Field:
        return self

    def __exit__(self, *_: object) -> None:
        for contestant in self.running:
            contestant.close()


def summarize(answers: Sequence[Answer]) -> Result:
    """Return the median over turns of each turn's median; one loud turn does not count."""
    for answer in answers:
        if "error" in answer:
            return Result(error=answer["error"])
    medians = [statistics.median(answer["times"]) for answer in answers]
    peak = max(answer["peak"] for answer in answers)
    return Result(statistics.median(medians), peak - answers[0]["before"], peak)
