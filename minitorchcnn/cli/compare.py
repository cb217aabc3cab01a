"""Hand-set or learned filters: which serve better, for what, and from how many images on.

Run as ``minitorchcnn compare`` or ``python experiments/compare_filters.py``. One architecture
(Conv2D 3x3, ReLU, MaxPool 2, Flatten, Dense), ten ways to come by its filters, four data sets.
All variants of a seed see the same images in the same order and, with equally many filters,
start with the same Dense layer. Each variant trains with the learning rate, of six, that is best
for it on images set aside from training parts; test images only measure.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, finish, natural, positive
from minitorchcnn.laboratory.compare_filters.conclusions import answer_questions, answer_robustness
from minitorchcnn.laboratory.compare_filters.corruptions import STRENGTHS, UNITS
from minitorchcnn.laboratory.compare_filters.similarity import answer_similarity, measure_similarity
from minitorchcnn.laboratory.compare_filters.study import (
    FULL,
    QUICK,
    Study,
    StudyScale,
    run_studies,
)
from minitorchcnn.laboratory.compare_filters.summary import explain_method, summarize
from minitorchcnn.laboratory.compare_filters.tables import (
    fingerprint_data,
    list_results,
    tabulate_robustness,
    tabulate_similarity,
    tabulate_sizes,
    tabulate_variants,
    tabulate_zeros,
    write_curves,
    write_robustness,
)
from minitorchcnn.laboratory.compare_filters.variants import LEARNED_16, ZEROS
from minitorchcnn.laboratory.compare_filters.zero_init import answer_starts, answer_zeros
from minitorchcnn.laboratory.image_sets import DIGITS, TITLES
from minitorchcnn.report.experiment_report import ExperimentReport
from minitorchcnn.report.text_table import Table
from minitorchcnn.storage.paths import make_folder
from minitorchcnn.validation import available_cores

OUTPUT = Path("results/compare")
_WIDTH = 88
_CHOICES = {
    "all": tuple(TITLES),
    "both": tuple(DIGITS),
    **{name: (name,) for name in TITLES},
}
_FEW, _MANY = 4, 10  # seeds of a quick and of a full comparison


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.
    """
    options = _parser().parse_args(argv)
    count = options.seeds or (_FEW if options.quick else _MANY)
    return finish(
        lambda: run(
            _CHOICES[options.data or ("both" if options.quick else "all")],
            QUICK if options.quick else FULL,
            range(options.seed, options.seed + count),
            options.output,
            options.jobs,
        )
    )


def run(
    names: Sequence[str], scale: StudyScale, seeds: Sequence[int], output: Path, jobs: int
) -> int:
    """Compare on every named data set; print tables and answers, write an experiment card.

    Parameters
    ----------
    names : sequence of str
        Of `image_sets.TITLES`.
    scale : StudyScale
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
    make_folder(output)  # fail now rather than after all the work
    return write(run_studies(names, scale, seeds, jobs), scale, output)


def write(found: Sequence[Study], scale: StudyScale, output: Path) -> int:
    """Print what was found, and write card, figures and CSV files; return 0."""
    from minitorchcnn.laboratory.compare_filters.figures import add_figures

    seeds = sorted({result.plan.seed for study in found for result in study.results})
    card = ExperimentReport(
        output,
        "Hand-set or learned filters?",
        _command(found, scale, seeds),
        seeds,
        fingerprint_data(found),
    )
    pages, count = [], 0
    short, rules = summarize(found), explain_method(found, scale)
    card.add_text(_points(short))
    card.add_heading("How to read it")
    card.add_text(_points(rules))
    for study in found:
        parts = report(study, scale)
        pages.append("\n\n".join(map(_page, parts)))
        card.add_heading(TITLES[study.data])
        for part in parts:
            if isinstance(part, Table):
                card.add_table(part.columns, part.rows, part.title)
            else:
                card.add_text(part)
        count += add_figures(card, study)
    digest = card.write(list_results(found))
    text = "\n\n\n".join([_page(_points(rules)), *pages, "\n\n".join(map(_page, short))])
    print(f"\n{text}\n")
    (output / "report.txt").write_text(text + "\n", encoding="utf-8")
    write_curves(output / "curves.csv", found)
    write_robustness(output / "robustness.csv", found)
    print(
        f"In {output}: report.html with all of this and {count} figures, report.txt, results.csv, "
        f"curves.csv, robustness.csv.\nSHA-256 of the results without times: {digest}"
    )
    return 0


def report(study: Study, scale: StudyScale) -> list[Table | str]:
    """Return the tables and plain words of one data set, in the order of reading."""
    zeros = study.of(ZEROS)
    gradients = [norm for r in zeros for norm in (r.first_gradient, r.last_gradient)]
    resembled = measure_similarity([run.filter_history for run in study.of(LEARNED_16)])
    words = [
        *answer_questions(study.accuracies()),
        answer_zeros(
            [norm or 0.0 for norm in gradients],
            [r.filter_change for r in zeros],
            [r.test_accuracy for r in zeros],
            len(zeros[0].confusion),
        ),
    ]
    units = "; ".join(f"{kind}: {UNITS[kind]}" for kind in STRENGTHS[study.data])
    return [
        tabulate_variants(study),
        tabulate_sizes(study),
        _points(words),
        tabulate_similarity(resembled),
        f"* {answer_similarity(resembled, '16 learned filters of each seed')}",
        tabulate_robustness(study),
        f"({units})",
        _points(answer_robustness(study.robustness())),
        tabulate_zeros(study.zeros, scale.zero_updates),
        f"* {answer_starts(study.zeros)}",
    ]


def _command(found: Sequence[Study], scale: StudyScale, seeds: Sequence[int]) -> str:
    names = tuple(study.data for study in found)
    chosen = next((word for word, data in _CHOICES.items() if data == names), " and ".join(names))
    quick = " --quick" if scale == QUICK else ""
    return f"minitorchcnn compare{quick} --data {chosen} --seeds {len(seeds)} --seed {seeds[0]}"


def _points(lines: Sequence[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _page(part: Table | str) -> str:
    """Return a part of the report as lines for the screen; a line is a paragraph or a point."""
    if isinstance(part, Table):
        return str(part)
    return "\n".join(_filled(line) for line in part.splitlines())


def _filled(line: str) -> str:
    lines = textwrap.wrap(
        line.replace(" %", "\N{NO-BREAK SPACE}%"),
        _WIDTH,
        subsequent_indent="  " if line.startswith("* ") else "",
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _parser() -> Parser:
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
    add(
        "--data",
        metavar="SET",
        choices=tuple(_CHOICES),
        help=f"which images: {', '.join(_CHOICES)} (default: all, with --quick both)",
    )
    seeds = f"how many seeds (default: {_MANY}, with --quick {_FEW})"
    add("--seeds", metavar="N", type=positive, help=seeds)
    add("--seed", metavar="N", type=natural, default=0, help="the first seed")
    add("--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for what is written")
    add("--jobs", metavar="N", type=positive, default=available_cores(), help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
