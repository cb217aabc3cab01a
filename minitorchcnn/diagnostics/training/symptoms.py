"""The table of symptoms: causes first, and which of them explains which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from minitorchcnn.diagnostics.training.context import Case
from minitorchcnn.diagnostics.training.flow_rules import (
    dead,
    exploding,
    large_updates,
    small_updates,
    vanishing,
    wrecking_update,
)
from minitorchcnn.diagnostics.training.outcome_rules import (
    drift,
    one_answer,
    stuck,
    unrelated_labels,
)
from minitorchcnn.diagnostics.training.rules import frozen, input_scale, one_class, unshuffled


@dataclass(frozen=True)
class Symptom:
    """A kind of finding.

    Attributes
    ----------
    kind : str
    rule : callable
        ``(case) -> message``, "" if there is nothing to say.
    certain : bool
        Once seen is enough.
    hidden_by : frozenset of str
        Kinds that explain this one.
    """

    kind: str
    rule: Callable[[Case], str]
    certain: bool
    hidden_by: frozenset[str]


DATA = frozenset({"input_scale", "one_class", "unshuffled", "frozen"})
STEPS = DATA | {"exploding", "large_updates"}
FLOW = STEPS | {"dead", "vanishing", "small_updates", "unrelated_labels"}

# Causes come before what they cause.
SYMPTOMS = (
    Symptom("input_scale", input_scale, True, frozenset()),
    Symptom("one_class", one_class, True, frozenset()),
    Symptom("unshuffled", unshuffled, True, frozenset()),
    Symptom("frozen", frozen, False, frozenset()),
    Symptom("exploding", exploding, True, DATA),
    Symptom("large_updates", large_updates, False, DATA | {"exploding"}),
    Symptom("dead", dead, False, STEPS),
    Symptom("vanishing", vanishing, False, STEPS | {"dead"}),
    Symptom("small_updates", small_updates, False, STEPS | {"dead", "vanishing"}),
    Symptom("unrelated_labels", unrelated_labels, False, STEPS),
    Symptom("drift", drift, False, DATA | {"unrelated_labels"}),
    Symptom("one_answer", one_answer, False, FLOW),
    Symptom("stuck", stuck, False, FLOW | {"one_answer"}),
)

# What a single step can show: training may not live to the end of the epoch.
AT_ONCE = (
    SYMPTOMS[0],
    SYMPTOMS[4],
    Symptom("large_updates", wrecking_update, True, DATA | {"exploding"}),
)
