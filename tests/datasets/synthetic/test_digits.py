"""The drawn digits: reproducible, in the promised form, and refused where they cannot be drawn."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorchcnn.datasets import synthetic_digits
from minitorchcnn.datasets.synthetic.digits import _MOST_POINTS
from minitorchcnn.datasets.synthetic.skeletons import paths
from minitorchcnn.errors import ArgumentError


@pytest.fixture(scope="module")
def digits():
    return synthetic_digits(500, seed=11)


def digest(x, y):
    return hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()


def centre_and_extent(image):
    """Centre of mass and side of the bounding box, in pixels, of pixels more ink than paper."""
    ink = (image + 1) / 2
    row, column = np.indices(ink.shape)
    centre = np.array([(row * ink).sum(), (column * ink).sum()]) / ink.sum()
    rows, columns = np.nonzero(image > 0)
    return centre, max(np.ptp(rows), np.ptp(columns)) + 1


@pytest.mark.parametrize("size", [12, 13, 20, 28, 45, 64])
def test_shape_dtype_and_range_at_every_size(size):
    x, y = synthetic_digits(30, size, seed=1)
    assert x.shape == (30, 1, size, size)
    assert x.dtype == np.float32
    assert y.shape == (30,)
    assert y.dtype == np.int64
    assert x.min() >= -1
    assert x.max() <= 1
    ink = (x > 0).mean(axis=(1, 2, 3))
    assert ink.min() > 0.01
    assert ink.max() < 0.35


def test_same_seed_same_bytes():
    first = digest(*synthetic_digits(40, seed=3))
    assert first == digest(*synthetic_digits(40, seed=3))
    assert first != digest(*synthetic_digits(40, seed=4))


def test_same_bytes_in_another_process():
    code = (
        "import hashlib; from minitorchcnn.datasets import synthetic_digits as s; "
        "x, y = s(25, seed=3); print(hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == digest(*synthetic_digits(25, seed=3))


@settings(max_examples=15)
@given(few=st.integers(1, 40), more=st.integers(0, 20), seed=st.integers(0, 2**70))
def test_fewer_images_are_the_first_of_more(few, more, seed):
    x, y = synthetic_digits(few, 12, seed=seed)
    x_more, y_more = synthetic_digits(few + more, 12, seed=seed)
    np.testing.assert_array_equal(x, x_more[:few])
    np.testing.assert_array_equal(y, y_more[:few])


def test_generator_goes_on_and_starts_again_from_its_seed():
    rng = np.random.default_rng(5)
    first, second = synthetic_digits(10, seed=rng), synthetic_digits(10, seed=rng)
    assert digest(*first) != digest(*second)
    assert digest(*first) == digest(*synthetic_digits(10, seed=np.random.default_rng(5)))


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    synthetic_digits(10)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("n", [1, 9, 10, 57, 500])
def test_classes_are_balanced(n):
    counts = np.bincount(synthetic_digits(n, 12)[1], minlength=10)
    assert counts.sum() == n
    assert np.ptp(counts) <= 1


def test_classes_come_in_shuffled_order(digits):
    rounds = digits[1].reshape(-1, 10)
    assert len(np.unique(rounds, axis=0)) == len(rounds)


def test_all_images_are_distinct(digits):
    assert len(np.unique(digits[0].reshape(500, -1), axis=0)) == 500


def test_paper_is_minus_one_and_ink_one(digits):
    x = digits[0]
    border = np.concatenate([x[..., :2, :], x[..., -2:, :]])
    assert np.median(border) < -0.95
    assert (x.max(axis=(1, 2, 3)) > 0.9).all()


def test_images_have_the_mnist_form():
    """Digit in a 20 x 20 box of 28 x 28, centred by mass within the shift of 0.7 pixels."""
    x, _ = synthetic_digits(300, seed=2, noise=0)
    facts = [centre_and_extent(image) for image in x[:, 0]]
    centres = np.array([centre for centre, _ in facts])
    extents = np.array([extent for _, extent in facts])
    assert np.abs(centres - 13.5).max() < 0.7 + 0.3  # a quarter pixel of rounding beside it
    assert extents.max() <= 21  # a box between pixels touches one more
    assert np.median(extents) >= 19


def test_there_is_as_much_ink_as_in_scanned_digits():
    """Scans in the MNIST form are commonly normalised by a mean of 0.1307, deviation 0.3081."""
    ink = (synthetic_digits(1000, seed=4)[0] + 1) / 2
    assert ink.mean() == pytest.approx(0.1307, abs=0.008)
    assert ink.std() == pytest.approx(0.3081, abs=0.010)


def test_paper_has_no_grain_by_default(digits):
    assert (digits[0][:, 0, :3, :3] == -1).all()


def test_ink_is_not_cut_off_at_the_frame():
    x, _ = synthetic_digits(300, 12, seed=2, noise=0, variation=1.9)
    rim = np.stack([x[..., 0, :], x[..., -1, :], x[..., :, 0], x[..., :, -1]])
    assert (rim > 0).mean() < 0.02


def test_without_variation_a_class_has_as_many_images_as_skeletons():
    x, y = synthetic_digits(600, 20, variation=0, noise=0)
    for label, variants in paths().items():
        images = x[y == label].reshape(60, -1)
        assert 1 < len(np.unique(images, axis=0)) <= len(variants)


def test_more_variation_spreads_a_class_more():
    spread = []
    for variation in (0, 0.5, 1, 1.9):
        x, y = synthetic_digits(300, 16, variation=variation, noise=0)
        spread.append(np.mean([x[y == label].std(axis=0).mean() for label in range(10)]))
    assert spread == sorted(spread)
    assert spread[2] > 1.2 * spread[0]


def test_noise_grains_the_paper_only_when_asked():
    clean, grained = synthetic_digits(50, noise=0)[0], synthetic_digits(50, noise=0.3)[0]
    assert (clean[..., 0, 0] == -1).all()
    assert 0.02 < (grained[..., 0, 0] + 1).mean() < 0.2


def test_classes_can_be_told_apart(digits):
    """Nearest class mean, poor as it is, reads most of what another seed drew."""
    x, y = digits
    means = np.stack([x[y == label].mean(axis=0).ravel() for label in range(10)])
    x_new, y_new = synthetic_digits(300, seed=99)
    distance = ((x_new.reshape(300, 1, -1) - means) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == y_new).mean() > 0.6


def test_every_skeleton_is_drawn_within_its_means():
    for label, variants in paths().items():
        assert len(variants) >= 5, label
        assert sum(path.share for path in variants) == pytest.approx(1)
        for path in variants:
            assert len(path.control) <= _MOST_POINTS
            # A straight line or a smooth one, both pass on constants: weights add up to 1.
            np.testing.assert_allclose(path.curve.sum(axis=1), 1, atol=1e-12)
            np.testing.assert_allclose(path.chord.sum(axis=1), 1, atol=1e-12)
            line = path.curve @ path.control
            assert line.min() > -0.12
            assert line.max() < 1.12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be >= 1, got 0"),
        ({"n": -3}, "n must be >= 1, got -3"),
        ({"n": 2.0}, r"n must be an integer >= 1, got 2.0 \(float\)"),
        ({"n": True}, r"n must be an integer >= 1, got True \(bool\)"),
        ({"size": 11}, "size must be >= 12, got 11"),
        ({"size": 65}, "size must be 12 to 64 pixels, got 65: draw at 64 and enlarge"),
        ({"size": 28.0}, r"size must be an integer >= 12, got 28.0"),
        ({"size": (28, 28)}, r"size must be an integer >= 12, got \(28, 28\)"),
        ({"seed": -1}, "seed must be >= 0, got -1"),
        ({"seed": None}, "seed must be an integer >= 0, got None"),
        ({"seed": 0.5}, r"seed must be an integer >= 0, got 0.5"),
        ({"variation": -0.1}, "variation must be at least 0.0 and below 2.0, got -0.1"),
        ({"variation": 2}, "variation must be at least 0.0 and below 2.0, got 2"),
        ({"noise": float("nan")}, "noise must be a finite number, got nan"),
        ({"noise": 1.0}, "noise must be at least 0.0 and below 1.0, got 1.0"),
        ({"noise": "much"}, "noise must be a finite number, got 'much'"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        synthetic_digits(**{"n": 10, **options})
