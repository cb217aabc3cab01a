"""All measurements in one go, as plain data for the report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks import costs, machine, share
from benchmarks.contestants import PRODUCT
from benchmarks.turns import PINNED, Entry, Field, Result
from benchmarks.workloads import WORKLOADS, Workload, growing

OURS, HELD, TORCH = "minitorchcnn", "minitorchcnn, pinned", "PyTorch"
NUMPY_PACKAGES = ("neuralnetlib", "PyDyNet")
ONNX = "ONNX Runtime"

#: {label: result}, {workload: those}, {cores: those}
Results = dict[str, Result]
Table = dict[int, dict[str, Results]]


class Effort(NamedTuple):
    """How long to measure.

    Attributes
    ----------
    rounds : int
        Turns of each contestant; those that take seconds a step get two.
    seconds : float
        Length of a turn.
    growth_rounds, growth_seconds
        The same for the curves.
    runs : int
        Fresh processes for each import and for drawing digits.
    digits : int
    workloads : tuple of str
    """

    rounds: int = 7
    seconds: float = 0.35
    growth_rounds: int = 3
    growth_seconds: float = 0.15
    runs: int = 7
    digits: int = 10_000
    workloads: tuple[str, ...] = tuple(WORKLOADS)


QUICK = Effort(2, 0.05, 1, 0.02, 1, 500, ("W1", "W2"))


class Measured(NamedTuple):
    """Everything that was measured; memory in bytes, times in seconds."""

    machine: dict[str, str]
    told: str
    effort: Effort
    speed: dict[int, dict[str, float]]
    train: Table
    predict: Table
    memory: dict[str, Results]
    facts: dict[str, float]
    numpy_share: float | None
    growth: dict[str, dict[int, list[tuple[int, Results]]]]


def measure(effort: Effort) -> Measured:
    """Measure everything; progress goes to standard error.

    Parameters
    ----------
    effort : Effort
    """
    ours = [Entry(OURS, "minitorchcnn")]
    if PINNED:
        ours.append(Entry(HELD, "minitorchcnn", pinned=True))
    fast = [*ours, Entry(TORCH, "PyTorch")]
    slow = [Entry(name, name, rounds=2) for name in NUMPY_PACKAGES]
    counts = [cores for cores in (1, 2) if cores <= len(os.sched_getaffinity(0))]
    return Measured(
        machine.description(),
        machine.told(),
        effort,
        {cores: _speed(ours, cores) for cores in counts},
        {cores: _table([*fast, *slow], cores, "train", effort) for cores in counts},
        {
            cores: _table([*fast, *slow, Entry(ONNX, ONNX)], cores, "predict", effort)
            for cores in counts
        },
        _memory([ours[0], fast[-1]], max(counts), effort),
        _facts(effort),
        share.numpy_share("W1", 20 * effort.seconds),
        _growth(fast, counts, effort),
    )


def _table(entries: Iterable[Entry], cores: int, kind: str, effort: Effort) -> dict[str, Results]:
    rows = {}
    with Field(entries, cores) as field:
        for name in effort.workloads:
            _say(f"{kind} {name} on {cores} core(s)")
            rows[name] = field.race(WORKLOADS[name], kind, effort.rounds, effort.seconds)
    return rows


def _speed(ours: list[Entry], cores: int) -> dict[str, float]:
    """Return the floating-point operations a second of a large product, as each computes it."""
    with Field([entry._replace(package="matrix product") for entry in ours], cores) as field:
        results = field.race(WORKLOADS["W1"], "predict", 3, 0.1)
    return {label: 2 * PRODUCT**3 / r.seconds for label, r in results.items() if r.seconds}


def _memory(entries: list[Entry], cores: int, effort: Effort) -> dict[str, Results]:
    """Return how far processes grow while they train; every case has new processes."""
    cases = {"W4, batch 64": WORKLOADS["W4"], "W5, batch 1": WORKLOADS["W5"]}
    cases["W4, batch 1024"] = WORKLOADS["W4"]._replace(batch=1024)
    rows = {}
    for name, work in cases.items():
        if work.name not in effort.workloads:
            continue
        _say(f"memory of {name}")
        with Field(entries, cores) as field:
            field.race(WORKLOADS["W1"], "train", 1, 0.0)  # what is imported is not counted
            rows[name] = field.race(work, "train", 1, 0.0)
    return rows


def _facts(effort: Effort) -> dict[str, float]:
    _say("imports, sizes, digits")
    ours, runs = costs.own_size(), effort.runs
    return {
        "import minitorchcnn": costs.import_seconds("minitorchcnn", runs),
        "import torch": costs.import_seconds("torch", max(1, runs // 2)),
        "own size": ours,
        "size": ours + costs.installed_size("minitorchcnn", frozenset({"minitorchcnn"})),
        "size of torch": costs.installed_size("torch"),
        "digits": costs.digits_seconds(effort.digits, max(1, runs // 2)),
    }


def _growth(
    entries: list[Entry], counts: list[int], effort: Effort
) -> dict[str, dict[int, list[tuple[int, Results]]]]:
    series = growing()
    found: dict[str, dict[int, list[tuple[int, Results]]]] = {title: {} for title in series}
    for cores in counts:
        with Field(entries, cores) as field:
            for title, points in series.items():
                _say(f"{title} on {cores} core(s)")
                found[title][cores] = [
                    (size, _point(field, work, effort))
                    for size, work in (points if effort != QUICK else points[:3])
                ]
    return found


def _point(field: Field, work: Workload, effort: Effort) -> Results:
    return field.race(work, "train", effort.growth_rounds, effort.growth_seconds)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
