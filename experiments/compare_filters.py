"""Hand-set or learned filters: which read digits better, and from how many images on.

Run as ``minitorchcnn compare`` or ``python experiments/compare_filters.py``. One architecture
(Conv2D 3x3, ReLU, MaxPool 2, Flatten, Dense 10), seven ways to come by its filters. All arms
of a seed see the same images in the same order and, with equally many filters, start with the
same Dense layer. Each arm trains with the learning rate, of six, that is best for it on
images set aside from training parts; test images only measure.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.experiments.answers import answers, in_short, starts_answer, zeros_answer
from minitorchcnn.experiments.arms import HAND_SET, LEARNED, ZEROS
from minitorchcnn.experiments.command import Parser, finish, make_folder, natural, positive
from minitorchcnn.experiments.compare_tables import (
    arms_table,
    sizes_table,
    write_curves,
    write_runs,
    zeros_table,
)
from minitorchcnn.experiments.digit_sets import TITLES
from minitorchcnn.experiments.intervals import paired
from minitorchcnn.experiments.runs import cores
from minitorchcnn.experiments.study import FULL, QUICK, Scale, Study, studies

OUTPUT = Path("results/compare")
_WIDTH = 88
_CHOICES = {"both": tuple(TITLES), **{name: (name,) for name in TITLES}}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.
    """
    options = _parser().parse_args(argv)
    return finish(
        lambda: run(
            _CHOICES[options.data],
            QUICK if options.quick else FULL,
            range(options.seed, options.seed + options.seeds),
            options.output,
            options.jobs,
        )
    )


def run(names: Sequence[str], scale: Scale, seeds: Sequence[int], output: Path, jobs: int) -> int:
    """Compare on every named data set; print tables and answers, write figures and CSV files.

    Parameters
    ----------
    names : sequence of "synthetic" and "handwriting"
    scale : Scale
    seeds : sequence of int
    output : Path
        Folder, made if missing.
    jobs : int
        Processes; the results do not depend on it.

    Returns
    -------
    int
        0
    """
    from minitorchcnn.experiments.compare_figures import write_figures

    make_folder(output)  # fail now rather than after all the work
    found = studies(names, scale, seeds, jobs)
    text = "\n\n\n".join([*(report(study, scale) for study in found), summary(found)])
    print(f"\n{text}\n")
    (output / "report.txt").write_text(text + "\n", encoding="utf-8")
    write_runs(output / "runs.csv", found)
    write_curves(output / "curves.csv", found)
    count = sum(len(write_figures(study, output)) for study in found)
    print(f"In {output}: {count} figures, runs.csv, curves.csv and this text as report.txt.")
    return 0


def report(study: Study, scale: Scale) -> str:
    """Return the tables and plain words of one data set."""
    zeros = study.of(ZEROS)
    gradients = [norm for r in zeros for norm in (r.first_gradient, r.last_gradient)]
    paragraphs = [
        *answers(study.accuracies()),
        zeros_answer(
            [norm or 0.0 for norm in gradients],
            [r.filter_change for r in zeros],
            [r.test_accuracy for r in zeros],
        ),
    ]
    return "\n\n".join(
        [
            arms_table(study),
            sizes_table(study),
            "\n".join(_filled(paragraph, "* ") for paragraph in paragraphs),
            zeros_table(study.zeros, scale.zero_updates),
            _filled(starts_answer(study.zeros), "* "),
        ]
    )


def summary(found: Sequence[Study]) -> str:
    """Return the main answer, over all data sets, in one paragraph."""
    differences = {
        TITLES[study.data].split(",")[0].lower(): paired(
            [r.test_accuracy for r in study.of(LEARNED)],
            [r.test_accuracy for r in study.of(HAND_SET)],
        )
        for study in found
    }
    return _filled(in_short(differences), "")


def _filled(text: str, bullet: str) -> str:
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        _WIDTH,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _parser() -> Parser:
    parser = Parser(
        prog="minitorchcnn compare",
        description=(
            "Compare hand-set with learned filters at equal architecture, on synthetic digits and "
            "on real handwriting: frozen, trained, random, all zeros, and more of them."
        ),
        examples="  minitorchcnn compare --quick\n"
        "  minitorchcnn compare --data handwriting --seeds 20 --output results/long",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images and epochs: about a minute")
    add("--data", choices=tuple(_CHOICES), default="both", help="which digits")
    add("--seeds", metavar="N", type=positive, default=5, help="how many seeds")
    add("--seed", metavar="N", type=natural, default=0, help="the first seed")
    add("--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for what is written")
    add("--jobs", metavar="N", type=positive, default=cores(), help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
