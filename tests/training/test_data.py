"""Which samples are for training, and batches: the same from memory, a file and many threads."""

import itertools
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    Sequential,
    ShapeError,
    Trainer,
)
from minitorchcnn.training.data import Examples, prefetch, split_data
from minitorchcnn.training.data_checks import require_two_for_batchnorm
from minitorchcnn.types import StoredArray
from tests.floors import ROOT

ROWS = np.arange(60, dtype=np.float32).reshape(20, 3) / 64
X = np.random.default_rng(0).normal(size=(50, 1, 4, 5)).astype(np.float32)
Y = np.arange(50) % 3


class TestSplit:
    def test_no_fraction_leaves_everything(self):
        data = Examples(ROWS, np.arange(20))
        assert split_data(data, None, 0, by_class=True) == (data, None)
        assert split_data(data, data, 0, by_class=True) == (data, data)

    @pytest.mark.parametrize("by_class", [True, False])
    def test_parts_are_views_by_number(self, by_class):
        data = Examples(ROWS, np.arange(20) % 2)
        training, held = split_data(data, 0.3, 5, by_class=by_class)
        assert training.x.x is held.x.x is ROWS
        rows = [*training.x.rows, *held.x.rows]
        assert sorted(rows) == list(range(20))
        assert len(held.x) == 6
        for part in (training, held):
            assert np.array_equal(part.targets, part.x.rows % 2)


def flat(*layers):
    return Sequential([*layers, Dense(2)], (3,))


class TestTwoForBatchNorm:
    @pytest.mark.parametrize("n", range(1, 12))
    @pytest.mark.parametrize("batch_size", range(1, 13))
    def test_exactly_the_batches_of_one_are_refused(self, n, batch_size):
        smallest = min(
            len(ROWS[:n][start : start + batch_size]) for start in range(0, n, batch_size)
        )
        model = flat(BatchNorm())
        if smallest > 1:
            require_two_for_batchnorm(model, n, batch_size)
            return
        advice = rf"batch_size {batch_size} for {n} samples .* batch of 1, and layer 0, BatchNorm"
        with pytest.raises(ArgumentError, match=advice) as caught:
            require_two_for_batchnorm(model, n, batch_size)
        told = str(caught.value).rpartition(": ")[2]
        if n == 1:
            assert told == "give at least 2 samples."
        else:
            require_two_for_batchnorm(
                model, n, int(told.removeprefix("use batch_size=").rstrip("."))
            )

    def test_it_happens_before_training_and_counts_what_is_left_for_it(self):
        model = flat(BatchNorm())
        before = model.state_dict()
        trainer = Trainer(model, SGD(0.1), batch_size=5)
        with pytest.raises(ArgumentError, match="batch_size 5 for 16 samples"):
            trainer.fit(ROWS, np.arange(20) % 2, 1, validation=0.2, progress=False)
        assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())
        trainer.fit(ROWS, np.arange(20) % 2, 1, progress=False)

    def test_maps_of_several_pixels_are_enough(self):
        images = Sequential([Conv2D(2, 2), BatchNorm(), Flatten(), Dense(2)], (1, 3, 3))
        require_two_for_batchnorm(images, 3, 2)
        pooled = Sequential([Conv2D(2, 2), GlobalAvgPool(), BatchNorm(), Dense(2)], (1, 3, 3))
        with pytest.raises(ArgumentError, match="layer 2"):
            require_two_for_batchnorm(pooled, 3, 2)
        require_two_for_batchnorm(flat(), 3, 2)


class Stored(StoredArray):
    """Samples that note how many were asked for at a time."""

    def __init__(self, x):
        self.x, self.shape, self.dtype, self.asked = x, x.shape, x.dtype, []

    def __getitem__(self, rows):
        part = self.x[rows].copy()
        self.asked.append(len(part))
        return part


def trained(x, *, augment=None, workers=1, validation=0.3, loss="softmax_cross_entropy"):
    model = Sequential([Flatten(), Dense(3)], x.shape[1:], seed=0)
    trainer = Trainer(model, SGD(0.1), loss, 8, seed=1, workers=workers, augment=augment)
    history = trainer.fit(x, Y, 2, validation, progress=False)
    state = b"".join(value.tobytes() for value in model.state_dict().values())
    return state, history.column("loss"), history.records[-1].get("val_loss")


