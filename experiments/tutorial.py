"""What happens to the tutorial's nine, stage by stage, and whether learning its filters helps.

The tutorial stops at 24 features. Here a Dense layer learns from them whether a digit is a nine:
once behind the three filters made by hand, once with filters that begin so and learn, too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, finish, natural
from minitorchcnn.laboratory.tutorial.classifier import train
from minitorchcnn.laboratory.tutorial.stages import compute_stages
from minitorchcnn.laboratory.tutorial.walkthrough import print_classifiers, print_stages, write
from minitorchcnn.storage.paths import make_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options and answer; return the exit code."""
    parser = Parser(
        prog="tutorial.py",
        description="Print and draw every stage of the tutorial's nine, then train on it.",
        examples="  python experiments/tutorial.py --animations --output nine\n"
        "  python experiments/tutorial.py --no-figures --seed 1",
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
    folder = None if options.no_figures else options.output
    return finish(lambda: run(folder, options.animations, options.seed))


def run(output: Path | None, animations: bool, seed: int) -> int:
    """Print the stages and what both classifiers reach, and draw them into a folder."""
    if output is not None:
        make_folder(output)  # fail now rather than after all the text
    stages = compute_stages()
    print_stages(stages)
    fixed = train(learn_filters=False, seed=seed)
    learned = train(learn_filters=True, seed=seed)
    print_classifiers(fixed, learned)
    if output is not None:
        write(stages, learned, output, animations=animations)
    return 0


if __name__ == "__main__":
    sys.exit(main())
