"""How work is handed out to threads: any number of them gives the same bits, and errors arrive."""

import hashlib
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sequential,
    Trainer,
)
from minitorchcnn.ops.engine import threads as ops_threads
from minitorchcnn.ops.engine import tiles
from minitorchcnn.ops.engine.threads import threads
from minitorchcnn.validation import worker_count

NETS = {
    "convolutions": ((3, 12, 12), lambda: [Conv2D(8, 3, padding=1), ReLU(), Conv2D(8, 3), ReLU()]),
    "pooled": ((3, 13, 12), lambda: [Conv2D(8, 3), ReLU(), MaxPool(2), Conv2D(4, 2), MaxPool(2)]),
    "strided": ((2, 17, 15), lambda: [Conv2D(6, 3, stride=2, padding=1), ReLU(), Conv2D(4, 3)]),
    "strided twice": ((2, 17, 15), lambda: [Conv2D(4, 3), ReLU(), Conv2D(6, 3, stride=2)]),
    "batch norm": ((3, 12, 12), lambda: [Conv2D(8, 3, bias=False), BatchNorm(), ReLU()]),
    "dropout": ((3, 12, 12), lambda: [Conv2D(8, 3), Dropout(0.5), Conv2D(4, 3), ReLU()]),
    "one large image": ((3, 90, 80), lambda: [Conv2D(6, 3), ReLU(), MaxPool(2), Conv2D(6, 3)]),
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Cut even these small nets into many pieces, and hand all of them to threads."""
    monkeypatch.setattr(tiles, "TILE_BYTES", 30_000)
    monkeypatch.setattr(ops_threads, "WORTHWHILE", 0)


def weights_after_training(name, workers, batch_size, samples):
    shape, layers = NETS[name]
    head = [GlobalAvgPool(), Dense(3)] if name == "one large image" else [Flatten(), Dense(3)]
    model = Sequential([*layers(), *head], shape, seed=1)
    rng = np.random.default_rng(5)
    x = rng.standard_normal((samples, *shape)).astype(np.float32)
    optimizer = SGD(0.05, momentum=0.9)
    trainer = Trainer(model, optimizer, batch_size=batch_size, seed=2, workers=workers)
    trainer.fit(x, np.arange(samples) % 3, epochs=2, progress=False)
    digest = hashlib.sha256()
    for value in model.state_dict().values():
        digest.update(value.tobytes())
    digest.update(model.predict(x, workers=workers).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", NETS)
def test_same_bits_with_one_two_and_four_workers(name):
    single = name == "one large image"
    size, samples = (1, 3) if single else (7, 20)  # a batch that does not divide
    digests = {weights_after_training(name, workers, size, samples) for workers in (1, 2, 4)}
    assert len(digests) == 1


def test_pieces_really_run_on_several_threads():
    seen, meet = set(), threading.Barrier(2, timeout=10)

    def work(item):
        meet.wait()  # passes only if two threads are here at once
        seen.add(threading.get_ident())

    with threads(2):
        ops_threads.parallel_for(work, range(4), 10**9)
    assert len(seen) == 2


def test_more_workers_than_samples_and_a_batch_of_one():
    assert weights_after_training("pooled", 8, 1, 2) == weights_after_training("pooled", 1, 1, 2)


@pytest.mark.parametrize("broken", [0, 3])
def test_an_error_in_a_thread_reaches_the_caller_and_the_pool_lives_on(broken):
    def work(item):
        if item == broken:
            raise RuntimeError(f"piece {item} broke")

    with threads(2):
        with pytest.raises(RuntimeError, match=f"piece {broken} broke"):
            ops_threads.parallel_for(work, range(4), 10**9)
        done = []
        ops_threads.parallel_for(done.append, range(9), 10**9)
    assert sorted(done) == list(range(9))


def test_small_work_stays_in_the_calling_thread(monkeypatch):
    monkeypatch.setattr(ops_threads, "WORTHWHILE", 1000)
    seen = set()
    with threads(4):
        ops_threads.parallel_for(lambda _: seen.add(threading.get_ident()), range(8), 999)
    assert seen == {threading.get_ident()}


def test_threads_end_with_the_block():
    seen = set()
    with threads(2):
        pass
    ops_threads.parallel_for(lambda _: seen.add(threading.get_ident()), range(8), 10**9)
    assert seen == {threading.get_ident()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot split processes off")
def test_a_process_split_off_has_threads_of_its_own():
    """As worker processes of other libraries have that were forked after a training."""
    with threads(2):
        ops_threads.parallel_for(lambda _: None, range(4), 10**9)
    process = os.fork()
    if process == 0:
        done = []
        signal.alarm(10)  # where the parent's threads are waited for, there is no end
        with threads(2):
            ops_threads.parallel_for(done.append, range(4), 10**9)
        os._exit(sorted(done) != [0, 1, 2, 3])
    assert os.waitpid(process, 0)[1] == 0


def test_blas_is_limited_inside_and_free_again_outside():
    from threadpoolctl import threadpool_info, threadpool_limits

    def blas_threads():
        return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        with threads(2):
            assert blas_threads() == {1}
        assert blas_threads() == {2}


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "two"])
def test_unusable_numbers_of_workers_are_refused(workers):
    with pytest.raises(ArgumentError, match="workers must be"):
        worker_count(workers)


def test_all_processors_by_default():
    assert worker_count(None) >= 1
    assert worker_count(3) == 3


PAGES = """
import resource
import numpy as np
def step():
    return [np.ones(75_000) for _ in range(10)]
step(), step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the memory of glibc")
def test_freed_memory_is_used_again():
    """Six megabytes, 1,465 pages, are used and freed twenty times in a fresh process."""
    faults = {}
    for first in ("numpy", "minitorchcnn.ops.engine.threads"):
        command = [sys.executable, "-c", f"import {first}\n{PAGES}"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        faults[first] = int(run.stdout)
    if faults["numpy"] < 10 * 1465:
        pytest.skip("this system keeps freed memory by itself")
    assert faults["minitorchcnn.ops.engine.threads"] < 1465


def test_threads_are_as_quiet_as_their_caller():
    """NumPy's settings of errors belong to one thread; each must take over the caller's."""
    found = []

    def note(item):
        found.append((item, np.geterr()["over"], threading.get_ident()))
        time.sleep(0.01)

    with threads(3), np.errstate(over="raise"):
        ops_threads.parallel_for(note, range(12), ops_threads.WORTHWHILE)
    assert {setting for _, setting, _ in found} == {"raise"}
    assert len({thread for _, _, thread in found}) > 1


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
    before = ops_threads.use_threads(None, 1)
    yield ops_threads.use_threads
    ops_threads.use_threads(*before)


@pytest.mark.parametrize(
    ("workers", "items", "helpers"), [(4, 9, 3), (4, 4, 3), (4, 3, 2), (2, 9, 1), (4, 1, 0)]
)
def test_as_many_helpers_as_there_are_workers_and_items_beside_the_caller(
    setting, workers, items, helpers
):
    executor, done = Counting(), []
    setting(executor, workers)
    ops_threads.parallel_for(done.append, range(items), MUCH)
    assert executor.given == helpers
    assert sorted(done) == list(range(items))


def test_no_executor_means_no_threads(setting):
    done = []
    setting(None, 4)
    ops_threads.parallel_for(done.append, range(5), MUCH)
    assert done == [0, 1, 2, 3, 4]


def test_a_new_thread_begins_with_one_worker():
    found = []
    thread = threading.Thread(target=lambda: found.append(ops_threads.use_threads(None, 1)))
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
            ops_threads.parallel_for(work, range(2), MUCH)


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(5, 2, [3, 2]), (8, 4, [2] * 4), (3, 7, [1] * 3), (9, 4, [3] * 3)]
)
def test_chunks_are_runs_of_neighbours(count, most, sizes):
    found = ops_threads.chunks(list(range(count)), most)
    assert [len(chunk) for chunk in found] == sizes
    assert [item for chunk in found for item in chunk] == list(range(count))


def test_sixteen_chunks_unless_told_otherwise():
    """The order of a sum, and so its last bits, hang on it."""
    assert len(ops_threads.chunks(range(16))) == 16
    assert len(ops_threads.chunks(range(17))) == 9
