"""Runs the fuzzer from the shell: all hundred thousand files, or fewer."""

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded: files are read side by side

from tests.fuzz.cases import run  # noqa: E402
from tests.fuzz.readers import LIMIT, READERS  # noqa: E402

CHUNK = 500


def main(arguments: list[str] | None = None) -> int:
    """Read spoiled files; return 0 if every one was refused in good order, or could be read."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", default="", help="readers whose name begins so")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    outcomes, seconds, growth = defaultdict(Counter), Counter(), Counter()
    faults = []
    jobs = list(chunks(options.files, options.first, options.only))
    # fresh processes: a crash ends one of them, and breaks the pool loudly
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        waiting = [pool.submit(run, *job) for job in jobs]
        for done, future in enumerate(as_completed(waiting), 1):
            name, counted, found, grown, took = future.result()
            outcomes[name] += counted
            faults += found
            seconds[name] += took
            growth[name] = max(growth[name], grown)
            if done % 20 == 0 or found:
                print(f"{done} of {len(jobs)} parts, {len(faults)} faults", flush=True)
    report(outcomes, seconds, growth)
    print(*faults, sep="\n")
    total = sum(sum(counted.values()) for counted in outcomes.values())
    print(f"{total:,} files, {len(faults)} faults, {time.perf_counter() - began:.0f} seconds")
    return bool(faults)


def chunks(files: int, first: int, only: str):
    """Yield (reader, first case, count), so that each reader gets its share."""
    for name, reader in READERS.items():
        if not name.startswith(only):
            continue
        count = -(-files * reader.share // 100)
        for start in range(0, count, CHUNK):
            yield name, first + start, min(CHUNK, count - start)


def report(outcomes, seconds, growth) -> None:
    """Print a row for each reader."""
    print(f"{'reader':<20}{'files':>8}{'refused':>9}{'read':>7}{'faults':>8}{'ms':>7}{'MiB':>6}")
    for name in READERS:
        if name in outcomes:
            counted = outcomes[name]
            total = sum(counted.values())
            print(
                f"{name:<20}{total:>8}{counted['refused']:>9}"
                f"{counted['read'] + counted['as it was']:>7}{counted['FAULT']:>8}"
                f"{1000 * seconds[name] / total:>7.2f}{growth[name] / 2**20:>6.0f}"
            )
    print(f"memory: the most that one part took beyond the libraries; limit {LIMIT >> 20} MiB")


if __name__ == "__main__":
    sys.exit(main())
