"""Runs mutants from the shell: all of them, or a share drawn by a seed."""

import argparse
import os
import random
import sys
import time
from collections import Counter

# Before NumPy is loaded: mutants run side by side, and threads do not survive being split off.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from tests.floors import ROOT  # noqa: E402
from tests.mutation import survivors  # noqa: E402
from tests.mutation.mutants import Mutant, all_mutants  # noqa: E402
from tests.mutation.trial import Trial, run  # noqa: E402

#: The tests that judge: those of the operations, and of what is computed through them.
TESTS = [
    "tests/ops",
    "tests/layers",
    "tests/model/test_fusion.py",
    "tests/regressions",
    "tests/test_bad_input.py::test_slip_is_explained",
]


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants asked for; return 0 if every survivor has its argument."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--share", type=int, help="only so many, without those in SURVIVORS.md")
    parser.add_argument("--seed", type=int, default=0, help="which share")
    parser.add_argument("--only", default="", help="only those whose name begins so")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)

    book = survivors.read()
    chosen = [mutant for mutant in all_mutants() if mutant.name.startswith(options.only)]
    if options.share is not None:
        chosen = share(chosen, book, options.share, options.seed)
    start = time.perf_counter()
    os.chdir(ROOT)
    trial = run(chosen, TESTS, options.processes, _progress(len(chosen)))
    if trial.problem:
        print(f"no trial: {trial.problem}", file=sys.stderr)
        return 2
    found = [mutant.name for mutant in chosen if mutant in set(trial.survivors)]
    sorted_out = survivors.sort_out(found, book)
    print(_table(trial))
    summary = f"{len(trial.killers)} of {len(chosen)} mutants killed, {trial.hung} of them hung."
    print(f"{summary} ({time.perf_counter() - start:.0f} s)")
    if options.share is None and not options.only:
        survivors.write(summary, sorted_out)
        print(f"Survivors: {survivors.BOOK.relative_to(ROOT)}")
    not_argued = sorted_out.get(survivors.NOT_ARGUED, [])
    for name in not_argued:
        print(f"survives without an argument: {name}")
    return 1 if not_argued else 0


def share(mutants: list[Mutant], book: survivors.Arguments, count: int, seed: int) -> list[Mutant]:
    """Draw mutants that have to be killed, in the order of their places."""
    argued = {name for names in book.values() for name in names}
    killable = [mutant for mutant in mutants if mutant.name not in argued]
    drawn = random.Random(seed).sample(range(len(killable)), min(count, len(killable)))
    return [killable[index] for index in sorted(drawn)]


def _progress(count: int):
    """Return what shows how far the trial is, on a terminal only."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {count}", end="\n" if done == count else "", file=sys.stderr)

    return show


def _table(trial: Trial) -> str:
    """List killed and all mutants of each file."""
    killed = Counter(mutant.module for mutant in trial.killers)
    made = killed + Counter(mutant.module for mutant in trial.survivors)
    return "\n".join(
        f"  {module.rpartition('.')[2]:14} {killed[module]:4} of {made[module]}"
        for module in sorted(made)
    )


if __name__ == "__main__":
    sys.exit(main())
