"""`minitorchcnn tutorial` shows a nine in every stage of the tutorial's network, then trains it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, finish, natural
from minitorchcnn.laboratory.tutorial.walkthrough import run


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = Parser(
        prog="minitorchcnn tutorial",
        description="Print and draw every stage of the tutorial's nine, then train on it.",
        examples="  minitorchcnn tutorial\n"
        "  minitorchcnn tutorial --animations --output nine\n"
        "  minitorchcnn tutorial --no-figures --seed 1",
    )
    add = parser.add_argument
    output = Path("results/tutorial")
    add("--output", metavar="FOLDER", type=Path, default=output, help="folder for the figures")
    add("--animations", action="store_true", help="also write GIFs of the filters and of pooling")
    add("--no-figures", action="store_true", help="print only")
    add("--seed", metavar="N", type=natural, default=0, help="random choices of the training")
    options = parser.parse_args(argv)
    if options.no_figures and options.animations:
        parser.error("--animations draws figures: leave out --no-figures")

    def work() -> int:
        folder = None if options.no_figures else options.output
        run(folder, animations=options.animations, seed=options.seed)
        return 0

    return finish(work)
