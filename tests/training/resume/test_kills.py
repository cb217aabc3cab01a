"""kill -9 at any moment: the checkpoint is the old one or the new one, and training goes on.

`make faults` kills 200 times, the everyday run some times.
"""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from minitorchcnn.training.checkpointing import read_checkpoint
from tests.floors import ROOT
from tests.training.resume.trainings import enduring, fit

KILLS = int(os.environ.get("FAULT_KILLS", "10"))
ENDLESS = 1_000_000


def start(path, epochs):
    command = [sys.executable, "-m", "tests.training.resume.killed", str(path), str(epochs)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def killed_after(path, seconds):
    """Go on with a training and kill it; return its first and last words."""
    child = start(path, ENDLESS)
    first = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    said = [first, *child.communicate()[0].splitlines(keepends=True)]
    return [line.decode().split() for line in said if line.endswith(b"\n")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills as POSIX has them")
def test_no_kill_loses_a_checkpoint(tmp_path):
    path, rng = tmp_path / "run.checkpoint", np.random.default_rng(KILLS)
    lost, writing, before = [], 0, 0
    for _ in range(KILLS):
        said = killed_after(path, rng.uniform(0, 0.1))
        word, update = said[-1][0], int(said[-1][1])
        assert int(said[0][1]) == before + 1, "it must go on where the last file stands"
        if path.exists():
            before = read_checkpoint(path)["state"]["updates"]
        writing += word == "begin"
        # before an end of an epoch is told of, its checkpoint may be there
        allowed = {update - 1, update} if word == "begin" else {update}
        if before not in allowed:
            lost.append((word, update, before))
    print(f"\n{KILLS} kills, {writing} of them while a file was written: {len(lost)} lost")
    assert lost == []
    assert before > KILLS, "it must have come somewhere"
    leftovers = len(list(tmp_path.glob(".*.tmp")))
    assert leftovers <= writing
    # and the end is that of a training that nobody killed
    epochs = before // 5 + 2
    said = start(path, epochs).communicate()[0].decode().split()
    assert said[-2:] == ["weights", fit(enduring, epochs=epochs)[0]]
