"""A file is replaced as a whole or not at all, and the error says why and what to do."""

import errno
import os
import stat
import subprocess
import sys
import time

import pytest

from minitorchcnn import FormatError
from minitorchcnn.storage import atomic as module
from minitorchcnn.storage.atomic import replace_file

OLD, NEW = b"old" * 1000, b"new" * 100_000


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    return path


def only_the_old_one(path):
    return path.read_bytes() == OLD and os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("name", ["plain", "with some spaces", "Züge 数字 é", "a" * 255])
def test_any_name(tmp_path, name):
    replace_file(str(tmp_path / name), OLD)
    replace_file(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW
    assert os.listdir(tmp_path) == [name]


def test_folder_with_spaces_and_other_letters(tmp_path):
    folder = tmp_path / "Meine Modelle" / "große Ziffern"
    folder.mkdir(parents=True)
    replace_file(folder / "x", NEW)
    assert (folder / "x").read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_permissions_stay(path, mode):
    path.chmod(mode)
    replace_file(path, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_permissions_of_a_new_file_are_those_of_any_new_file(tmp_path):
    (tmp_path / "ordinary").write_bytes(NEW)
    replace_file(tmp_path / "ours", NEW)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_link_is_followed(path):
    link = path.with_name("link")
    link.symlink_to(path)
    replace_file(link, NEW)
    assert link.is_symlink()
    assert path.read_bytes() == NEW


FULL = """
import resource, sys
from minitorchcnn import FormatError
from minitorchcnn.storage.atomic import replace_file
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    replace_file(sys.argv[1], b"new" * 100_000)
except FormatError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_no_more_room(path):
    """The system itself stops the write in the middle, at 50,000 bytes."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    assert "cannot write" in run.stdout, run.stderr
    assert "allow no file of that size. What lay there before is as it was." in run.stdout
    assert only_the_old_one(path)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "No space left on device: free some space"),
        (errno.EDQUOT, "free some space or choose another disk"),
        (errno.EIO, "choose another path"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_disk_fails_at_the_last_moment(path, monkeypatch, call, code, advice):
    def fail(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module.os, call, fail)
    with pytest.raises(FormatError, match=rf"cannot write .*file\.bin: .*{advice}.* as it was"):
        replace_file(path, NEW)
    assert only_the_old_one(path)


def test_interrupt_leaves_no_half_file(path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, NEW)
    assert only_the_old_one(path)


def test_data_is_on_the_disk_before_the_name_changes(path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def remembered_fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def remembered_replace(source, target):
        calls.append(f"replace, {os.path.getsize(source)} bytes")
        replace(source, target)

    monkeypatch.setattr(module.os, "fsync", remembered_fsync)
    monkeypatch.setattr(module.os, "replace", remembered_replace)
    replace_file(path, NEW)
    assert calls == ["file", "replace, 300000 bytes", "folder"]


def test_system_that_cannot_sync_folders(path, monkeypatch):
    fsync = os.fsync

    def picky(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(module.os, "fsync", picky)
    replace_file(path, NEW)
    assert path.read_bytes() == NEW


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere"
)
def test_folder_one_may_not_write_in(path):
    path.parent.chmod(0o500)
    try:
        with pytest.raises(FormatError, match=r"Permission denied: choose a folder that you may"):
            replace_file(path, NEW)
        assert only_the_old_one(path)
    finally:
        path.parent.chmod(0o700)


def test_no_permission_as_the_system_tells_it(path, monkeypatch):
    """The superuser of a container never meets it; so the refusal is acted."""

    def refuse(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(module, "open", refuse, raising=False)
    with pytest.raises(FormatError, match=r"Permission denied: choose a folder that you may"):
        replace_file(path, NEW)
    assert only_the_old_one(path)


def test_folder_in_the_way(tmp_path):
    (tmp_path / "model" / "inside").mkdir(parents=True)
    with pytest.raises(FormatError, match=r"Is a directory: a folder lies there; choose another"):
        replace_file(tmp_path / "model", NEW)
    assert os.listdir(tmp_path) == ["model"]
    assert os.listdir(tmp_path / "model") == ["inside"]


def test_no_such_folder_and_a_file_for_a_folder(path):
    with pytest.raises(FormatError, match=r"No such file or directory: make the folder first"):
        replace_file(path.with_name("missing") / "x", NEW)
    with pytest.raises(FormatError, match=r"Not a directory: a file lies where a folder should"):
        replace_file(path / "x", NEW)
    assert only_the_old_one(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_devices_and_pipes_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match=r"no ordinary file: choose another path"):
        replace_file(tmp_path / "pipe", NEW)
    with pytest.raises(FormatError, match=r"no ordinary file"):
        replace_file("/dev/null", NEW)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("path", [None, 3, "a\0b", "a" * 300])
def test_what_is_no_path(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match=r"cannot write .*; choose another path|shorter name"):
        replace_file(path, NEW)
    assert os.listdir(tmp_path) == []


def test_old_leftovers_of_killed_processes_go(path):
    old, young = (path.with_name(f".minitorchcnn-{age}.tmp") for age in ("old", "young"))
    for leftover in (old, young):
        leftover.write_bytes(b"half")
    hours_ago = time.time() - 2 * 3600
    os.utime(old, (hours_ago, hours_ago))
    replace_file(path, NEW)
    assert sorted(os.listdir(path.parent)) == [young.name, path.name]
