"""Plans: what a comparison compares at what scale, and what decides each of its training runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from minitorchcnn.laboratory.compare_filters.variants import VARIANTS, Variant

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
    epochs : mapping of str to int
        For each data set.
    images : mapping of str to tuple of int
        Sizes of smaller training sets, besides the whole one, for each data set.
    zero_updates : int
        Batches for each start of the experiment with zeros.
    rate_seeds : mapping of str to int
        How many of the seeds, the first, choose learning rates on each data set: the fewer the
        images, the more seeds it takes.
    """

    train: int
    test: int
    epochs: Mapping[str, int]
    images: Mapping[str, tuple[int, ...]]
    zero_updates: int
    rate_seeds: Mapping[str, int]


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
class ComparisonPlan:
    """What is compared.

    Attributes
    ----------
    data : sequence of str
        Of `image_sets.TITLES`.
    seeds : sequence of int
        Each decides the data's split, the first weights and the order of the samples, so that
        variants can be compared seed by seed.
    variants : sequence of Variant
        In the order of the tables. The report asks about those of `VARIANTS`; give others beside
        them.
    learning_rates : sequence of float
        Every variant may choose among these.
    """

    data: Sequence[str]
    seeds: Sequence[int]
    scale: StudyScale = FULL
    variants: Sequence[Variant] = VARIANTS
    learning_rates: Sequence[float] = LEARNING_RATES

    def choices(self, data: str) -> Iterator[tuple[Variant, int | None]]:
        """Yield every variant with every number of training images (None: all of them)."""
        for images in (None, *self.scale.images[data]):
            for variant in self.variants:
                yield variant, images


@dataclass(frozen=True)
class RunPlan:
    """All that decides a run, so that the same plan gives the same bits in any process.

    Attributes
    ----------
    data : "synthetic", "handwriting", "textures" or "faces"
    seed : int
        Decides data, first weights and order of the samples.
    epochs : int
        Over the whole training part; fewer images are seen more often, up to a bound.
    train, test : int
        Images of the synthetic set, and at the most of the textures.
    images : int or None
        Train on the first so many of the training part; None on all.
    validate_on_training : bool
        Measure on the last fifth of the training part, which is then not trained on, instead
        of the test part: for choosing the learning rate.
    """

    data: str
    variant: Variant
    seed: int
    learning_rate: float
    epochs: int
    train: int
    test: int
    images: int | None = None
    validate_on_training: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it trains on the whole training part, and is measured on the test part."""
        return self.images is None and not self.validate_on_training
