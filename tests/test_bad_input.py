"""Every slip is met by an error that says what came, what was expected and what to do."""

import ast
import traceback
from pathlib import Path

import pytest

import minitorchcnn
from minitorchcnn import MinitorchcnnError
from tests.bad_input import attribution, calls, checkpoints, options, shapes, tools, training

ROOMS = (options, shapes, calls, training, checkpoints, tools, attribution)
SLIPS = [slip for room in ROOMS for slip in room.SLIPS]
PACKAGE = Path(minitorchcnn.__file__).parent

# Rooms whose messages are tested beside them.
ELSEWHERE = ("datasets", "filters", "plots", "cli", "storage", "report", "laboratory")
ELSEWHERE += ("__init__.py", "__main__.py", "diagnostics/layers")


@pytest.mark.parametrize("slip", SLIPS, ids=[slip.what for slip in SLIPS])
def test_slip_is_explained(slip):
    with pytest.raises(slip.error, match=slip.match) as caught:
        slip.do()
    message = str(caught.value)
    assert "\n" not in message, "the command line prints one line"
    assert len(message) > 20


def test_no_two_slips_have_one_name():
    names = [slip.what for slip in SLIPS]
    assert sorted(names) == sorted(set(names))


def raising_lines():
    """Return (file, first line, last line) of every statement that raises a new error."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).as_posix().startswith(ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield path, node.lineno, node.end_lineno


def test_every_error_of_the_package_has_a_slip_that_meets_it():
    met = set()
    for slip in SLIPS:
        try:
            slip.do()
        except MinitorchcnnError as error:
            chain = [error]
            while chain[-1].__context__ is not None:
                chain.append(chain[-1].__context__)
            for link in chain:
                for frame, line in traceback.walk_tb(link.__traceback__):
                    met.add((Path(frame.f_code.co_filename), line))
    unmet = [
        f"{path.relative_to(PACKAGE)}:{first}"
        for path, first, last in raising_lines()
        if not any((path, line) in met for line in range(first, last + 1))
    ]
    assert unmet == []
