"""Rows of an array, wherever it lies."""

import numpy as np

from minitorchcnn.types import Subset

X = np.arange(60, dtype=np.float32).reshape(20, 3) / 64


class TestSubset:
    def test_rows_of_rows_are_read_in_their_order(self, tmp_path):
        np.save(tmp_path / "x.npy", X)
        order = np.random.default_rng(0).permutation(20)[:15]
        for x in (X, np.load(tmp_path / "x.npy", mmap_mode="r"), Subset(X, np.arange(20))):
            rows = Subset(x, order)
            assert (rows.shape, rows.dtype, rows.ndim, len(rows)) == ((15, 3), np.float32, 2, 15)
            for key in (
                slice(2, 9, 3),
                np.array([4, 4, 0]),
                slice(None),
                3,
                np.arange(15) % 2 == 0,
            ):
                assert np.array_equal(rows[key], X[order][key])

    def test_more_rows_of_a_file_than_are_read_at_a_time(self, tmp_path):
        x = np.random.default_rng(0).normal(size=(100, 2, 3)).astype(np.float32)
        np.save(tmp_path / "x.npy", x)
        rows = Subset(np.load(tmp_path / "x.npy", mmap_mode="r"), np.arange(100)[::-1])
        assert np.array_equal(rows[:], x[::-1])
        assert type(rows[:]) is np.ndarray

    def test_a_copy_is_given_so_that_data_stays_what_it_is(self):
        rows = Subset(X, np.arange(20))
        rows[:5][:] = -1
        assert X[:5].min() == 0
