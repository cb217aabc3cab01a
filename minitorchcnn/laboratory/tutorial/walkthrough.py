"""The walk through the tutorial's network as text: every stage in numbers, at 80 columns."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.laboratory.tutorial.classifier import (
    HELD_OUT,
    NOISE,
    TRAINING,
    TrainedClassifier,
    train,
)
from minitorchcnn.laboratory.tutorial.stages import NAMES, Planes, Stages, compute_stages, ninths
from minitorchcnn.storage.paths import make_folder

INTRODUCTION = """\
A nine, step by step
====================

This follows the tutorial "Learn CNN from scratch with Python and Numpy": one
picture of a nine, three filters made by hand, ReLU, pooling. Every number is
computed by the same layers that train on larger images. At the end comes the
step the tutorial leaves to the reader: training a classifier.
"""

IMAGE = """\
1. The image: 7 rows of 5 pixels

   1 is ink, -1 is paper. The tutorial's text calls 1 white and -1 black, but
   its nine is drawn with the ones. So here 1 is ink, whatever the pen's colour.
"""

FILTERS = """\
2. Three filters: small pictures to look for

   Each is divided by its 9 elements, so a perfect match answers exactly 1.
   From here on, all numbers are ninths: read 9 as 9/9 = 1, and -5 as -5/9.
"""

MAPS = """\
3. Feature maps: how well does the filter match here?

   Lay a filter over a window of 3 x 3 pixels, multiply each pixel by the number
   above it, and add up. The 7 x 5 image has 5 x 3 such windows.
"""

RELU = """\
4. ReLU: no match is no match

   Negative answers become 0, the others stay as they are.
"""

MAX_POOL = """\
5. Max-pooling, 2 x 2, stride 1: is it near here?

   The largest of every 2 x 2 neighbours: 5 x 3 numbers become 4 x 2.
"""

FEATURES = """\
6. The 24 features: all numbers in a row

   8 from each filter, row by row. The tutorial's own code puts the diagonal
   map into the vertical one's place as well, so its classifier would see the
   diagonal answers twice and the vertical ones never:
"""

AVERAGE_POOL = """\
7. The other pooling: average instead of largest

   Applied to the ReLU stage. A single strong answer is thinned by its weak
   neighbours: the box filter's 9 becomes {box}.
"""

CLASSIFIER = """\
8. Nine or not nine: the step the tutorial leaves out

   A Dense layer weighs the 24 features and adds them up to one number; the
   sigmoid makes it the probability of a nine. It learns from {training:,} digits of
   7 x 5 pixels, each pixel flipped with a chance of {noise:.0%}, and is tested on {held_out:,}
   others. One digit in ten is a nine, so always saying "not nine" is right for
   {baseline:.1%}. Once the filters stay as they are, once they learn too; both
   begin with the same numbers.
