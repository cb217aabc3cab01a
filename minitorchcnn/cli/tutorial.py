"""A nine, step by step: the tutorial's network in numbers, then the training it leaves out.

Run as ``minitorchcnn tutorial`` or ``python experiments/tutorial.py``.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from minitorchcnn.cli.arguments import Parser, finish, natural
from minitorchcnn.laboratory.tutorial import classifier as nine_or_not
from minitorchcnn.laboratory.tutorial import texts
from minitorchcnn.laboratory.tutorial.classifier import Verdict
from minitorchcnn.laboratory.tutorial.stages import NAMES, Planes, Stages, ninths, walk
from minitorchcnn.storage.paths import make_folder

OUTPUT = Path("results/tutorial")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.
    """
    parser = Parser(
        prog="minitorchcnn tutorial",
        description="Print and draw every stage of the tutorial's nine, then train on it.",
        examples="  minitorchcnn tutorial\n"
        "  minitorchcnn tutorial --animations --output nine\n"
        "  minitorchcnn tutorial --no-figures --seed 1",
    )
    parser.add_argument(
        "--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for the figures"
    )
    parser.add_argument(
        "--animations", action="store_true", help="also write GIFs of the filters and of pooling"
    )
    parser.add_argument("--no-figures", action="store_true", help="print only")
    parser.add_argument(
        "--seed", metavar="N", type=natural, default=0, help="random choices of the training"
    )
    options = parser.parse_args(argv)
    if options.no_figures and options.animations:
        parser.error("--animations draws figures: leave out --no-figures")
    output = None if options.no_figures else options.output
    return finish(lambda: run(output, animations=options.animations, seed=options.seed))


def run(output: Path | None = OUTPUT, *, animations: bool = False, seed: int = 0) -> int:
    """Print every stage, train both classifiers, write the figures.

    Parameters
    ----------
    output : Path or None
        Folder for the figures; None draws none.
    animations : bool
        Also write GIFs.
    seed : int
        Random choices of the training.

    Returns
    -------
    int
        0, the exit code of success.
    """
    if output is not None:
        make_folder(output)  # fail now rather than after all the text
    stages = walk()
    print_stages(stages)
    fixed = nine_or_not.train(learn_filters=False, seed=seed)
    learned = nine_or_not.train(learn_filters=True, seed=seed)
    print_verdicts(fixed, learned)
    if output is not None:
        write(stages, learned, output, animations=animations)
    return 0


def print_stages(stages: Stages) -> None:
    """Print what every layer makes of the nine."""
    print(texts.INTRODUCTION)
    print(texts.IMAGE)
    for row in stages.image:
        marks = " ".join("#" if pixel > 0 else "." for pixel in row)
        print(f"    {''.join(f'{pixel:4.0f}' for pixel in row)}        {marks}")
    for text, planes in [
        (texts.FILTERS, stages.filters),
        (texts.MAPS, stages.maps),
        (texts.RELU, stages.rectified),
        (texts.MAX_POOL, stages.max_pooled),
    ]:
        print(f"\n{text}\n{side_by_side(planes)}")
        if planes is stages.maps:
            print(f"\n{best_matches(stages.maps)}")
    print(f"\n{texts.FEATURES}\n{feature_table(stages)}")
    text = texts.AVERAGE_POOL.format(box=ninths(stages.average_pooled[0].max()))
    print(f"\n{text}\n{side_by_side(stages.average_pooled, decimals=2)}")


def side_by_side(planes: Planes, decimals: int = 0) -> str:
    """Return planes as text, in ninths, named and next to each other.

    Parameters
    ----------
    planes : ndarray, shape (3, H, W)
    decimals : int
        Of the ninths.
    """
    # adding 0 turns -0.0 into 0.0
    cells = (9 * planes).round(decimals) + 0.0
    block = planes.shape[2] * (4 if decimals == 0 else 7)
    width = max(block, len("diagonal")) + 4
    lines = ["".join(f"{name:>{width}}" for name in NAMES)]
    for rows in zip(*cells, strict=True):
        texts = ["".join(f"{v:{block // len(row)}.{decimals}f}" for v in row) for row in rows]
        lines.append("".join(text.rjust(width) for text in texts))
    return "\n".join(lines)


