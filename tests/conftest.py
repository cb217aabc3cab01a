"""Settings that make every run of the tests the same run, on any machine."""

import os

import pytest
from hypothesis import settings

# Figures are drawn into files: a test must not need a screen.
os.environ.setdefault("MPLBACKEND", "Agg")

# No deadline: a slow machine is not a wrong result. Derandomized: a red run stays red.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_addoption(parser):
    parser.addoption(
        "--workers",
        type=int,
        metavar="N",
        help="spread every operation over N threads, however small it is and whatever asks for it",
    )


#: Tests that share something costly: on one process it is made once.
TOGETHER = (
    "tests/certificate/",
    "tests/cli/",
    "tests/laboratory/",
    "tests/model/test_cost.py",
    "tests/report/",
)


def pytest_collection_modifyitems(items):
    """Keep the tests of a file together where they share what is costly to make."""
    for item in items:
        if item.nodeid.startswith(TOGETHER):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(autouse=True)
def workers_everywhere(request, monkeypatch):
    """Do as --workers says, in the test and in what it calls without naming a number."""
    count = request.config.getoption("--workers")
    if count is None:
        yield
        return
    from minitorchcnn.ops.engine import threads as ops_threads
    from minitorchcnn.ops.engine.threads import threads

    monkeypatch.setattr(ops_threads, "WORTHWHILE", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(count)), raising=False)
    with threads(count):
        yield
