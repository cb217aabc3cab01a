"""A seeded share of the hundred thousand broken files, and a fuzzer that notices planted faults."""

from pathlib import Path

import numpy as np
import pytest

from minitorchcnn import FormatError
from tests.fuzz import cases
from tests.fuzz.__main__ import chunks
from tests.fuzz.cases import judge, run, spoiled
from tests.fuzz.mutations import MUTATIONS, mutated
from tests.fuzz.readers import READERS, Reader

pytestmark = pytest.mark.skipif(
    not hasattr(cases.signal, "setitimer"), reason="no alarm clock to find a reader that hangs"
)


@pytest.mark.parametrize("name", READERS)
def test_share(name):
    """Cases that `make fuzz` begins with; it goes on from there."""
    _, outcomes, faults, _, _ = run(name, 0, 15 * READERS[name].share)
    assert faults == []
    assert outcomes["refused"] > sum(outcomes.values()) / 3


def test_shares_are_all_there_is():
    assert sum(reader.share for reader in READERS.values()) == 100
    counts = dict.fromkeys(READERS, 0)
    for name, _, count in chunks(100_000, 0, ""):
        counts[name] += count
    assert counts == {name: 1000 * reader.share for name, reader in READERS.items()}


def test_cases_are_the_same_each_time_and_differ():
    good = [bytes(range(200)), b"x" * 300]
    made = [spoiled("JPEG", case, good) for case in range(50)]
    assert made == [spoiled("JPEG", case, good) for case in range(50)]
    assert len(set(made)) > 45


@pytest.mark.parametrize("way", MUTATIONS, ids=lambda way: way.__name__)
def test_every_way_spoils(way):
    data, rng = b"size 12, " + bytes(range(200)), np.random.default_rng(0)
    made = {bytes(way(bytearray(data), bytearray(data[::-1]), rng)) for _ in range(20)}
    assert len(made - {data}) > 3


def test_the_shortest_files():
    rng = np.random.default_rng(0)
    for _ in range(300):
        mutated(b"", b"", rng)
        mutated(b"a", b"b", rng)


class TestPlantedFaults:
    def judged(self, tmp_path, monkeypatch, read, **options):
        reader = Reader(".bin", 1, lambda folder: [b"good"], read, **options)
        monkeypatch.setitem(READERS, "planted", reader)
        monkeypatch.setattr(cases, "SECONDS", 0.2)
        return judge("planted", tmp_path / "spoiled.bin", b"bad", {"planted": [b"good"]})

    def test_clean_refusal_is_none(self, tmp_path, monkeypatch):
        def read(path):
            raise FormatError(f"{path} is broken.")

        assert self.judged(tmp_path, monkeypatch, read) == "refused"

    def test_another_error(self, tmp_path, monkeypatch):
        def read(path):
            raise KeyError("size")

        assert self.judged(tmp_path, monkeypatch, read) == "KeyError: 'size'"

    def test_refusal_that_does_not_name_the_file(self, tmp_path, monkeypatch):
        def read(path):
            raise FormatError("broken.")

        assert "not named" in self.judged(tmp_path, monkeypatch, read)

    def test_warning(self, tmp_path, monkeypatch):
        def read(path):
            import warnings

            warnings.warn("some doubt", UserWarning, stacklevel=1)

        assert self.judged(tmp_path, monkeypatch, read) == "UserWarning: some doubt"

    def test_reader_that_hangs(self, tmp_path, monkeypatch):
        def read(path):
            while True:
                pass

        assert "took longer" in self.judged(tmp_path, monkeypatch, read)

    def test_another_content(self, tmp_path, monkeypatch):
        found = self.judged(tmp_path, monkeypatch, Path.read_bytes, same=bytes)
        assert found == "another content without a word"
        read = self.judged(tmp_path, monkeypatch, lambda path: b"good", same=bytes)
        assert read == "read"

    @pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are not told")
    def test_memory(self, tmp_path, monkeypatch):
        def read(path):
            if path.read_bytes() != b"good":
                np.ones(300_000_000, np.uint8)  # more than a whole suite may free meanwhile

        reader = Reader(".bin", 1, lambda folder: [b"good"], read)
        monkeypatch.setitem(READERS, "planted", reader)
        faults = run("planted", 0, 5)[2]
        assert len(faults) == 1
        assert "MiB" in faults[0]
