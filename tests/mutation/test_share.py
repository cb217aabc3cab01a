"""A share of the mutants with every run of the tests; `make mutants` runs all of them."""

import re
import subprocess
import sys

import pytest

from tests.floors import ROOT

SHARE = 120


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be split off")
def test_every_mutant_of_a_share_is_killed(capsys):
    command = [sys.executable, "-m", "tests.mutation", "--share", str(SHARE)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    killed, all_of_them = map(int, re.search(r"(\d+) of (\d+) mutants killed", run.stdout).groups())
    assert killed == all_of_them == SHARE
    with capsys.disabled():
        print(f"\n{killed} of {all_of_them} mutants killed (a share; all by make mutants)")