"""


CONCLUSION = """\
{result} on the same {held_out:,} digits.
Training does not ask what a person would call a feature, only what tells nines from other
digits. The last line of numbers says how much of each filter's first pattern is left, as a
correlation: 1 is the same pattern, 0 has nothing to do with it. `minitorchcnn compare` puts
the question to larger digits, and takes chance into account."""


def run(output: Path | None, *, animations: bool = False, seed: int = 0) -> None:
    """Print every stage, train both classifiers, write the figures.

    Parameters
    ----------
    output : Path or None
        Folder for the figures; None draws none.
    animations : bool
        Also write GIFs.
    seed : int
        Random choices of the training.
    """
    if output is not None:
        make_folder(output)  # fail now rather than after all the text
    stages = compute_stages()
    print_stages(stages)
    fixed = train(learn_filters=False, seed=seed)
    learned = train(learn_filters=True, seed=seed)
    print_classifiers(fixed, learned)
    if output is not None:
        write(stages, learned, output, animations=animations)


def print_stages(stages: Stages) -> None:
    """Print what every layer makes of the nine."""
    print(INTRODUCTION)
    print(IMAGE)
    for row in stages.image:
        marks = " ".join("#" if pixel > 0 else "." for pixel in row)
        print(f"    {''.join(f'{pixel:4.0f}' for pixel in row)}        {marks}")
    for text, planes in [
        (FILTERS, stages.filters),
        (MAPS, stages.maps),
        (RELU, stages.rectified),
        (MAX_POOL, stages.max_pooled),
    ]:
        print(f"\n{text}\n{_side_by_side(planes)}")
        if planes is stages.maps:
            print(f"\n{_name_best_matches(stages.maps)}")
    print(f"\n{FEATURES}\n{_tabulate_features(stages)}")
    text = AVERAGE_POOL.format(box=ninths(stages.average_pooled[0].max()))
    print(f"\n{text}\n{_side_by_side(stages.average_pooled, decimals=2)}")


def _side_by_side(planes: Planes | NDArray[np.float32], decimals: int = 0) -> str:
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
        blocks = ["".join(f"{v:{block // len(row)}.{decimals}f}" for v in row) for row in rows]
        lines.append("".join(text.rjust(width) for text in blocks))
    return "\n".join(lines)


def _name_best_matches(maps: Planes) -> str:
    """Say in words where each filter answers loudest."""
    lines = []
    for name, plane in zip(NAMES, maps, strict=True):
        best = plane.max()
        places = [f"row {r + 1}, column {c + 1}" for r, c in np.argwhere(plane == best)]
        word = "a perfect match" if ninths(best) == "9" else f"{ninths(best)}/9"
        lines.append(f"   {name + ':':10}{word} at {' and '.join(places)}")
    return "\n".join(lines)


def _tabulate_features(stages: Stages) -> str:
    """Return the features as they should be, beside those of the tutorial's code."""
    ours = stages.features.reshape(3, 8)
    theirs = stages.tutorial_features.reshape(3, 8)
    lines = [f"   {'':10}{'all three filters':28}the tutorial's own code"]
    notes = ("", "   <- diagonal", "")
    for name, right, wrong, note in zip(NAMES, ours, theirs, notes, strict=True):
        rows = ["".join(f"{ninths(value):>3}" for value in values) for values in (right, wrong)]
        lines.append(f"   {name:8}{rows[0]:28}{rows[1]}{note}")
    return "\n".join(lines)


def print_classifiers(fixed: TrainedClassifier, learned: TrainedClassifier) -> None:
    """Print how both classifiers do, and how learning changed the filters."""
    baseline = fixed.others / (fixed.others + fixed.nines)
    numbers = {"training": TRAINING, "held_out": HELD_OUT}
    text = CLASSIFIER.format(noise=NOISE, baseline=baseline, **numbers)
    print(f"\n{text}\n{_tabulate_classifiers({'fixed': fixed, 'learned': learned})}")
    print("\n   The filters before learning, in ninths:\n")
    print(_side_by_side(learned.before[:, 0], decimals=1))
    print("\n   The same filters after learning:\n")
    print(_side_by_side(learned.after[:, 0], decimals=1))
    print(
        "   left:"
        + "".join(f"{value:{25 if i else 17}.2f}" for i, value in enumerate(learned.kept))
    )
    print(f"\n{conclude(fixed, learned)}")


def _tabulate_classifiers(classifiers: dict[str, TrainedClassifier]) -> str:
    """Return a row of measurements for each classifier."""
    lines = ["   filters    accuracy   nines found   false alarms    the tutorial's nine"]
    for name, one in classifiers.items():
        found, alarms = f"{one.found} of {one.nines}", f"{one.false_alarms} of {one.others:,}"
        chance = format_probability(one.probability)
        lines.append(f"   {name:8}{one.accuracy:11.1%}{found:>14}{alarms:>15}{chance:>15} a nine")
    return "\n".join(lines)


def conclude(fixed: TrainedClassifier, learned: TrainedClassifier) -> str:
    """Say in words what learning the filters changed."""
    few, many = learned.mistakes, fixed.mistakes
    result = f"Learning the filters leaves {few} mistakes instead of {many}"
    if few == many:
        result = f"Fixed or learned, the filters lead to {many} mistakes"
    text = CONCLUSION.format(result=result, held_out=HELD_OUT)
    return textwrap.fill(text, width=79, initial_indent="   ", subsequent_indent="   ")


def format_probability(probability: float) -> str:
    """Write a probability as percent, never rounded to certainty."""
    if probability > 0.9999:
        return "> 99.99%"
    return "< 0.01%" if probability < 0.0001 else f"{probability:.2%}"


def write(
    stages: Stages, learned: TrainedClassifier, output: Path, *, animations: bool = False
) -> None:
    """Write the figures, and the animations if wanted, and say where they are."""
    from minitorchcnn.laboratory.tutorial.figures import write_animations, write_figures

    paths = write_figures(stages, learned, output)
    if animations:
        paths += write_animations(stages, output)
    print("\nFigures:")
    for path in paths:
        print(f"   {path}")
