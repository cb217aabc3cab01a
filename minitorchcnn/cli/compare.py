"""`minitorchcnn compare` trains hand-set and learned filters side by side and tells the winner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, add_run_options, finish
from minitorchcnn.laboratory.compare_filters.comparison import compare
from minitorchcnn.laboratory.compare_filters.plan import FULL, QUICK, ComparisonPlan
from minitorchcnn.laboratory.image_sets import CHOICES


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage."""
    parser = Parser(
        prog="minitorchcnn compare",
        description=(
            "Compare hand-set with learned filters at equal architecture, on synthetic digits, "
            "real handwriting, textures and faces: frozen, trained, thawed later, random, all "
            "zeros, more of them, and the whole filter bank."
        ),
        examples="  minitorchcnn compare --quick\n"
        "  minitorchcnn compare --data handwriting --seeds 20 --output results/long",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images and epochs: one to two minutes")
    which = f"which images: {', '.join(CHOICES)} (default: all, with --quick both)"
    add("--data", metavar="SET", choices=tuple(CHOICES), help=which)
    seeds = "how many seeds (default: 10, with --quick 4)"
    add_run_options(parser, Path("results/compare"), seeds)
    options = parser.parse_args(argv)
    data = options.data or ("both" if options.quick else "all")
    count = options.seeds or (4 if options.quick else 10)
    plan = ComparisonPlan(
        data=CHOICES[data],
        seeds=range(options.seed, options.seed + count),
        scale=QUICK if options.quick else FULL,
    )
    quick = " --quick" * options.quick
    command = f"minitorchcnn compare{quick} --data {data} --seeds {count} --seed {options.seed}"

    def work() -> int:
        compare(plan, options.output, options.jobs, command)
        return 0

    return finish(work)
