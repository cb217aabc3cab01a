"""The comparison of hand-set with learned filters: train as planned, then write the report."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn import DataError
from minitorchcnn.laboratory.compare_filters.conclusions import answer_questions, answer_robustness
from minitorchcnn.laboratory.compare_filters.corruptions import STRENGTHS, UNITS
from minitorchcnn.laboratory.compare_filters.plan import ComparisonPlan
from minitorchcnn.laboratory.compare_filters.similarity import answer_similarity, measure_similarity
from minitorchcnn.laboratory.compare_filters.study import Study, run_studies
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
from minitorchcnn.laboratory.compare_filters.variants import LEARNED_16, VARIANTS, ZEROS
from minitorchcnn.laboratory.compare_filters.zero_init import answer_starts, answer_zeros
from minitorchcnn.laboratory.image_sets import TITLES
from minitorchcnn.report.experiment_report import ExperimentReport
from minitorchcnn.report.text_table import Table
from minitorchcnn.storage.paths import make_folder

_WIDTH = 88


def compare(plan: ComparisonPlan, output: Path, jobs: int, command: str) -> list[Study]:
    """Train as planned, print tables and answers, and write the report.

    Parameters
    ----------
    output : Path
        Folder, made if missing.
    jobs : int
        Processes; the results do not depend on it.
    command : str
        What to type to run it again, for the report.

    Returns
    -------
    list of Study
        One for each data set.

    Raises
    ------
    DataError
        If a variant is missing that the report asks about.
    FormatError
        If a file is in the folder's place.
    """
    missing = [variant.name for variant in VARIANTS if variant not in plan.variants]
    if missing:
        raise DataError(
            f"the report asks about variants that are not planned: {'; '.join(missing)}. Plan "
            "them too, or call run_studies, which writes no report."
        )
    make_folder(output)  # fail now rather than after all the work
    found = run_studies(plan, jobs)
    write_report(found, plan, output, command)
    return found


def write_report(found: Sequence[Study], plan: ComparisonPlan, output: Path, command: str) -> None:
    """Print what was found, and write the report, its figures and CSV files."""
    from minitorchcnn.laboratory.compare_filters.figures import add_figures

    title, data = "Hand-set or learned filters?", fingerprint_data(found)
    page = ExperimentReport(output, title, command, plan.seeds, data)
    texts, count = [], 0
    short, rules = summarize(found), explain_method(found, plan)
    page.add_text(_list_points(short))
    page.add_heading("How to read it")
    page.add_text(_list_points(rules))
    for study in found:
        parts = report_study(study, plan.scale.zero_updates)
        texts.append("\n\n".join(map(_wrap, parts)))
        page.add_heading(TITLES[study.data])
        for part in parts:
            if isinstance(part, Table):
                page.add_table(part.columns, part.rows, part.title)
            else:
                page.add_text(part)
        count += add_figures(page, study)
    digest = page.write(list_results(found))
    text = "\n\n\n".join([_wrap(_list_points(rules)), *texts, "\n\n".join(map(_wrap, short))])
    print(f"\n{text}\n")
    (output / "report.txt").write_text(text + "\n", encoding="utf-8")
    write_curves(output / "curves.csv", found)
    write_robustness(output / "robustness.csv", found)
    print(
        f"In {output}: report.html with all of this and {count} figures, report.txt, results.csv, "
        f"curves.csv, robustness.csv.\nSHA-256 of the results without times: {digest}"
    )


def report_study(study: Study, zero_updates: int) -> list[Table | str]:
    """Return the tables and plain words of one data set, in the order of reading."""
    zeros = study.of(ZEROS)
    gradients = [norm for r in zeros for norm in (r.first_gradient, r.last_gradient)]
    similarity = measure_similarity([run.filter_history for run in study.of(LEARNED_16)])
    words = [
        *answer_questions(study.accuracies()),
        answer_zeros(
            [norm or 0.0 for norm in gradients],
            [r.filter_change for r in zeros],
            study.tests(ZEROS),
            len(zeros[0].confusion),
        ),
    ]
    units = "; ".join(f"{kind}: {UNITS[kind]}" for kind in STRENGTHS[study.data])
    return [
        tabulate_variants(study),
        tabulate_sizes(study),
        _list_points(words),
        tabulate_similarity(similarity),
        f"* {answer_similarity(similarity, '16 learned filters of each seed')}",
        tabulate_robustness(study),
        f"({units})",
        _list_points(answer_robustness(study.robustness())),
        tabulate_zeros(study.zeros, zero_updates),
        f"* {answer_starts(study.zeros)}",
    ]


def _list_points(lines: Sequence[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _wrap(part: Table | str) -> str:
    """Return a part of the report as lines for the screen; a line is a paragraph or a point."""
    if isinstance(part, Table):
        return str(part)
    return "\n".join(_wrap_line(line) for line in part.splitlines())


def _wrap_line(line: str) -> str:
    lines = textwrap.wrap(
        line.replace(" %", "\N{NO-BREAK SPACE}%"),
        _WIDTH,
        subsequent_indent="  " if line.startswith("* ") else "",
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")
