"""A full disk, a missing folder, a folder in the way: a clear error, and the old file as it was."""

import errno
import os
import subprocess
import sys

import pytest

from minitorchcnn import Callback, Checkpoint, CSVLog, FormatError, History
from minitorchcnn.training.checkpointing import read_checkpoint
from tests.floors import ROOT
from tests.training.resume.trainings import fit, plain


class FullFrom(Callback):
    """From some update on, no file reaches the disk."""

    def __init__(self, update, monkeypatch, code=errno.ENOSPC):
        self.update, self.monkeypatch, self.code = update, monkeypatch, code

    def on_step_end(self, trainer, x, targets, loss):
        if trainer.run.updates == self.update:
            self.monkeypatch.setattr(os, "fsync", self.fail)

    def fail(self, file):
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "No space left on device: free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EACCES, "Permission denied: choose a folder that you may write in"),
        (errno.EIO, "choose another path"),
    ],
)
def test_disk_that_fills_up_keeps_the_old_checkpoint(code, advice, tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    with monkeypatch.context() as patch, pytest.raises(FormatError, match=advice):
        fit(plain, more=[FullFrom(8, patch, code), Checkpoint(path, every=1)])
    assert read_checkpoint(path)["state"]["updates"] == 7
    assert os.listdir(tmp_path) == ["run.checkpoint"], "nothing half written is left"
    assert fit(plain, resume=path)[0] == fit(plain)[0]


LIMITED = """
import resource, sys
from minitorchcnn import Checkpoint, FormatError
from tests.training.resume.trainings import fit, plain
fit(plain, epochs=1, more=[Checkpoint(sys.argv[1])])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    fit(plain, epochs=2, more=[Checkpoint(sys.argv[1])], resume=sys.argv[1])
except FormatError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits as POSIX has them")
def test_a_limit_on_the_size_of_files_keeps_the_old_checkpoint(tmp_path):
    path = tmp_path / "run.checkpoint"
    command = [sys.executable, "-c", LIMITED, str(path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "cannot write" in told.stdout
    assert "File too large: the disk or your limits allow no file of that size" in told.stdout
    assert read_checkpoint(path)["state"]["updates"] == 5
    assert os.listdir(tmp_path) == ["run.checkpoint"]


def test_folders_in_the_way_and_missing_ones_show_before_training(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    for place, match in [
        ("folder", "Is a directory: a folder lies there; choose another name"),
        ("missing/run", "No such file or directory: make the folder first"),
        ("file/run", "Not a directory: a file lies where a folder should be"),
    ]:
        for callback in (Checkpoint(tmp_path / place), CSVLog(tmp_path / place)):
            steps = FullFrom(0, None)
            with pytest.raises(FormatError, match=match):
                fit(plain, more=[steps, callback])
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"


def test_folder_that_may_not_be_written_in_shows_before_training(tmp_path, monkeypatch):
    """Root may write anywhere, so the system's answer is put in its mouth."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(FormatError, match="Permission denied: choose a folder that you may write"):
        fit(plain, more=[Checkpoint(tmp_path / "run")])


@pytest.mark.parametrize("name", ["with spaces", "Größe 数字 🖊", "-run", "a" * 200])
def test_any_name_will_do(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    path = folder / f"{name}.checkpoint"
    untouched, _, _ = fit(plain, epochs=2)
    fit(plain, epochs=1, more=[Checkpoint(str(path)), CSVLog(str(folder / "log ü.csv"))])
    assert fit(plain, epochs=2, resume=str(path))[0] == untouched


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
def test_log_on_a_full_disk_says_so():
    with pytest.raises(FormatError, match=r"cannot write /dev/full: No space left .* free some"):
        fit(plain, more=[CSVLog("/dev/full", append=True)])


def test_history_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    history, path = fit(plain)[1], tmp_path / "history.csv"
    with pytest.raises(FormatError, match=r"cannot write .*: make the folder first"):
        history.to_csv(tmp_path / "missing" / "history.csv")
    with pytest.raises(FormatError, match="a folder lies there"):
        history.to_csv(tmp_path)
    History().to_csv(path)
    monkeypatch.setattr(os, "fsync", FullFrom(0, None).fail)
    with pytest.raises(FormatError, match="free some space"):
        history.to_csv(path)
    assert path.read_text().split() == ["epoch"]
