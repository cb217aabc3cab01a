"""A study: one data set with every variant, seed and number of images, each at its best rate."""

from __future__ import annotations

from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from minitorchcnn.laboratory.compare_filters.corruptions import Corruption
from minitorchcnn.laboratory.compare_filters.plan import ComparisonPlan, RunPlan
from minitorchcnn.laboratory.compare_filters.runs import RunResult, run, validate_run
from minitorchcnn.laboratory.compare_filters.variants import ZEROS, Variant
from minitorchcnn.laboratory.compare_filters.zero_init import ZeroResult, train_starts
from minitorchcnn.laboratory.image_sets import TITLES, load_image_set
from minitorchcnn.laboratory.processes import parallel_map

#: Data set, variant and number of training images (None: all of them).
Choice = tuple[str, Variant, int | None]


@dataclass(frozen=True)
class Study:
    """What was found on one data set.

    Attributes
    ----------
    data : "synthetic", "handwriting", "textures" or "faces"
    results : list of RunResult
        Every run, by seed.
    """

    data: str
    results: list[RunResult]
    zeros: list[ZeroResult]

    @property
    def title(self) -> str:
        """Return the data set's name without the size of its images."""
        return TITLES[self.data].split(",")[0]

    @property
    def variants(self) -> list[Variant]:
        """Return what was compared, in the order of the plan."""
        return list(dict.fromkeys(result.plan.variant for result in self.results))

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of training images, the whole set last."""
        return sorted({result.images for result in self.results})

    def of(self, variant: Variant, images: int | None = None) -> list[RunResult]:
        """Return a variant's results for a number of images (None: all of them), by seed."""
        wanted = self.sizes[-1] if images is None else images
        return [r for r in self.results if r.plan.variant == variant and r.images == wanted]

    def tests(self, variant: Variant, images: int | None = None) -> list[float]:
        """Return a variant's test accuracies in [0, 1], by seed."""
        return [result.test_accuracy for result in self.of(variant, images)]

    def accuracies(self) -> dict[str, dict[int, list[float]]]:
        """Return test accuracies in [0, 1] by variant's name and number of images, by seed."""
        return {
            variant.name: {n: self.tests(variant, n) for n in self.sizes}
            for variant in self.variants
        }

    def robustness(self) -> dict[str, dict[Corruption, list[float]]]:
        """Return test accuracies in [0, 1] by variant's name and corruption, by seed."""
        found = {}
        for variant in self.variants:
            runs = self.of(variant)
            found[variant.name] = {key: [r.robust[key] for r in runs] for key in runs[0].robust}
        return found


def run_studies(plan: ComparisonPlan, jobs: int) -> list[Study]:
    """Choose learning rates, train everything, and return one study for each data set.

    Parameters
    ----------
    jobs : int
        Processes; the results do not depend on it.
    """
    rates = choose_rates(plan, jobs)
    runs = [
        _plan_run(plan, seed, (data, *choice), rates[data, *choice])
        for data in plan.data
        for seed in plan.seeds
        for choice in plan.choices(data)
    ]
    results = parallel_map(run, runs, jobs, "training")
    found = []
    for data in plan.data:
        images = load_image_set(data, plan.seeds[0], plan.scale.train, plan.scale.test)
        with threadpool_limits(1):
            zeros = train_starts(images, plan.seeds[0], plan.scale.zero_updates)
        found.append(Study(data, [r for r in results if r.plan.data == data], zeros))
    return found


def choose_rates(plan: ComparisonPlan, jobs: int) -> dict[Choice, float]:
    """Return the best learning rate for each data set, variant and number of training images.

    With few images learned filters want another rate than with many, hand-set ones hardly: one
    rate for all would decide from how many images on learned ones win.

    It is measured on a fifth of the training part of the first seeds. The rate whose worst seed
    is best wins, because one that fails now and then is no good; of equal ones, the smallest.
    Zeros get the smallest, since no rate can help them.
    """
    runs = [
        replace(_plan_run(plan, seed, (data, *choice), rate), validate_on_training=True)
        for data in plan.data
        for seed in plan.seeds[: plan.scale.rate_seeds[data]]
        for choice in plan.choices(data)
        if choice[0] != ZEROS
        for rate in plan.learning_rates
    ]
    worst: dict[Choice, dict[float, float]] = {
        (data, *choice): dict.fromkeys(plan.learning_rates, 1.0)
        for data in plan.data
        for choice in plan.choices(data)
    }
    for tried, accuracy in zip(
        runs, parallel_map(validate_run, runs, jobs, "learning rates"), strict=True
    ):
        found = worst[tried.data, tried.variant, tried.images]
        found[tried.learning_rate] = min(found[tried.learning_rate], accuracy)
    return {choice: max(found, key=found.__getitem__) for choice, found in worst.items()}


def _plan_run(plan: ComparisonPlan, seed: int, choice: Choice, rate: float) -> RunPlan:
    data, variant, images = choice
    scale = plan.scale
    return RunPlan(data, variant, seed, rate, scale.epochs[data], scale.train, scale.test, images)
