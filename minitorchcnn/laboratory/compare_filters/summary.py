"""The first page of the comparison: its answers over all data sets, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence

from minitorchcnn.laboratory.compare_filters.conclusions import (
    MEANING,
    summarize_differences,
    summarize_sizes,
)
from minitorchcnn.laboratory.compare_filters.plan import ComparisonPlan
from minitorchcnn.laboratory.compare_filters.similarity import (
    measure_similarity,
    summarize_similarity,
)
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    LEARNED,
    LEARNED_16,
    ZEROS,
    Variant,
)
from minitorchcnn.laboratory.compare_filters.zero_init import summarize_zeros
from minitorchcnn.report.statistics import Interval, paired


def summarize(found: Sequence[Study]) -> list[str]:
    """Return the main answers over all data sets, a paragraph each."""
    many = summarize_differences(
        _differences(found, LEARNED_16, BANK), "16 learned filters", "the frozen bank"
    )
    named = {study.title.lower(): study for study in found}
    sizes = summarize_sizes({name: study.accuracies() for name, study in named.items()})
    similar = {
        name: measure_similarity([run.filter_history for run in study.of(LEARNED_16)])
        for name, study in named.items()
    }
    zeros = [result for study in found for result in study.of(ZEROS)]
    return [
        summarize_differences(_differences(found, LEARNED, HAND_SET)),
        many.replace("In short", "With many filters"),
        *([MEANING] if sizes else []),
        *sizes,
        summarize_similarity(similar),
        summarize_zeros([run.filter_change for run in zeros]),
    ]


def explain_method(found: Sequence[Study], plan: ComparisonPlan) -> list[str]:
    """Return what a reader must know to judge the numbers, a point each."""
    rates = ", ".join(f"{rate:g}" for rate in plan.learning_rates)
    chosen = "; ".join(
        f"{study.title.lower()} {min(plan.scale.rate_seeds[study.data], len(plan.seeds))}"
        for study in found
    )
    return [
        "One network: Conv2D 3 x 3, ReLU, MaxPool 2, Flatten, Dense. Rows differ in how it comes "
        "by its filters. Hand-set: the tutorial's box, vertical and diagonal. Bank: all filters "
        "of filters.bank(). Random: drawn by he_normal. Trained ones learn together with the "
        "Dense layer, frozen ones never change, thawed ones begin after a third of the epochs. "
        f'"Learned filters" are the row "{LEARNED.name}", or those of 8 and 16.',
        "All rows of a seed see the same images in the same order, and with equally many filters "
        "start with the same Dense layer. So they are compared seed by seed.",
        f"Each row trains with the learning rate, of {rates}, whose worst seed is best on a fifth "
        f"of the training part, set aside; test images choose nothing. It is chosen on the first "
        f"seeds ({chosen}), for each number of training images by itself. "
        f"{_name_ends(found, plan)}",
        "Intervals are 95 % intervals of Student's t over the seeds, not corrected for the number "
        "of questions: of twenty clear answers one may be chance. Seeds draw new synthetic digits, "
        "but split or cut the same handwriting, photographs and faces in new ways: there, a test "
        "image of one seed may be a training image of another, and intervals say nothing about "
        "other writers, walls or people. Pieces of texture are from left halves for training and "
        "from right halves for testing, with every seed.",
    ]


def _name_ends(found: Sequence[Study], plan: ComparisonPlan) -> str:
    """Tell which rows chose a rate at an end of the choice, so that one beyond might serve them."""
    limits = min(plan.learning_rates), max(plan.learning_rates)
    parts = []
    for study in found:
        rates = {
            variant.name: study.of(variant)[0].plan.learning_rate
            for variant in study.variants
            if variant != ZEROS
        }
        names = [f"{name} ({rate:g})" for name, rate in rates.items() if rate in limits]
        if names:
            parts.append(f"on {study.title.lower()} {', '.join(names)}")
    if not parts:
        return "With all images no row but the zeros chose the smallest or the largest of them."
    return f"With all images the smallest or the largest was chosen {'; '.join(parts)}."


def _differences(found: Sequence[Study], variant: Variant, other: Variant) -> dict[str, Interval]:
    return {
        study.title.lower(): paired(study.tests(variant), study.tests(other)) for study in found
    }
