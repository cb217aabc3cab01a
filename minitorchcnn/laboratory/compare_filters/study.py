"""A study: one data set with every variant, seed and number of images, each at its best rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from minitorchcnn.laboratory.compare_filters.corruptions import Corruption
from minitorchcnn.laboratory.compare_filters.plan import RunPlan, RunResult
from minitorchcnn.laboratory.compare_filters.runs import run, validate_run
from minitorchcnn.laboratory.compare_filters.variants import VARIANTS, ZEROS, Variant
from minitorchcnn.laboratory.compare_filters.zero_init import ZeroResult, train_starts
from minitorchcnn.laboratory.image_sets import load_image_set
from minitorchcnn.laboratory.processes import parallel_map

#: Every variant may choose among these; momentum, batch size and schedule are the same for all.
LEARNING_RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class StudyScale:
    """How much is computed.

    Attributes
    ----------
    train, test : int
        Images of the synthetic set, and at the most of the textures; the handwriting and the
        faces are always used whole.
    epochs : dict of str to int
        For each data set.
    images : dict of str to tuple of int
        Sizes of smaller training sets, besides the whole one, for each data set.
    zero_updates : int
        Batches for each start of the experiment with zeros.
    rate_seeds : dict of str to int
        How many of the seeds, the first, choose learning rates on each data set: the fewer the
        images, the more seeds it takes.
    """

    train: int
    test: int
    epochs: dict[str, int]
    images: dict[str, tuple[int, ...]]
    zero_updates: int
    rate_seeds: dict[str, int]


_SMALL = {
    "synthetic": (50, 200),
    "handwriting": (50, 200),
    "textures": (50, 200),
    "faces": (10, 30),
}
_MORE = {**dict.fromkeys(_SMALL, (50, 200, 1000)), "faces": (10, 20, 50)}
QUICK = StudyScale(
    train=800,
    test=500,
    epochs={"synthetic": 8, "handwriting": 10, "textures": 10, "faces": 20},
    images=_SMALL,
    zero_updates=300,
    rate_seeds={"synthetic": 2, "handwriting": 2, "textures": 2, "faces": 5},
)
FULL = StudyScale(
    train=2000,
    test=1000,
    epochs={"synthetic": 15, "handwriting": 40, "textures": 20, "faces": 40},
    images=_MORE,
    zero_updates=1000,
    rate_seeds={"synthetic": 3, "handwriting": 3, "textures": 3, "faces": 10},
)


@dataclass(frozen=True)
class Study:
    """What was found on one data set.

    Attributes
    ----------
    data : "synthetic", "handwriting", "textures" or "faces"
    results : list of RunResult
        Every run, by seed.
    zeros : list of ZeroResult
    """

    data: str
    results: list[RunResult]
    zeros: list[ZeroResult]

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of training images, the whole set last."""
        return sorted({result.images for result in self.results})

    def of(self, variant: Variant, images: int | None = None) -> list[RunResult]:
        """Return a variant's results for a number of images (None: all of them), by seed."""
        wanted = self.sizes[-1] if images is None else images
        return [r for r in self.results if r.plan.variant == variant and r.images == wanted]

    def accuracies(self) -> dict[str, dict[int, list[float]]]:
        """Return test accuracies in [0, 1] by variant's name and number of images, by seed."""
        return {
            variant.name: {n: [r.test_accuracy for r in self.of(variant, n)] for n in self.sizes}
            for variant in VARIANTS
        }

    def robustness(self) -> dict[str, dict[Corruption, list[float]]]:
        """Return test accuracies in [0, 1] by variant's name and disturbance, by seed."""
        return {
            variant.name: {
                d: [r.robust[d] for r in self.of(variant)] for d in self.of(variant)[0].robust
            }
            for variant in VARIANTS
        }


def run_studies(
    names: Sequence[str], scale: StudyScale, seeds: Sequence[int], jobs: int
) -> list[Study]:
    """Choose learning rates, train everything, and return one study for each data set.

    Parameters
    ----------
    names : sequence of str
        Of `image_sets.TITLES`.
    scale : StudyScale
    seeds : sequence of int
        Each decides the data's split, the first weights and the order of the samples, so that
        variants can be compared seed by seed.
    jobs : int
        Processes.

    Returns
    -------
    list of Study
    """
    rates = choose_rates(names, scale, seeds, jobs)
    plans = [
        replace(_plan(name, variant, scale, seed, rates[name, variant, images]), images=images)
        for name in names
        for seed in seeds
        for images in (None, *scale.images[name])
        for variant in VARIANTS
    ]
    results = parallel_map(run, plans, jobs, "training")
    found = []
    for name in names:
        images = load_image_set(name, seeds[0], scale.train, scale.test)
        with threadpool_limits(1):
            zeros = train_starts(images, seeds[0], scale.zero_updates)
        found.append(Study(name, [r for r in results if r.plan.data == name], zeros))
    return found


#: Data set, variant and number of training images (None: all of them).
Choice = tuple[str, Variant, int | None]


def choose_rates(
    names: Sequence[str], scale: StudyScale, seeds: Sequence[int], jobs: int
) -> dict[Choice, float]:
    """Return the best learning rate for each data set, variant and number of training images.

    With few images learned filters want another rate than with many, hand-set ones hardly: one
    rate for all would decide from how many images on learned ones win.

    It is measured on a fifth of the training part of the first seeds. The rate whose worst seed
    is best wins, because one that fails now and then is no good; of equal ones, the smallest.
    Zeros get the smallest, since no rate can help them.
    """
    choices = [
        (name, variant, images)
        for name in names
        for images in (None, *scale.images[name])
        for variant in VARIANTS
    ]
    plans = [
        replace(_plan(name, variant, scale, seed, rate), images=images, validate_on_training=True)
        for name in names
        for seed in seeds[: scale.rate_seeds[name]]
        for images in (None, *scale.images[name])
        for variant in VARIANTS
        for rate in LEARNING_RATES
        if variant != ZEROS
    ]
    found = parallel_map(validate_run, plans, jobs, "learning rates")
    worst: dict[tuple[str, Variant, int | None, float], float] = {}
    for plan, accuracy in zip(plans, found, strict=True):
        key = plan.data, plan.variant, plan.images, plan.learning_rate
        worst[key] = min(worst.get(key, 1.0), accuracy)
    return {
        choice: max(LEARNING_RATES, key=lambda rate, of=choice: worst.get((*of, rate), 0.0))
        for choice in choices
    }


def _plan(name: str, variant: Variant, scale: StudyScale, seed: int, rate: float) -> RunPlan:
    return RunPlan(name, variant, seed, rate, scale.epochs[name], scale.train, scale.test)
