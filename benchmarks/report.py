"""The measurements as a page to read: figures, what was aimed at, and whether it was reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.suite import HELD, OURS, TORCH, Measured, Results, Table
from benchmarks.targets import LIMIT, NEXT, PREDICT, TRAIN, next_aim, ratio, verdicts
from benchmarks.workloads import WORKLOADS, flops

HEAD = """\
# Results

Written by `make bench`; do not edit. Times are median milliseconds. Every contestant has a process
of its own and the same number of cores, and they take turns: {rounds} rounds of {seconds:g} s each
(one call at least; the slow NumPy packages get two rounds). Times change from machine to machine
and from minute to minute: read the ratios.
"""
HELD_TEXT = """
The shell that ran this has `{told}`, which pins OpenBLAS, the
library of NumPy's matrix products, to the kernels of another processor. All contestants ran
without, as where nothing is set; "{held}" is ours with it.
"""
TRAIN_TEXT = """
## Training step

Forward, loss, backward and SGD with momentum, in float32 (neuralnetlib computes in float64). Ratios
are to PyTorch: below 1 means faster than PyTorch.
"""
PREDICT_TEXT = """
## Inference

`model.predict` on one batch, PyTorch under `inference_mode`. ONNX Runtime is the next aim: within
{next:g} times of it.
"""
LIMIT_TEXT = """
## The limit that arithmetic sets

Three times the multiplications and additions of forward, at the speed of one large matrix product
of NumPy in the same environment ({speeds}). The aim is within {most:g} times.

"""
GROWTH_TEXT = """
## How cost grows

One training step; both axes are logarithmic.

![Time of a training step over batch, side of the image and filters](growth.png)
"""


def page(measured: Measured, notes: str = "") -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    measured : Measured
    notes : str
        What we have to say about the figures, put at the end.
    """
    effort, told = measured.effort, measured.told
    parts = [HEAD.format(rounds=effort.rounds, seconds=effort.seconds)]
    if told:
        parts.append(HELD_TEXT.format(told=told, held=HELD))
    parts += ["\n## Machine\n\n", table(("", ""), measured.machine.items())]
    parts += [TRAIN_TEXT, *_times(measured.train, TRAIN, bool(told))]
    aims = dict.fromkeys(measured.predict, PREDICT)
    parts += [PREDICT_TEXT.format(next=NEXT), *_times(measured.predict, aims, bool(told))]
    parts += [_limits(measured), "\n## Other targets\n\n", _others(measured)]
    parts += ["\n## Memory\n", _memory(measured), "\n## Size and start\n\n", _facts(measured)]
    return "".join([*parts, GROWTH_TEXT, f"\n{notes}" if notes else ""])


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; all columns but the first stand right."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in [head, marks, *rows])


def _times(by_cores: Table, aims: dict[int, dict[str, float]], told: bool) -> Iterator[str]:
    for cores, results in by_cores.items():
        labels = list(next(iter(results.values())))
        onnx = [label for label in labels if label == "ONNX Runtime"]
        head = ["", *labels, "ratio", "target", "reached", *["pinned"] * told]
        head += [f"times {label}" for label in onnx]
        rows = [
            [f"{name} {WORKLOADS[name].title}", *(_milliseconds(row, label) for label in labels)]
            + _verdict(ratio(row, OURS), aims[cores][name])
            + [_times_of(ratio(row, HELD))] * told
            + [_times_of(next_aim(row, OURS)) for _ in onnx]
            for name, row in results.items()
        ]
        yield f"\n### {cores} core{'s' if cores > 1 else ''}\n\n{table(head, rows)}"
        yield from _failures(results)


def _failures(results: dict[str, Results]) -> Iterator[str]:
    """Say why a figure is missing."""
    for name, row in results.items():
        for label, result in row.items():
            if result.error:
                yield f"\n{label} did not run {name}: {result.error}\n"


def _milliseconds(row: Results, label: str) -> str:
    seconds = row[label].seconds
    return "-" if seconds is None else f"{1e3 * seconds:.3g}"


def _times_of(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _verdict(value: float | None, most: float) -> list[str]:
    reached = "-" if value is None else "yes" if value <= most else "**no**"
    return [_times_of(value), f"<= {most:g}", reached]


def _limits(measured: Measured) -> str:
    rows, said = [], []
    for cores, speeds in measured.speed.items():
        for label, speed in speeds.items():
            said.append(f"{label}, {cores} core{'s' * (cores > 1)}: {speed / 1e9:.0f} GFLOP/s")
            for name, most in LIMIT.items():
                result = measured.train[cores].get(name, {}).get(label)
                if result is None or result.seconds is None:
                    continue
                limit = 3 * flops(WORKLOADS[name]) / speed
                verdict = _verdict(result.seconds / limit, most)
                rows.append([f"{name}, {label}", cores, f"{1e3 * limit:.3g}", *verdict])
    head = ("", "cores", "limit in ms", "times the limit", "target", "reached")
    text = LIMIT_TEXT.format(speeds="; ".join(said), most=max(LIMIT.values()))
    return text + table(head, rows)


def _others(measured: Measured) -> str:
    rows = [
        (v.name, v.measured, v.target, "yes" if v.reached else "**no**") for v in verdicts(measured)
    ]
    return table(("", "measured", "target", "reached"), rows)


def _memory(measured: Measured) -> str:
    def megabytes(size: int | None) -> str:
        return "-" if size is None else f"{size / 1e6:.0f}"

    rows = [
        (f"{name}, {label}", megabytes(result.grown), megabytes(result.peak))
        for name, row in measured.memory.items()
        for label, result in row.items()
    ]
    text = (
        "\nResident memory in MB after some training steps, in a new process: by how much it grew\n"
        "after everything was imported and W1 had been trained once, and the whole process.\n\n"
    )
    return text + table(("", "grown by", "whole"), rows)


def _facts(measured: Measured) -> str:
    facts, effort = measured.facts, measured.effort
    rows = [
        (
            "`import minitorchcnn` after `import numpy`",
            f"{1e3 * facts['import minitorchcnn']:.0f} ms",
        ),
        ("`import torch` after `import numpy`", f"{1e3 * facts['import torch']:.0f} ms"),
        (f"drawing {effort.digits:,} synthetic digits", f"{facts['digits']:.1f} s"),
        ("minitorchcnn installed, alone", f"{facts['own size'] / 1e6:.1f} MB"),
        ("minitorchcnn with all it requires", f"{facts['size'] / 1e6:.0f} MB"),
        (f"{TORCH} (for CPUs) with all it requires", f"{facts['size of torch'] / 1e6:.0f} MB"),
    ]
    return table(("", ""), rows)
