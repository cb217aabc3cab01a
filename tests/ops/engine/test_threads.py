"""How work is handed out: to how many threads, in which runs, and where errors go."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from minitorchcnn.ops.engine import threads

MUCH = 10**9


class Counting:
    """An executor that counts what it is given, and does it at once."""

    def __init__(self):
        self.given = 0

    def submit(self, work):
        self.given += 1
        future = Future()
        future.set_result(work())
        return future


@pytest.fixture
def setting():
    """Let a test choose the executor; put back what was there."""
    before = threads.use_threads(None, 1)
    yield threads.use_threads
    threads.use_threads(*before)


@pytest.mark.parametrize(
    ("workers", "items", "helpers"), [(4, 9, 3), (4, 4, 3), (4, 3, 2), (2, 9, 1), (4, 1, 0)]
)
def test_as_many_helpers_as_there_are_workers_and_items_beside_the_caller(
    setting, workers, items, helpers
):
    executor, done = Counting(), []
    setting(executor, workers)
    threads.spread(done.append, range(items), MUCH)
    assert executor.given == helpers
    assert sorted(done) == list(range(items))


def test_no_executor_means_no_threads(setting):
    done = []
    setting(None, 4)
    threads.spread(done.append, range(5), MUCH)
    assert done == [0, 1, 2, 3, 4]


def test_a_new_thread_begins_with_one_worker():
    found = []
    thread = threading.Thread(target=lambda: found.append(threads.use_threads(None, 1)))
    thread.start()
    thread.join()
    assert found == [(None, 1)]


def test_an_error_of_a_helper_is_raised_where_the_work_was_given(setting):
    caller, meet = threading.get_ident(), threading.Barrier(2, timeout=10)

    def work(item):
        meet.wait()  # one item for each of the two
        if threading.get_ident() != caller:
            raise RuntimeError("the helper broke")

    with ThreadPoolExecutor(1) as executor:
        setting(executor, 2)
        with pytest.raises(RuntimeError, match="the helper broke"):
            threads.spread(work, range(2), MUCH)


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(5, 2, [3, 2]), (8, 4, [2] * 4), (3, 7, [1] * 3), (9, 4, [3] * 3)]
)
def test_lanes_are_runs_of_neighbours(count, most, sizes):
    found = threads.lanes(list(range(count)), most)
    assert [len(lane) for lane in found] == sizes
    assert [item for lane in found for item in lane] == list(range(count))


def test_sixteen_lanes_unless_told_otherwise():
    """The order of a sum, and so its last bits, hang on it."""
    assert len(threads.lanes(range(16))) == 16
    assert len(threads.lanes(range(17))) == 9
