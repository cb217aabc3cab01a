"""Runs tests against mutants: each in a process of its own, split off when all is imported.

Splitting off (fork) costs milliseconds where a new interpreter would cost a second. A mutant
only meets the tests that call its function in a first run of all of them; the test that killed
the last mutant of a function comes first for the next. Whatever hangs, crashes or fills the memory
counts as killed.
"""

import gc
import mmap
import os
import resource
import signal
import struct
import time
from typing import Any

import pytest

from tests.mutation.calls import noted_calls
from tests.mutation.mutants import Mutant

PATIENCE = 20  # times as long as a test took without a mutant,
SECONDS = 2.0  # and this much longer
MEMORY = 6 * 1024**3
SURVIVED, KILLED = 0, 1


class Trial:
    """A pytest plugin that runs the collected tests against mutants.

    Attributes
    ----------
    killers : dict of Mutant to str
        The test in which each killed mutant fell.
    survivors : list of Mutant
    hung : int
        How many of the killed ran out of time or memory, or crashed.
    problem : str
        Why there was no trial at all: a test that fails without any mutant.
    """

    def __init__(self, mutants: list[Mutant], processes: int, progress: Any = None) -> None:
        self.mutants = mutants
        self.processes = processes
        self.progress = progress or (lambda done: None)
        self.killers: dict[Mutant, str] = {}
        self.survivors: list[Mutant] = []
        self.hung = 0
        self.problem = ""
        self._failed = False
        self._durations: list[float] = []
        self._tests: dict[tuple[str, str], list[int]] = {}
        self._running: dict[int, tuple[Mutant, int]] = {}
        self._slots = mmap.mmap(-1, 4 * processes)  # the test that each process is at

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problem = f"{report.nodeid} cannot be collected: {report.longreprtext}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self.problem:
            self._first_run(session.items)
        if not self.problem:
            self._control(session.items)
        if not self.problem:
            gc.collect()
            gc.freeze()
            for mutant in self.mutants:
                self._start(mutant, session.items)
            while self._running:
                self._finish(session.items)
        return True

    def _first_run(self, items: list[pytest.Item]) -> None:
        """Run all tests as they are, and note which functions each of them calls."""
        called: dict[tuple[str, str], list[int]] = {}
        with noted_calls({mutant.module for mutant in self.mutants}) as calls:
            for index, item in enumerate(items):
                calls.clear()
                start = time.perf_counter()
                if self._fails(item):
                    self.problem = f"{item.nodeid} fails without any mutant"
                    return
                self._durations.append(time.perf_counter() - start)
                for function in calls | {(module, "") for module, _ in calls}:
                    called.setdefault(function, []).append(index)
        for function, found in called.items():
            self._tests[function] = sorted(found, key=self._durations.__getitem__)

    def _control(self, items: list[pytest.Item]) -> None:
        """See that the tests pass in a process split off, too: else every mutant would fall."""
        nothing = Mutant("minitorchcnn.ops", "", "no change at all", "")
        self._tests["minitorchcnn.ops", ""] = list(range(len(items)))
        self._start(nothing, items)
        self._finish(items)
        if nothing in self.killers:
            self.problem = f"{self.killers[nothing]} fails where only the process is another"
        else:
            self.survivors.remove(nothing)

    def _tests_for(self, mutant: Mutant) -> list[int]:
        """List the tests to run; those that call anything of the module, for a constant."""
        default = self._tests.get((mutant.module, ""), []) if mutant.target.isupper() else []
        return self._tests.setdefault((mutant.module, mutant.target), default)

    def _fails(self, item: pytest.Item) -> bool:
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self._failed

    def _start(self, mutant: Mutant, items: list[pytest.Item]) -> None:
        if len(self._running) == self.processes:
            self._finish(items)
        slot = min(set(range(self.processes)) - {slot for _, slot in self._running.values()})
        process = os.fork()
        if process == 0:
            self._be_killed_or_survive(mutant, slot, items)
        self._running[process] = mutant, slot

    def _be_killed_or_survive(self, mutant: Mutant, slot: int, items: list[pytest.Item]) -> None:
        """Run the tests in the process that was split off; never returns."""
        verdict = KILLED
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            mutant.install()
            for index in self._tests_for(mutant):
                struct.pack_into("i", self._slots, 4 * slot, index)
                signal.setitimer(signal.ITIMER_REAL, SECONDS + PATIENCE * self._durations[index])
                if self._fails(items[index]):
                    break
            else:
                verdict = SURVIVED
        finally:
            os._exit(verdict)

    def _finish(self, items: list[pytest.Item]) -> None:
        """Wait for any process, and take down what became of its mutant."""
        process, status = os.wait()
        mutant, slot = self._running.pop(process)
        if status == SURVIVED:
            self.survivors.append(mutant)
        else:
            (index,) = struct.unpack_from("i", self._slots, 4 * slot)
            self.killers[mutant] = items[index].nodeid
            self.hung += os.WIFSIGNALED(status)
            tests = self._tests_for(mutant)
            tests.remove(index)
            tests.insert(0, index)
        self.progress(len(self.killers) + len(self.survivors))


def run(mutants: list[Mutant], tests: list[str], processes: int, progress: Any = None) -> Trial:
    """Run `tests` (paths) against the mutants, several at a time."""
    trial = Trial(mutants, processes, progress)
    quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-s"]
    pytest.main([*quiet, "-m", "not torch", *tests], plugins=[trial])
    if not trial.problem and len(trial.killers) + len(trial.survivors) < len(mutants):
        trial.problem = "pytest ended before the trial did"
    return trial
