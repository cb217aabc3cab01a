"""Samples that stay in their file go wherever arrays go."""

import numpy as np
import pytest

from minitorchcnn import DataError, Dense, Flatten, FormatError, Sequential, datasets
from minitorchcnn.types import StoredArray
from tests.datasets.readers.sources import LABELS, RAW, ink


def test_a_file_that_changes_meanwhile_is_not_used(tmp_path):
    np.save(tmp_path / "x.npy", RAW)
    images = datasets.load(tmp_path / "x.npy", labels=LABELS, in_memory_bytes=0)
    with (tmp_path / "x.npy").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(FormatError, match="has changed since it was opened: load it again"):
        images.x[:2]
    (tmp_path / "x.npy").unlink()
    with pytest.raises(FormatError, match="No such file"):
        images.x[:2]


def test_stored_images_go_where_arrays_go(tmp_path):
    np.save(tmp_path / "x.npy", RAW)
    images = datasets.load(tmp_path / "x.npy", labels=LABELS, in_memory_bytes=0)
    model = Sequential([Flatten(), Dense(3)], (1, 3, 5), seed=0)
    expected = model.predict(ink(RAW)[:, np.newaxis])
    np.testing.assert_allclose(model.predict(images.x, batch_size=4), expected, atol=1e-5)
    assert "6 samples" in str(model.check(images.x, images.y))
    parts = datasets.stratified_split(images.x, images.y, fraction=0.5, seed=0)
    plain = datasets.stratified_split(images.x[:], images.y, fraction=0.5, seed=0)
    assert isinstance(parts[0], StoredArray)
    for part, same in zip(parts, plain, strict=True):
        np.testing.assert_array_equal(np.asarray(part), same)


class Endless(StoredArray):
    """More samples than any memory holds, one of them broken."""

    def __init__(self, broken=None, n=30_000):
        self.shape, self.dtype = (n, 1, 30, 30), np.dtype(np.float32)
        self.broken, self.most = broken, 0

    def __getitem__(self, rows):
        numbers = np.arange(len(self))[rows]
        self.most = max(self.most, len(numbers))
        x = np.zeros((len(numbers), *self.shape[1:]), self.dtype)
        x[numbers == self.broken] = np.nan
        return x


def test_samples_of_ones_own_are_looked_at_in_parts():
    model = Sequential([Flatten(), Dense(2)], (1, 30, 30), seed=0)
    x = Endless(broken=29_000)
    with pytest.raises(DataError, match="first in sample 29000"):
        model.predict(x)
    assert x.most * 900 <= 2**22
