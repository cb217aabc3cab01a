"""Turns, processes and medians; nothing here looks at how long anything takes."""

import json

import pytest

from benchmarks import worker
from benchmarks.turns import Entry, Field, summarize
from benchmarks.workloads import WORKLOADS

W1 = WORKLOADS["W1"]


def answer(*times, before=100, peak=150):
    return {"times": list(times), "before": before, "peak": peak}


def test_one_loud_turn_does_not_count():
    result = summarize([answer(1, 2, 3), answer(9, 9, 9), answer(1, 1, 5)])
    assert result.seconds == 2
    assert result.error == ""


def test_memory_grows_from_what_was_there_before():
    result = summarize([answer(1, before=100, peak=150), answer(1, before=100, peak=180)])
    assert (result.grown, result.peak) == (80, 180)


def test_an_error_is_told_and_gives_no_time():
    result = summarize([answer(1), {"error": "MemoryError: "}])
    assert result == (None, None, None, "MemoryError: ")


def test_a_burst_calls_at_least_once():
    calls = []
    assert len(worker.burst(lambda: calls.append(1), 0.0)) == len(calls) == 1


def request(work=W1, kind="train"):
    return json.dumps({"work": work, "kind": kind, "seconds": 0.0})


def test_worker_answers_each_request_and_survives_errors():
    requests = [
        request(),
        request(kind="predict"),
        request(kind="dance"),
        request(W1._replace(layers=(("conv", 8, 99, 0),))),
        request(),
    ]
    answers = list(worker.serve("minitorchcnn", 1, requests))
    assert [sorted(a) for a in answers[:2]] == [["before", "peak", "times"]] * 2
    assert "dance" in answers[2]["error"]
    assert answers[3]["error"].startswith("ShapeError: layer 0")
    assert answers[4]["times"]


def test_what_a_package_cannot_do_is_said():
    pytest.importorskip("onnx")
    (said,) = worker.serve("matrix product", 1, [request()])
    assert said["error"] == "NotImplementedError: matrix product does not train"


def test_contestants_take_turns_in_processes_of_their_own():
    entries = [Entry("one", "minitorchcnn"), Entry("two", "minitorchcnn", rounds=1)]
    asked = []
    with Field(entries, 1) as field:
        pids = {contestant._process.popen.pid for contestant in field.running}
        for contestant in field.running:
            ask, label = contestant.ask, contestant.entry.label
            contestant.ask = lambda *a, ask=ask, label=label: asked.append(label) or ask(*a)
        results = field.race(W1, "train", 3, 0.0)
    assert len(pids) == 2
    assert asked == ["one", "two", "one", "one"]
    assert all(result.seconds > 0 for result in results.values())
    assert all(contestant._process.popen.returncode == 0 for contestant in field.running)


def test_a_process_that_is_gone_is_no_disaster():
    with Field([Entry("nobody", "no such package")], 1) as field:
        (result,) = field.race(W1, "train", 2, 0.0).values()
    assert result.error
