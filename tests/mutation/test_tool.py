"""The tool itself: it plants what it should, notices what tests miss, and survives what hangs."""

import ast
import subprocess
import sys

import pytest

from minitorchcnn.ops.engine import threads
from tests.floors import ROOT
from tests.mutation import survivors
from tests.mutation.mutants import Mutant, all_mutants, mutants_of
from tests.mutation.source import Source

PLANTS = [
    ("return a + b", {"a - b", "(a)", "(b)"}),
    ("return a - b", {"a + b", "(a)", "(b)", "((b) - (a))"}),
    ("return a < b", {"a <= b", "a >= b"}),
    ("return (a) is not b", {"(a) is b"}),
    ("return a and b", {"a or b", "b", "a"}),
    (
        "return x.sum(axis=1)",
        {"x.mean(axis=1)", "(x)", "x.sum()", "x.sum(axis=2)", "x.sum(axis=(0))"},
    ),
    ("return f(a, b)", {"f(b, a)", "(a)"}),
    ("return max(a, b)", {"min(a, b)", "(a)"}),
    ("return a if b else c", {"(a)", "(c)"}),
    ("return x[a:b]", {"x[:b]", "x[a + 1:b]", "x[a:]", "x[a:b - 1]"}),
    ("return tap.inputs", {"tap.outputs"}),
    ("return -a", {"(a)"}),
    ("return True", {"False"}),
]


@pytest.mark.parametrize(("line", "expected"), PLANTS, ids=[line for line, _ in PLANTS])
def test_mistakes_planted_in_one_line(line, expected):
    text = f"def f():\n    {line}\n"
    found = {mutant.definition.splitlines()[-1].strip() for mutant in mutants_of("m.n", text)}
    assert found == {f"return {wrong}" for wrong in expected}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y += x", {"y = x", "y -= x", "pass"}),
        ("y[0] = x", {"y[1] = x", "y[(-1)] = x", "pass"}),
        ("if f:\n        return", {"if not (f):\n        return", "if f:\n        pass"}),
    ],
)
def test_mistakes_planted_in_statements(line, expected):
    text = f"def g(f, x, y):\n    {line}\n"
    found = {mutant.definition.partition("\n")[2].strip() for mutant in mutants_of("m.n", text)}
    assert found == expected


def test_types_docstrings_and_messages_are_left_alone():
    text = 'def f(a: dict[int, str]) -> tuple[int, str]:\n    """Do 1."""\n    return f"{a + 1}"\n'
    assert list(mutants_of("m.n", text)) == []


def test_every_mutant_is_a_program_of_its_own_and_has_its_own_name():
    mutants = all_mutants()
    assert len(mutants) > 1500
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    assert len({(m.module, ast.dump(ast.parse(m.definition))) for m in mutants}) == len(mutants)
    assert {mutant.module for mutant in mutants} >= {
        "minitorchcnn.ops.conv",
        "minitorchcnn.ops.loss",
    }
    assert not any(mutant.target == "TILE_BYTES" for mutant in mutants)


def test_names_show_lines_without_layout():
    source = Source("def f(a):\n    return (a  # why\n            + 1)\n")
    edit = source.replace(source.tree.body[0].body[0].value.right, "2")
    assert source.shown(edit) == "`+ 1)` → `+ 2)`"


def test_whoever_has_imported_a_function_calls_the_mutant():
    chunks = threads.chunks
    code, defaults = chunks.__code__, chunks.__defaults__
    try:
        Mutant(
            "minitorchcnn.ops.engine.threads", "chunks", "", "def chunks(a, b=7):\n    return b"
        ).install()
        assert chunks(1) == 7
    finally:
        chunks.__code__, chunks.__defaults__ = code, defaults
    assert chunks([1, 2], 1) == [[1, 2]]


TRIAL = """
import sys
from tests.mutation.mutants import Mutant
from tests.mutation.trial import run

def mutant(name, body):
    definition = f"def chunks(items, most=16):\\n    {body}"
    return Mutant("minitorchcnn.ops.engine.threads", "chunks", name, definition)

right = '''size = -(-len(items) // most)
    return [items[start : start + size] for start in range(0, len(items), size)]'''
mutants = [
    mutant("same", right),
    mutant("wrong", "return []"),
    mutant("hangs", "while True: pass"),
    mutant("hungry", "return [0] * 10**11"),
]
trial = run(mutants, sys.argv[1:], processes=2)
killed = sorted(m.name for m in trial.killers)
print(trial.problem, sorted(m.name for m in trial.survivors), killed, trial.hung)
"""


def trial_of(tmp_path, test):
    path = tmp_path / "test_planted.py"
    path.write_text(test, encoding="utf-8")
    command = [sys.executable, "-c", TRIAL, "-c", str(ROOT / "pyproject.toml"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be split off")
def test_a_trial_kills_what_is_wrong_hangs_or_is_hungry(tmp_path):
    good = (
        "from minitorchcnn.ops.engine.threads import chunks\n\n"
        "def test_lanes():\n    assert chunks([1, 2, 3], 2) == [[1, 2], [3]]\n"
    )
    assert trial_of(tmp_path, good) == "['same'] ['hangs', 'hungry', 'wrong'] 1"
    blind = good.replace("== [[1, 2], [3]]", "is not None")
    assert trial_of(tmp_path, blind) == "['same', 'wrong'] ['hangs', 'hungry'] 1"
    broken = good.replace("==", "!=")
    assert "test_lanes fails without any mutant" in trial_of(tmp_path, broken)


def test_survivors_keep_their_arguments_until_they_are_gone(tmp_path):
    book = tmp_path / "book.md"
    arguments = {"Equivalent: so it is": ["a: `x` → `y`", "gone"], "Not argued": ["old"]}
    survivors.write("2 of 3 mutants killed.", arguments, book)
    assert survivors.read(book) == arguments
    again = survivors.sort_out(["a: `x` → `y`", "new"], survivors.read(book))
    assert again == {"Equivalent: so it is": ["a: `x` → `y`"], "Not argued": ["new"]}


def test_every_listed_survivor_has_an_argument():
    book = survivors.read()
    assert book
    assert survivors.NOT_ARGUED not in book
