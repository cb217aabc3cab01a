"""The comparison on one data set: every arm, seed and number of images, each arm at its best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from minitorchcnn.laboratory.compare_filters.corruptions import Disturbance
from minitorchcnn.laboratory.compare_filters.plan import Plan, Result
from minitorchcnn.laboratory.compare_filters.runs import run, trial_accuracy
from minitorchcnn.laboratory.compare_filters.variants import ARMS, ZEROS, Arm
from minitorchcnn.laboratory.compare_filters.zero_init import ZeroResult, zero_results
from minitorchcnn.laboratory.image_sets import image_set
from minitorchcnn.laboratory.processes import each

#: Every arm may choose among these; momentum, batch size and schedule are the same for all.
LEARNING_RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Scale:
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
QUICK = Scale(
    train=800,
    test=500,
    epochs={"synthetic": 8, "handwriting": 10, "textures": 10, "faces": 20},
    images=_SMALL,
    zero_updates=300,
    rate_seeds={"synthetic": 2, "handwriting": 2, "textures": 2, "faces": 5},
)
FULL = Scale(
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
    results : list of Result
        Every run, by seed.
    zeros : list of ZeroResult
    """

    data: str
    results: list[Result]
    zeros: list[ZeroResult]

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of training images, the whole set last."""
        return sorted({result.images for result in self.results})

    def of(self, arm: Arm, images: int | None = None) -> list[Result]:
        """Return an arm's results for a number of images (None: all of them), by seed."""
        wanted = self.sizes[-1] if images is None else images
        return [r for r in self.results if r.plan.arm == arm and r.images == wanted]

    def accuracies(self) -> dict[str, dict[int, list[float]]]:
        """Return test accuracies in [0, 1] by arm's name and number of images, by seed."""
        return {
            arm.name: {n: [r.test_accuracy for r in self.of(arm, n)] for n in self.sizes}
            for arm in ARMS
        }

    def robustness(self) -> dict[str, dict[Disturbance, list[float]]]:
        """Return test accuracies in [0, 1] by arm's name and disturbance, by seed."""
        return {
            arm.name: {d: [r.robust[d] for r in self.of(arm)] for d in self.of(arm)[0].robust}
            for arm in ARMS
        }


def studies(names: Sequence[str], scale: Scale, seeds: Sequence[int], jobs: int) -> list[Study]:
    """Choose learning rates, train everything, and return one study for each data set.

    Parameters
    ----------
    names : sequence of str
        Of `image_sets.TITLES`.
    scale : Scale
    seeds : sequence of int
        Each decides the data's split, the first weights and the order of the samples, so that
        arms can be compared seed by seed.
    jobs : int
        Processes.

    Returns
    -------
    list of Study
    """
    rates = choose_rates(names, scale, seeds, jobs)
    plans = [
        replace(_plan(name, arm, scale, seed, rates[name, arm, images]), images=images)
        for name in names
        for seed in seeds
        for images in (None, *scale.images[name])
        for arm in ARMS
    ]
    results = each(run, plans, jobs, "training")
    found = []
    for name in names:
        images = image_set(name, seeds[0], scale.train, scale.test)
        with threadpool_limits(1):
            zeros = zero_results(images, seeds[0], scale.zero_updates)
        found.append(Study(name, [r for r in results if r.plan.data == name], zeros))
    return found


#: Data set, arm and number of training images (None: all of them).
Choice = tuple[str, Arm, int | None]


def choose_rates(
    names: Sequence[str], scale: Scale, seeds: Sequence[int], jobs: int
) -> dict[Choice, float]:
    """Return the best learning rate for each data set, arm and number of training images.

    With few images learned filters want another rate than with many, hand-set ones hardly: one
    rate for all would decide from how many images on learned ones win.

    It is measured on a fifth of the training part of the first seeds. The rate whose worst seed
    is best wins, because one that fails now and then is no good; of equal ones, the smallest.
    Zeros get the smallest, since no rate can help them.
    """
    choices = [
        (name, arm, images)
        for name in names
        for images in (None, *scale.images[name])
        for arm in ARMS
    ]
    plans = [
        replace(_plan(name, arm, scale, seed, rate), images=images, trial=True)
        for name in names
        for seed in seeds[: scale.rate_seeds[name]]
        for images in (None, *scale.images[name])
        for arm in ARMS
        for rate in LEARNING_RATES
        if arm != ZEROS
    ]
    found = each(trial_accuracy, plans, jobs, "learning rates")
    worst: dict[tuple[str, Arm, int | None, float], float] = {}
    for plan, accuracy in zip(plans, found, strict=True):
        key = plan.data, plan.arm, plan.images, plan.learning_rate
        worst[key] = min(worst.get(key, 1.0), accuracy)
    return {
        choice: max(LEARNING_RATES, key=lambda rate, of=choice: worst.get((*of, rate), 0.0))
        for choice in choices
    }


def _plan(name: str, arm: Arm, scale: Scale, seed: int, rate: float) -> Plan:
    return Plan(name, arm, seed, rate, scale.epochs[name], scale.train, scale.test)
