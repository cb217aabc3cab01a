"""Whether hand-set or learned filters serve better, for what, and from how many images on.

One architecture (Conv2D 3x3, ReLU, MaxPool 2, Flatten, Dense), ten ways to come by its filters,
four data sets. All variants of a seed see the same images in the same order and, with equally
many filters, start with the same Dense layer. Each variant trains with the learning rate, of six,
that is best for it on images set aside from the training part; test images only measure.

``minitorchcnn compare`` runs the same plan. Copy this file to change it: another variant, data
set, learning rate or number of images is a line of the plan.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, add_run_options, finish
from minitorchcnn.laboratory.compare_filters import variants
from minitorchcnn.laboratory.compare_filters.comparison import compare
from minitorchcnn.laboratory.compare_filters.conclusions import describe_difference
from minitorchcnn.laboratory.compare_filters.plan import FULL, QUICK, ComparisonPlan
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.image_sets import CHOICES
from minitorchcnn.report.statistics import paired

#: What is compared, in the order of the tables. One of your own is one more line, such as
#: `variants.Variant("32 random, trained", "random", 32, trained=True)`.
VARIANTS = (
    variants.HAND_SET,  # the tutorial's box, vertical and diagonal, frozen
    variants.HAND_SET_TRAINED,
    variants.THAWED,  # frozen for the first third of the epochs
    variants.RANDOM,  # three random filters, frozen
    variants.LEARNED,  # the same, trained: what everybody does
    variants.ZEROS,  # all weights zero, trained
    variants.LEARNED_8,
    variants.LEARNED_16,
    variants.BANK,  # all of filters.bank(), frozen
    variants.RANDOM_MANY,  # as many random ones, frozen
)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options, plan, train and answer; return the exit code."""
    parser = Parser(
        prog="compare_filters.py",
        description="Compare hand-set with learned filters at equal architecture.",
        examples="  python experiments/compare_filters.py --quick\n"
        "  python experiments/compare_filters.py --data faces --seeds 20",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images and epochs: one to two minutes")
    which = f"which images: {', '.join(CHOICES)} (default: all, with --quick both)"
    add("--data", metavar="SET", choices=tuple(CHOICES), help=which)
    seeds = "how many seeds (default: 10, with --quick 4)"
    add_run_options(parser, Path("results/compare"), seeds)
    options = parser.parse_args(argv)
    count = options.seeds or (4 if options.quick else 10)
    plan = ComparisonPlan(
        data=CHOICES[options.data or ("both" if options.quick else "all")],
        seeds=range(options.seed, options.seed + count),
        scale=QUICK if options.quick else FULL,
        variants=VARIANTS,
        learning_rates=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    )
    words = sys.argv[1:] if argv is None else argv
    command = " ".join(["python experiments/compare_filters.py", *words])

    def work() -> int:
        print(answer(compare(plan, options.output, options.jobs, command)))
        return 0

    return finish(work)


def answer(studies: Sequence[Study]) -> str:
    """Say for each data set whether learned filters serve better, with all training images."""
    lines = ["\nHand-set or learned?"]
    for study in studies:
        # seed by seed, because both have the same images: the interval is narrower so
        difference = paired(study.tests(variants.LEARNED), study.tests(variants.HAND_SET))
        verdict = describe_difference("learned filters", "hand-set ones", difference)
        lines.append(f"  {study.title}: {verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
