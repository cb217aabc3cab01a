"""Explains wrong numbers: finds the fewest known mistakes whose numbers they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from minitorchcnn.diagnostics.layers.case import CaseData
from minitorchcnn.diagnostics.layers.known_mistakes.base import Mistake
from minitorchcnn.diagnostics.layers.known_mistakes.catalogue import known, pairs
from minitorchcnn.diagnostics.layers.verdicts import COARSE, CaseResult, close, narrow
from minitorchcnn.types import Array

#: How nearly a mistake's numbers must be met, as a share of the largest.
MET = 1e-6

#: Share of the wrong cases that a mistake must explain to be more than a coincidence.
ENOUGH = 0.2

#: Wrong cases that a pair of mistakes is tried on before the others.
SAMPLE = 4

Wrong = tuple[CaseResult, str]


@dataclass(frozen=True)
class Explanation:
    """A known mistake (or none) and the wrong arrays that it explains."""

    mistake: Mistake | None
    wrong: tuple[Wrong, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays concerned, in their usual order."""
        present = {name for _, name in self.wrong}
        return tuple(name for name in self.wrong[0][0].data.expected if name in present)


def meets(mistake: Mistake, data: CaseData, name: str, got: Array) -> bool:
    """Return whether a wrong array is the one that this mistake gives."""
    given = mistake.given(data, name)
    if given is None or close(given, data.expected[name], MET):
        return False
    return close(got, given, COARSE if narrow(got) else MET)


def explanations(results: list[CaseResult], like: str) -> list[Explanation]:
    """Explain all wrong arrays; what is left has no mistake, one explanation per array."""
    board = _Board(results)
    found: list[Explanation] = []
    for mistakes in (known(like), pairs(like)):
        while board.open:
            best = board.best(mistakes)
            if best is None:
                break
            board.close(best)
            found.append(best)
    found = _absorbed(found)
    for name in dict.fromkeys(name for _, name in board.open):
        rest = tuple(wrong for wrong in board.open if wrong[1] == name)
        found.append(Explanation(None, rest))
    return sorted(found, key=lambda e: (_first(e, like), -len(e.wrong)))


class _Board:
    """The wrong arrays still to be explained, and the right ones that may speak against it."""

    def __init__(self, results: list[CaseResult]) -> None:
        results = sorted(results, key=lambda result: result.data.case.size())
        every = [(r, name, v) for r in results for name, v in r.verdicts.items()]
        self.open: list[Wrong] = [(r, name) for r, name, v in every if v.state == "wrong"]
        self.right = [(r, name) for r, name, v in every if v.state == "right"]

    def best(self, mistakes: Iterable[Mistake]) -> Explanation | None:
        """Return what explains most and is contradicted least, if it explains enough."""
        best, most = None, 0
        for mistake in mistakes:
            if not self._promising(mistake):
                continue
            explained, score = self._score(mistake)
            if score > most:
                best, most = Explanation(mistake, explained), score
        return best

    def close(self, explanation: Explanation) -> None:
        """Take what is explained off the board."""
        done = {(id(result), name) for result, name in explanation.wrong}
        self.open = [(r, name) for r, name in self.open if (id(r), name) not in done]

    def _promising(self, mistake: Mistake) -> bool:
        """Try pairs of mistakes, which are many, on a few cases first."""
        if " + " not in mistake.key:
            return True
        sample = self.open[:SAMPLE]
        return any(meets(mistake, r.data, n, r.verdicts[n].got) for r, n in sample)

    def _score(self, mistake: Mistake) -> tuple[tuple[Wrong, ...], int]:
        explained: list[Wrong] = []
        score = 0
        for name in dict.fromkeys(name for _, name in self.open):
            mine = [r for r, n in self.open if n == name]
            met = [r for r in mine if meets(mistake, r.data, name, r.verdicts[name].got)]
            if len(met) < max(1, ENOUGH * len(mine)):
                continue
            against = sum(self._contradicts(mistake, r.data, n) for r, n in self.right if n == name)
            if len(met) > against:
                explained += [(r, name) for r in met]
                score += len(met) - against
        return tuple(explained), score

    def _contradicts(self, mistake: Mistake, data: CaseData, name: str) -> bool:
        """Return whether the layer is right where this mistake would show."""
        given = mistake.given(data, name)
        return given is not None and not close(given, data.expected[name], MET)


def _absorbed(found: list[Explanation]) -> list[Explanation]:
    """Let two mistakes that were found singly also answer for the cases that show both."""
    singles = {e.mistake.key: i for i, e in enumerate(found) if e.mistake and _single(e)}
    kept = list(found)
    for explanation in found:
        if explanation.mistake is None or _single(explanation):
            continue
        parts = explanation.mistake.key.split(" + ")
        if all(part in singles for part in parts):
            for part in parts:
                mine = kept[singles[part]]
                kept[singles[part]] = Explanation(mine.mistake, mine.wrong + explanation.wrong)
            kept.remove(explanation)
    return kept


def _single(explanation: Explanation) -> bool:
    return explanation.mistake is not None and " + " not in explanation.mistake.key


def _first(explanation: Explanation, like: str) -> int:
    """Order explanations as one mends them: y before the gradients."""
    return 0 if explanation.names[0] in ("y", "loss") else 1
