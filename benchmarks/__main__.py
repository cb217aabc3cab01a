"""`python -m benchmarks` (or `make bench`): measure, and write RESULTS.md with its figure."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.figures import draw
from benchmarks.report import page
from benchmarks.suite import QUICK, Effort, measure

HERE = Path(__file__).parent


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two small networks, short turns: to see that it runs"
    )
    parser.add_argument("--output", type=Path, help="folder for RESULTS.md and growth.png")
    options = parser.parse_args()
    # a quick run proves nothing, so it must not replace what a long one found
    folder = options.output or (HERE.parent / "results" if options.quick else HERE)
    folder.mkdir(parents=True, exist_ok=True)
    measured = measure(QUICK if options.quick else Effort())
    notes = (HERE / "notes.md").read_text(encoding="utf-8")
    (folder / "RESULTS.md").write_text(page(measured, notes), encoding="utf-8")
    draw(measured, folder / "growth.png")
    print(folder / "RESULTS.md")


if __name__ == "__main__":
    main()
