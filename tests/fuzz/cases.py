"""Runs one spoiled file after the other, and judges what its reader makes of it."""

import faulthandler
import resource
import signal
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from tests.fuzz.mutations import mutated
from tests.fuzz.readers import LIMIT, READERS

SECONDS = 20  # for one small file, on a busy machine


class TooSlowError(BaseException):
    """A reader that does not come back; no reader can catch this by accident."""


def spoiled(name: str, case: int, good: list[bytes]) -> tuple[bytes, bool]:
    """Return the bytes of a case, the same ones each time, and whether they were forged."""
    reader = READERS[name]
    rng = np.random.default_rng([list(READERS).index(name), case])
    data, other = (good[int(rng.integers(len(good)))] for _ in range(2))
    if reader.forge and rng.random() < reader.forged:
        return reader.forge(data, other, rng), True
    return mutated(data, other, rng), False


def judge(name: str, path: Path, data: bytes, known: dict) -> str:
    """Read a file: "refused", "read", or what is wrong with how it was read."""
    reader = READERS[name]
    path.write_bytes(data)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # users would see them
            found = reader.read(path)
    except reader.refusals as error:
        named = path.name in str(error) or reader.forged == 1
        return "refused" if named else f"the file is not named: {error!r:.200}"
    except (Exception, TooSlowError) as error:
        return f"{type(error).__name__}: {error!s:.200}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if reader.same and reader.forged < 1 and reader.same(found) not in known[name]:
        return "another content without a word"
    return "read"


def _ring(number, frame):
    raise TooSlowError(f"took longer than {SECONDS} seconds")


def run(name: str, first: int, count: int) -> tuple[str, Counter, list[str], int, float]:
    """Judge the cases first .. first + count - 1 of one reader.

    Returns
    -------
    name, outcomes, faults (the first few, with their case), growth of memory in bytes, seconds
    """
    faulthandler.enable()
    signal.signal(signal.SIGALRM, _ring)
    reader, outcomes, faults = READERS[name], Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"spoiled{reader.suffix}"
        good = reader.good(Path(folder))
        known = {name: []}
        for data in good:  # loads the libraries, too: their memory does not count
            path.write_bytes(data)
            found = reader.read(path)
            known[name] += [reader.same(found)] if reader.same else []
        before, began = _reset_peak(), time.perf_counter()
        for case in range(first, first + count):
            data, _ = spoiled(name, case, good)
            outcome = "as it was" if data in good else judge(name, path, data, known)
            usual = outcome in ("refused", "read", "as it was")
            outcomes[outcome if usual else "FAULT"] += 1
            if not usual and len(faults) < 5:
                faults.append(f"{name}, case {case}: {outcome}")
        seconds = time.perf_counter() - began
    growth = _peak() - before
    if growth >= 2 * LIMIT:
        faults.append(f"{name}, cases from {first}: took {growth / 2**20:.0f} MiB")
    return name, outcomes, faults, growth, seconds


def _status(word: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line for line in text.splitlines() if line.startswith(word)).split()[1])


def _reset_peak() -> int:
    """Forget the highest use of memory so far, where the system can; return the present one."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