class TestStored:
    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("apart", [False, True])
    def test_same_bits_from_memory_from_a_file_and_from_elsewhere(self, workers, apart, tmp_path):
        np.save(tmp_path / "x.npy", X)
        mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
        expected = trained(X, validation=(X[:20], Y[:20]) if apart else 0.3)
        for x in (mapped, Stored(X)):
            validation = (x[:20], Y[:20]) if apart else 0.3
            assert trained(x, workers=workers, validation=validation) == expected

    def test_no_more_is_asked_for_than_a_batch_or_a_sample_of_all(self):
        x = Stored(np.tile(X, (40, 1, 1, 1)))
        model = Sequential([Flatten(), Dense(3)], (1, 4, 5))
        trainer = Trainer(model, SGD(0.1), batch_size=8)
        x.finite = True  # or all would be looked at first, in large parts
        trainer.fit(x, np.tile(Y, 40), 1, 0.3, progress=False)
        assert max(x.asked) <= 256
        assert sum(x.asked) >= 2000

    def test_rows_of_a_file_do_not_fill_the_memory(self, tmp_path):
        """However large the file; what is mapped of it at a time is bounded."""
        path = tmp_path / "x.npy"
        megabytes = int(os.environ.get("FAULT_MEGABYTES", "400"))
        command = [sys.executable, "-c", LARGE, str(path), str(megabytes)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        before, after = map(float, told.stdout.split())
        print(f"\n{megabytes} MB file: resident {before:.0f} MB before fit, {after:.0f} at most")
        assert after - before < 250


LARGE = """
import resource, sys
import numpy as np
from minitorchcnn import SGD, Dense, Flatten, Sequential, Trainer
path, megabytes = sys.argv[1], int(sys.argv[2])
shape = (megabytes * 16, 1, 128, 128)
x = np.lib.format.open_memmap(path, "w+", "float32", shape)
del x
x = np.load(path, mmap_mode="r")
y = np.arange(len(x)) % 2
model = Sequential([Flatten(), Dense(2)], (1, 128, 128))
def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
Trainer(model, SGD(0.01), batch_size=64).fit(x[:640], y[:640], 1, progress=False)
before = resident()
Trainer(model, SGD(0.01), batch_size=64, workers=2).fit(x, y, 1, 0.3, progress=False)
print(before, resident())
"""


class TestAugment:
    def test_batches_are_changed_and_data_is_not(self):
        def in_place(x, rng):
            x *= np.float32(2)
            return x

        before = X.copy()
        doubled = trained(X * np.float32(2), validation=None)
        assert trained(X, augment=in_place, validation=None) == doubled
        assert trained(X, augment=in_place, workers=2, validation=None) == doubled
        assert np.array_equal(X, before)

    def test_random_numbers_follow_from_the_update(self):
        answers = []
        for workers in (1, 2, 3):
            seen, slow = {}, itertools.cycle([0.003, 0.0])

            def noting(x, rng, seen=seen, slow=slow):
                time.sleep(next(slow))  # the later batch is ready first
                seen[x.tobytes()] = rng.random()
                return x

            answers.append((trained(X, augment=noting, workers=workers), seen))
            assert len(set(seen.values())) == len(seen) == 2 * -(-35 // 8)
        assert answers[0] == answers[1] == answers[2]

    def test_other_seeds_give_other_numbers(self):
        drawn = []
        for seed in (0, 1):
            model = Sequential([Flatten(), Dense(3)], (1, 4, 5))

            def noting(x, rng):
                drawn.append(rng.random())
                return x

            trainer = Trainer(model, SGD(), batch_size=50, seed=seed, workers=1, augment=noting)
            for _ in range(2):  # nor does a second fit repeat the first
                trainer.fit(X, Y, 1, progress=False)
        assert len(set(drawn)) == 4

    def test_it_runs_on_worker_threads_and_only_for_training(self):
        names, sizes = set(), []

        def noting(x, rng):
            names.add(threading.current_thread().name.rpartition("_")[0])
            sizes.append(len(x))
            return x

        trained(X, augment=noting, workers=2)
        assert names == {"minitorchcnn-data"}
        assert sum(sizes) == 2 * 35, "validation sees the images as they are"
        names.clear()
        trained(X, augment=noting, workers=1)
        assert names == {"MainThread".rpartition("_")[0]}

    @pytest.mark.parametrize("workers", [1, 2])
    def test_its_errors_come_out_and_no_thread_stays(self, workers):
        def failing(x, rng):
            raise ZeroDivisionError("own mistake")

        with pytest.raises(ZeroDivisionError, match="own mistake"):
            trained(X, augment=failing, workers=workers)
        assert not [t for t in threading.enumerate() if t.name.startswith("minitorchcnn-data")]

    @pytest.mark.parametrize(
        ("augment", "match"),
        [
            (lambda x, rng: x.astype(float), "augment gave float64 of shape .* expected float32"),
            (lambda x, rng: x[1:], r"gave float32 of shape \(7, 1, 4, 5\), expected .* \(8, 1, 4"),
            (lambda x, rng: None, r"gave NoneType of shape \(\), expected float32"),
        ],
    )
    def test_other_shapes_are_refused(self, augment, match):
        with pytest.raises(ShapeError, match=match):
            trained(X, augment=augment)


class TestPrefetch:
    @pytest.mark.parametrize("threads", [1, 2, 5])
    def test_results_come_in_order(self, threads):
        def fetch(job):
            time.sleep(0.002 * (job % 3))
            return -job

        assert list(prefetch(fetch, range(20), threads)) == [-job for job in range(20)]

    def test_only_a_few_wait(self):
        begun = []
        results = prefetch(lambda job: begun.append(job), itertools.count(), 3)
        next(results)
        time.sleep(0.05)
        assert len(begun) <= 6
        results.close()
        assert not [t for t in threading.enumerate() if t.name.startswith("minitorchcnn-data")]
