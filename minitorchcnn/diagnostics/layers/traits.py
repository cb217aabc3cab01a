"""Says in words where something goes wrong: what the failing cases have that others lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import correct_rule
from minitorchcnn.geometry import reach

Trait = tuple[str, Callable[[CaseData], bool]]


def _overlap(data: CaseData) -> bool:
    rule = correct_rule(data.case)
    axes = zip(rule.kernel, rule.dilation, rule.stride, rule.output, strict=True)
    return any(reach(k, d) > step and outputs > 1 for k, d, step, outputs in axes)


def _ragged(data: CaseData) -> bool:
    rule = correct_rule(data.case)
    for axis in (0, 1):
        room = rule.size[axis] + sum(rule.padding[axis])
        room -= reach(rule.kernel[axis], rule.dilation[axis])
        if room % rule.stride[axis]:
            return True
    return False


def _padded(data: CaseData) -> bool:
    return any(any(side) for side in correct_rule(data.case).padding)


def _differ(name: str) -> Callable[[CaseData], bool]:
    return lambda t: len(set(getattr(correct_rule(t.case), name))) > 1


_WINDOWS: tuple[Trait, ...] = (
    ("windows overlap", _overlap),
    ("the stride is larger than 1", lambda t: max(t.case.step) > 1),
    ("there is padding", _padded),
    ("there is dilation", lambda t: max(t.case.dilation) > 1),
    ("there are groups", lambda t: t.case.groups > 1),
    ("the stride does not divide", _ragged),
    ("the window is not square", _differ("kernel")),
    ("height and width of the stride differ", _differ("stride")),
    ("the image is not square", _differ("size")),
    ("the stride is left out", lambda t: t.case.stride is None),
)

_ANY: tuple[Trait, ...] = (
    ("there is more than one sample", lambda t: len(t.x) > 1),
    ("there is only one sample", lambda t: len(t.x) == 1),
    ("x is an image", lambda t: t.x.ndim == 4),
    ("x is flat rows", lambda t: t.x.ndim == 2),
    ("there is more than one channel", lambda t: t.x.ndim == 4 and t.x.shape[1] > 1),
    ("there is only one channel", lambda t: t.x.ndim == 4 and t.x.shape[1] == 1),
    ("there is no bias", lambda t: not t.case.bias),
    ("there is more than one filter or unit", lambda t: t.case.outputs > 1),
    ("x holds zeros", lambda t: bool((t.x == 0).any())),
    ("numbers are equal", lambda t: t.case.numbers in ("few", "equal")),
    ("all pixels are negative", lambda t: t.case.numbers == "negative"),
    ("numbers are very large", lambda t: t.case.numbers == "large"),
    ("numbers have fractions", lambda t: t.case.numbers in ("fractions", "quarters")),
    ("x lies in memory in another order", lambda t: t.case.transposed),
    ("the layer is used a second time", lambda t: t.case.reused),
    ("an option is given", lambda t: bool(t.case.extras)),
)


def where(wrong: list[CaseData], well: list[CaseData]) -> str:
    """Return ", wherever ..." for cases that go wrong, beside those that go well.

    Empty if nothing tells them apart, or nothing goes well at all.
    """
    if not well:
        return ""
    windows = wrong[0].case.kernel is not None
    traits = [*(_WINDOWS if windows else ()), *_ANY]
    always = [(words, has) for words, has in traits if all(map(has, wrong))]
    for words, has in always:
        if not any(map(has, well)):
            return f": always where {words}, and only there"
    if not always or len(wrong) == 1:
        return ""
    for (first, has), (second, too) in combinations(always, 2):
        if not any(has(data) and too(data) for data in well):
            return f": always where {first} and {second}, and only there"
    words, has = min(always, key=lambda trait: _count(trait[1], well))
    if _count(has, well) > 0.5 * len(well):
        return ""
    return f": only where {words}, but not always there"


def _count(has: Callable[[CaseData], bool], data: Iterable[CaseData]) -> int:
    return sum(map(has, data))
