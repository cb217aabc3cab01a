"""The figures we want to reach, and the verdicts on what was measured."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.suite import NUMPY_PACKAGES, ONNX, OURS, TORCH, Measured, Results

#: Most time of a training step, as a share of PyTorch's, by cores.
TRAIN = {
    1: {"W1": 0.4, "W2": 0.75, "W3": 1.0, "W4": 1.2, "W5": 0.6},
    2: {"W1": 0.5, "W2": 0.65, "W3": 0.85, "W4": 1.1, "W5": 0.6},
}
#: The same for the outputs of one batch.
PREDICT = {"W1": 1.0, "W2": 1.0, "W3": 1.0, "W4": 1.0, "W5": 0.5}
#: Most time as a multiple of ONNX Runtime's: the aim after these.
NEXT = 4.0
#: How many times faster than the fastest of the other NumPy packages.
FASTER = {"W2": 5.0, "W3": 5.0}
#: Most milliseconds of `import minitorchcnn` after `import numpy`.
IMPORT_MILLISECONDS = 40
#: Most resident bytes of a process that trains on one photograph.
PHOTO_BYTES = 600e6
#: Least share of a step of W1 that is spent inside NumPy.
NUMPY_SHARE = 0.5
#: Most time of a step as a multiple of its arithmetic at the speed of a large product.
LIMIT = {"W3": 2.0, "W4": 2.0, "W5": 2.0}


class Verdict(NamedTuple):
    """A target beside what was measured: reached or not."""

    name: str
    target: str
    measured: str
    reached: bool


def ratio(results: Results, label: str, other: str = TORCH) -> float | None:
    """Return the time of `label` as a multiple of another's; None if either has none."""
    one, two = results.get(label), results.get(other)
    if one is None or two is None or not one.seconds or not two.seconds:
        return None
    return one.seconds / two.seconds


def fastest_of_numpy(results: Results, label: str) -> float | None:
    """Return how many times faster `label` is than the fastest other NumPy package."""
    ratios = [ratio(results, name, label) for name in NUMPY_PACKAGES]
    return min((r for r in ratios if r is not None), default=None)


def verdicts(measured: Measured) -> list[Verdict]:
    """Return the targets that are no times beside PyTorch's or that need one number only."""
    found = []
    for cores, table in measured.train.items():
        for name, least in FASTER.items():
            times = fastest_of_numpy(table.get(name, {}), OURS)
            if times is not None:
                title = f"{name}, {cores} core(s): faster than the fastest other NumPy package"
                found.append(
                    Verdict(title, f"{least:g} times", f"{times:.1f} times", times >= least)
                )
    found += _memory_verdicts(measured)
    spent = 1e3 * measured.facts["import minitorchcnn"]
    title = "import above `import numpy`"
    most = f"<= {IMPORT_MILLISECONDS} ms"
    found.append(Verdict(title, most, f"{spent:.0f} ms", spent <= IMPORT_MILLISECONDS))
    inside = measured.numpy_share
    if inside is not None:
        title = "W1, 1 core: share of `Trainer.step` inside NumPy's calls"
        found.append(
            Verdict(title, f">= {NUMPY_SHARE:.0%}", f"{inside:.0%}", inside >= NUMPY_SHARE)
        )
    return found


def _memory_verdicts(measured: Measured) -> list[Verdict]:
    found = []
    small = measured.memory.get("W4, batch 64", {})
    ours, theirs = (small[name].grown if name in small else None for name in (OURS, TORCH))
    if ours is not None and theirs is not None:
        title = "memory of training W4 at batch 64, beside PyTorch's"
        found.append(
            Verdict(title, f"< {theirs / 1e6:.0f} MB", f"{ours / 1e6:.0f} MB", ours < theirs)
        )
    photo = measured.memory.get("W5, batch 1", {})
    peak = photo[OURS].peak if OURS in photo else None
    if peak is not None:
        title = "resident memory of the whole process training W5"
        most = f"< {PHOTO_BYTES / 1e6:.0f} MB"
        found.append(Verdict(title, most, f"{peak / 1e6:.0f} MB", peak < PHOTO_BYTES))
    return found


def next_aim(results: Results, label: str) -> float | None:
    """Return the time of `label` as a multiple of ONNX Runtime's."""
    return ratio(results, label, ONNX)
