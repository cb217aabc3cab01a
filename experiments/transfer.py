"""Whether drawn digits teach reading handwriting.

Networks learn from `datasets.synthetic_digits` with its default arguments and nothing else. They
are tested on digits of other imaginary writers, and on the handwriting that comes with the
package: mistakes in its first half decided which ways of writing are drawn, so the second half
is the one to believe. ``--judge FILE`` adds scans of your own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, add_run_options, finish
from minitorchcnn.laboratory.transfer.report import run_and_report
from minitorchcnn.laboratory.transfer.runs import TransferPlan, TransferRun
from minitorchcnn.report.statistics import interval, percent

#: Drawn images to train on and how often each is seen, by the side of the images in pixels.
FULL = {28: (20_000, 6), 8: (12_000, 10)}
QUICK = {28: (3_000, 3), 8: (3_000, 6)}


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options, train and answer; return the exit code."""
    parser = Parser(
        prog="transfer.py",
        description="Train on drawn digits alone, and read the handwriting of people.",
        examples="  python experiments/transfer.py --quick\n"
        "  python experiments/transfer.py --judge scans.npz",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images, epochs and seeds: under a minute")
    add("--judge", metavar="PATH", type=Path, help="labelled 28 x 28 scans of digits to read, too")
    add_run_options(parser, Path("results/transfer"), "how many seeds (default: 3, --quick 1)")
    options = parser.parse_args(argv)
    count = options.seeds or (1 if options.quick else 3)
    plans = [
        TransferPlan(size, seed, images, epochs, options.judge)
        for size, (images, epochs) in (QUICK if options.quick else FULL).items()
        for seed in range(options.seed, options.seed + count)
    ]
    command = " ".join(["python experiments/transfer.py", *(argv or sys.argv[1:])])

    def work() -> int:
        print(answer(run_and_report(plans, options.output, options.jobs, command)))
        return 0

    return finish(work)


def answer(runs: Sequence[TransferRun]) -> str:
    """Say how much of the second half of people's handwriting was read."""
    read = interval([run.readings["unseen"].accuracy for run in runs if "unseen" in run.readings])
    return (
        f"\nNetworks that saw nothing but drawings read {percent(read.mean)} % of people's digits "
        f"of 8 x 8 pixels; guessing reads 10 %."
    )


if __name__ == "__main__":
    sys.exit(main())
