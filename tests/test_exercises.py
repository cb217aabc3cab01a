"""What is handed out to learners: kindly refused blanks, solutions that pass, a true guide."""

import ast
import re

import pytest

from minitorchcnn import check_layer
from minitorchcnn.cli import main
from minitorchcnn.cli.check import load
from tests.floors import ROOT

FOLDER = ROOT / "exercises"
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")

LIKE = {
    "relu": "ReLU",
    "flatten": "Flatten",
    "dense": "Dense",
    "avg_pool": "AvgPool",
    "max_pool": "MaxPool",
    "conv2d": "Conv2D",
}
each = pytest.mark.parametrize(("name", "like"), LIKE.items())


def test_every_exercise_has_a_solution_and_a_line_in_the_guide():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(LIKE)
    assert {path.stem for path in (FOLDER / "solutions").glob("*.py")} == set(LIKE)
    assert re.findall(r"^\| \d \| `(\w+)\.py` \|", GUIDE, re.MULTILINE) == list(LIKE)


@each
def test_solution_passes(name, like):
    report = check_layer(load(f"{FOLDER}/solutions/{name}.py"), like)
    assert report.passed, str(report)
    assert report.cases >= 8


def test_solutions_offer_the_options_that_matter():
    offered = {name: check_layer(load(f"{FOLDER}/solutions/{name}.py"), like)
               for name, like in LIKE.items()}  # fmt: skip
    assert {row for row in offered["conv2d"].not_offered if "stride (" in row} == set()
    assert "padding, all pixels negative" not in offered["max_pool"].not_offered
    assert "equal pixels, windows overlap" not in offered["avg_pool"].not_offered


@each
def test_blank_is_refused_kindly(name, like):
    report = check_layer(load(f"{FOLDER}/{name}.py"), like)
    assert [finding.kind for finding in report.findings] == ["not written"]
    assert str(report).endswith("not finished: forward is not written yet.")
    assert "Traceback" not in str(report)


@each
def test_blank_has_the_constructor_of_its_solution(name, like):
    blank, solution = (
        ast.parse((FOLDER / folder / f"{name}.py").read_text(encoding="utf-8"))
        for folder in ("", "solutions")
    )
    assert constructors(blank) == constructors(solution)


def constructors(tree):
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in ("__init__", "pair")
    ]


@each
def test_blank_says_how_to_check_it(name, like):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert f"minitorchcnn check exercises/{name}.py\n" in text


def test_the_guide_shows_what_is_printed(tmp_path, capsys):
    right = (FOLDER / "solutions" / "relu.py").read_text(encoding="utf-8")
    path = tmp_path / "relu.py"
    path.write_text(right, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] in shown()
    path.write_text(right.replace("self.x > 0", "self.x >= 0"), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    printed = capsys.readouterr().out
    report = next(block for block in shown() if block.startswith("1. "))
    assert report in printed
    path.write_text((FOLDER / "relu.py").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] in shown()


def shown():
    return [block.strip() for block in re.findall(r"^```\n(.*?)^```$", GUIDE, re.M | re.S)]
