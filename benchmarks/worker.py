"""The process of one contestant: it waits for its turn, works for a moment, and tells the times.

Started by `benchmarks.turns` with the name of the contestant and a number of cores; every line it
reads is one request in JSON, every line it writes one answer.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from benchmarks.contestants import CONTESTANTS, Calls
from benchmarks.workloads import Workload

#: Seconds of a call from which on only the very first is left out.
LONG = 0.5


def burst(call: Callable[[], Any], seconds: float) -> list[float]:
    """Return the seconds of each call, made again and again for `seconds`, at least once."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return times


def resident() -> dict[str, int]:
    """Return the resident memory of this process in bytes: now, and at its largest."""
    with open("/proc/self/status", encoding="ascii") as status:
        kilobytes = {line.split(":")[0]: line.split()[1] for line in status if "kB" in line}
    return {"now": int(kilobytes["VmRSS"]) * 1024, "peak": int(kilobytes["VmHWM"]) * 1024}


def serve(name: str, cores: int, requests: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Answer each request {"work", "kind", "seconds"} by {"times", "before", "memory"}.

    What goes wrong is answered by {"error"}. The calls of the last workload are kept, so that
    the next turn needs no new start.
    """
    held: tuple[Any, Calls, int] | None = None
    last = 0.0
    for line in requests:
        request = json.loads(line)
        try:
            if held is None or held[0] != request["work"]:
                held = None
                before = resident()["now"]
                held = request["work"], CONTESTANTS[name](Workload(*request["work"]), cores), before
                last = 0.0
            call = getattr(held[1], request["kind"])
            if call is None:
                raise NotImplementedError(f"{name} does not {request['kind']}")
            if last < LONG:
                call()  # the first is never like the others, but long ones hardly differ
            times = burst(call, request["seconds"])
            last = min(times)
        except Exception as error:  # of a package that is not ours
            held = None
            yield {"error": f"{type(error).__name__}: {error}"}
        else:
            yield {"times": times, "before": held[2], "peak": resident()["peak"]}


def main() -> None:
    """Serve the requests on standard input."""
    warnings.simplefilter("ignore")
    name, cores = sys.argv[1], int(sys.argv[2])
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a package prints is no answer
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    for answer in serve(name, cores, sys.stdin):
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
