"""Makes a failing case smaller while it fails, because small arrays are the ones people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from minitorchcnn.diagnostics.layers.case import NO_PADDING, Case, CaseData, make_data
from minitorchcnn.errors import MinitorchcnnError

#: Runs of the layer that one search may take; slow layers must not make a slow report.
MOST_RUNS = 150


def smallest(data: CaseData, fails: Callable[[CaseData], bool]) -> CaseData:
    """Return the smallest data found that still fails, beginning with `data`.

    Parameters
    ----------
    data : CaseData
        One that fails.
    fails : callable
        Runs the layer and says whether the same thing is still wrong.
    """
    runs, improved = 0, True
    while improved:
        improved = False
        for case in _smaller(data.case):
            attempt = None if case == data.case else _possible(data.like, case)
            if attempt is None:
                continue
            runs += 1
            if fails(attempt):
                data, improved = attempt, True
                break
            if runs >= MOST_RUNS:
                return data
    return data


def _possible(like: str, case: Case) -> CaseData | None:
    try:
        return make_data(like, case)
    except MinitorchcnnError:
        return None


def _smaller(case: Case) -> Iterator[Case]:
    """Yield neighbours of a case that are simpler in one respect, the greatest relief first."""
    if case.groups > 1:
        yield replace(case, groups=1)
    for axis, size in enumerate(case.x_shape):
        least = 1
        for smaller in sorted({least, size // 2, size - 1}):
            if least <= smaller < size:
                shape = (*case.x_shape[:axis], smaller, *case.x_shape[axis + 1 :])
                yield replace(case, x_shape=shape)
    for outputs in range(1, case.outputs):
        yield replace(case, outputs=outputs)
    yield from _simpler_options(case)
    if case.transposed:
        yield replace(case, transposed=False)
    if case.reused:
        yield replace(case, reused=False)


def _simpler_options(case: Case) -> Iterator[Case]:
    if case.padding != NO_PADDING:
        yield replace(case, padding=NO_PADDING)
        if case.padding != "same":
            rows, columns = (_less(sides, 0) for sides in case.padding)
            yield replace(case, padding=(rows, columns))
    if case.dilation != (1, 1):
        yield replace(case, dilation=(1, 1))
    for name in ("kernel", "stride"):
        value: Any = getattr(case, name)
        if value is not None and value != (1, 1):
            height, width = value
            lower, narrower = max(height - 1, 1), max(width - 1, 1)
            for new in ((1, 1), (lower, narrower), (lower, width), (height, narrower)):
                changes: dict[str, Any] = {name: new}
                yield replace(case, **changes)


def _less(pair: tuple[int, int], least: int) -> tuple[int, int]:
    return max(pair[0] - 1, least), max(pair[1] - 1, least)
