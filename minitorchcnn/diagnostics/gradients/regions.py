"""Names mistakes that some elements of a gradient have and others have not."""

from __future__ import annotations

import numpy as np

from minitorchcnn.diagnostics.gradients.evidence import Evidence, factor_between
from minitorchcnn.diagnostics.gradients.patterns import Diagnosis


def one_element(e: Evidence) -> Diagnosis | None:
    """Recognise a mistake in a single place."""
    if e.wrong.sum() != 1 or len(e.measured) < 3:
        return None
    return Diagnosis("one element", f"only the element {e.worst()[0]} is wrong")


def clipped(e: Evidence) -> Diagnosis | None:
    """Recognise gradients that were cut off at a bound."""
    wrong, bound = e.wrong, np.abs(e.said).max()
    if not e.same(e.said, np.clip(e.measured, -bound, bound)) or wrong.sum() < 2:
        return None
    return Diagnosis("clipped", f"clipped to [-{bound:.4g}, {bound:.4g}]")


def one_side(e: Evidence) -> Diagnosis | None:
    """Recognise a mistake that depends on the sign of the input."""
    if e.name != "x" or len(e.measured) < 4:
        return None
    positive, found = e.stage.arrays["x"][e.indices] > 0, []
    for side, word in ((positive, "positive"), (~positive, "negative")):
        said, measured = e.said[side], e.measured[side]
        if e.same(said, measured):
            continue
        beyond, factor = said - measured, factor_between(said, measured)
        if not measured.any():
            found.append(f"not 0 where the input is {word}")
        elif not said.any():
            found.append(f"0 where the input is {word}")
        elif factor is not None and e.same(said, factor * measured):
            found.append(f"scaled by {factor:.4g} where the input is {word}")
        elif len(said) > 2 and e.same(beyond, np.broadcast_to(beyond.mean(), beyond.shape)):
            found.append(f"the constant {beyond.mean():.4g} is added where the input is {word}")
        else:
            return None
    return Diagnosis("one side", ", ".join(found)) if 0 < positive.sum() < len(positive) else None


def leak(e: Evidence) -> Diagnosis | None:
    """Recognise a gradient let through where nothing may pass, or stopped where it may."""
    closed, wrong = e.alike(e.measured, np.zeros(1)), e.wrong
    if closed.any() and not closed.all() and not wrong[~closed].any():
        text = "right where the gradient is not 0, but something passes where it must be 0"
        return Diagnosis("leak", text)
    if not e.said[wrong].any():
        share = f"{wrong.sum()} of {len(wrong)}"
        return Diagnosis("missing", f"partly missing: 0 at {share} elements where it must not be")
    return None
