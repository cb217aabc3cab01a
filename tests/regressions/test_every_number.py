"""The list is complete only if every number has its check and its planted copy."""

import re
from pathlib import Path

import pytest

NUMBERS = range(1, 18)
TESTS = re.findall(
    r"^def test_(\d\d)_(\w+)",
    "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")),
    flags=re.MULTILINE,
)


@pytest.mark.parametrize("number", NUMBERS)
def test_defect_has_a_check_and_a_planted_copy(number):
    names = [name for digits, name in TESTS if int(digits) == number]
    planted = [name for name in names if name.startswith("planted")]
    assert planted, f"no copy of defect {number} is planted"
    assert len(planted) < len(names), f"nothing of ours is checked for defect {number}"
