"""The real digits are the ones that data/README.md speaks of."""

import hashlib
from importlib import resources

import numpy as np

from minitorchcnn.datasets import handwriting
from tests.floors import ROOT

SHA256 = "b2dab7b501728c22e9119ad76740b2e17c77a231e42d1e592380d90886f1a05e"


def test_the_file_is_the_documented_one():
    content = resources.files("minitorchcnn.data").joinpath("handwritten_8x8.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert SHA256 in readme
    assert "CC BY 4.0" in readme


def test_form_and_range():
    x, y = handwriting()
    assert x.shape == (1797, 1, 8, 8)
    assert x.dtype == np.float32
    assert y.shape == (1797,)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(np.unique(x), np.arange(-8, 9) / 8)
    assert x.flags.c_contiguous
    assert x.flags.writeable


def test_class_counts():
    counts = np.bincount(handwriting()[1])
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_ink_is_one_and_paper_minus_one():
    """The left and right columns are paper nearly everywhere, the middle of a one is ink."""
    x, y = handwriting()
    assert x[..., 0].mean() < -0.99
    assert x[y == 1][..., 3:5].mean() > 0.3


def test_each_call_gives_arrays_of_its_own():
    handwriting()[0][:] = 0
    assert handwriting()[0].max() == 1