def best_matches(maps: Planes) -> str:
    """Say in words where each filter answers loudest."""
    lines = []
    for name, plane in zip(NAMES, maps, strict=True):
        best = plane.max()
        places = [f"row {r + 1}, column {c + 1}" for r, c in np.argwhere(plane == best)]
        word = "a perfect match" if ninths(best) == "9" else f"{ninths(best)}/9"
        lines.append(f"   {name + ':':10}{word} at {' and '.join(places)}")
    return "\n".join(lines)


def feature_table(stages: Stages) -> str:
    """Return the features as they should be, beside those of the tutorial's code."""
    ours = stages.features.reshape(3, 8)
    theirs = stages.tutorial_features.reshape(3, 8)
    lines = [f"   {'':10}{'all three filters':28}the tutorial's own code"]
    notes = ("", "   <- diagonal", "")
    for name, right, wrong, note in zip(NAMES, ours, theirs, notes, strict=True):
        rows = ["".join(f"{ninths(value):>3}" for value in values) for values in (right, wrong)]
        lines.append(f"   {name:8}{rows[0]:28}{rows[1]}{note}")
    return "\n".join(lines)


def print_verdicts(fixed: Verdict, learned: Verdict) -> None:
    """Print how both classifiers do, and how learning changed the filters."""
    baseline = fixed.others / (fixed.others + fixed.nines)
    numbers = {"training": nine_or_not.TRAINING, "held_out": nine_or_not.HELD_OUT}
    text = texts.CLASSIFIER.format(noise=nine_or_not.NOISE, baseline=baseline, **numbers)
    print(f"\n{text}\n{verdict_table({'fixed': fixed, 'learned': learned})}")
    print("\n   The filters before learning, in ninths:\n")
    print(side_by_side(learned.before[:, 0], decimals=1))
    print("\n   The same filters after learning:\n")
    print(side_by_side(learned.after[:, 0], decimals=1))
    print(
        "   left:"
        + "".join(f"{value:{25 if i else 17}.2f}" for i, value in enumerate(learned.kept))
    )
    print(f"\n{conclusion(fixed, learned)}")


def verdict_table(verdicts: dict[str, Verdict]) -> str:
    """Return a row of measurements for each classifier."""
    lines = ["   filters    accuracy   nines found   false alarms    the tutorial's nine"]
    for name, v in verdicts.items():
        found, alarms = f"{v.found} of {v.nines}", f"{v.false_alarms} of {v.others:,}"
        chance = percent(v.probability)
        lines.append(f"   {name:8}{v.accuracy:11.1%}{found:>14}{alarms:>15}{chance:>15} a nine")
    return "\n".join(lines)


def conclusion(fixed: Verdict, learned: Verdict) -> str:
    """Say in words what learning the filters changed."""
    few, many = learned.mistakes, fixed.mistakes
    result = f"Learning the filters leaves {few} mistakes instead of {many}"
    if few == many:
        result = f"Fixed or learned, the filters lead to {many} mistakes"
    text = texts.CONCLUSION.format(result=result, held_out=nine_or_not.HELD_OUT)
    return textwrap.fill(text, width=79, initial_indent="   ", subsequent_indent="   ")


def percent(probability: float) -> str:
    """Write a probability as percent, never rounded to certainty."""
    if probability > 0.9999:
        return "> 99.99%"
    return "< 0.01%" if probability < 0.0001 else f"{probability:.2%}"


def write(stages: Stages, learned: Verdict, output: Path, *, animations: bool) -> None:
    """Write the figures, and the animations if wanted, and say where they are."""
    from minitorchcnn.laboratory.tutorial.figures import write_animations, write_figures

    paths = write_figures(stages, learned, output)
    if animations:
        paths += write_animations(stages, output)
    print("\nFigures:")
    for path in paths:
        print(f"   {path}")


if __name__ == "__main__":
    sys.exit(main())
