"""The table of symptoms that the doctor looks for: causes first, and which explains which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from minitorchcnn.diagnostics.training import rules
from minitorchcnn.diagnostics.training.context import DiagnosisContext


@dataclass(frozen=True)
class Symptom:
    """A kind of finding.

    Attributes
    ----------
    rule : callable
        ``(context) -> message``, "" if there is nothing to say.
    certain : bool
        Once seen is enough.
    hidden_by : frozenset of str
        Kinds that explain this one.
    """

    kind: str
    rule: Callable[[DiagnosisContext], str]
    certain: bool
    hidden_by: frozenset[str]


DATA = frozenset({"input_scale", "one_class", "unshuffled", "frozen"})
STEPS = DATA | {"exploding", "large_updates"}
FLOW = STEPS | {"dead", "vanishing", "small_updates", "unrelated_labels"}

# Causes come before what they cause.
SYMPTOMS = (
    Symptom("input_scale", rules.input_scale, True, frozenset()),
    Symptom("one_class", rules.one_class, True, frozenset()),
    Symptom("unshuffled", rules.unshuffled, True, frozenset()),
    Symptom("frozen", rules.frozen, False, frozenset()),
    Symptom("exploding", rules.exploding, True, DATA),
    Symptom("large_updates", rules.large_updates, False, DATA | {"exploding"}),
    Symptom("dead", rules.dead, False, STEPS),
    Symptom("vanishing", rules.vanishing, False, STEPS | {"dead"}),
    Symptom("small_updates", rules.small_updates, False, STEPS | {"dead", "vanishing"}),
    Symptom("unrelated_labels", rules.unrelated_labels, False, STEPS),
    Symptom("drift", rules.drift, False, DATA | {"unrelated_labels"}),
    Symptom("one_answer", rules.one_answer, False, FLOW),
    Symptom("stuck", rules.stuck, False, FLOW | {"one_answer"}),
)

# What a single step can show: training may not live to the end of the epoch.
AT_ONCE = (
    SYMPTOMS[0],
    SYMPTOMS[4],
    Symptom("large_updates", rules.wrecking_update, True, DATA | {"exploding"}),
)
