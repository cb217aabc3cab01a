"""`minitorchcnn transfer` trains on drawn digits alone and reads people's handwriting."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, add_run_options, finish
from minitorchcnn.laboratory.transfer.report import run_and_report
from minitorchcnn.laboratory.transfer.runs import FULL, QUICK, make_plans


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage."""
    parser = Parser(
        prog="minitorchcnn transfer",
        description="Train on drawn digits alone, and read the handwriting of people.",
        examples="  minitorchcnn transfer --quick\n  minitorchcnn transfer --judge scans.npz",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images, epochs and seeds: under a minute")
    add("--judge", metavar="PATH", type=Path, help="labelled 28 x 28 scans of digits to read, too")
    add_run_options(parser, Path("results/transfer"), "how many seeds (default: 3, --quick 1)")
    options = parser.parse_args(argv)
    seeds = range(options.seed, options.seed + (options.seeds or (1 if options.quick else 3)))
    plans = make_plans(QUICK if options.quick else FULL, seeds, options.judge)
    command = " ".join(["minitorchcnn transfer", *(sys.argv[1:] if argv is None else argv)])

    def work() -> int:
        run_and_report(plans, options.output, options.jobs, command)
        return 0

    return finish(work)
