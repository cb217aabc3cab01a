"""Textures and faces: from the installed scikit-image, halves apart, and told if missing."""

import numpy as np
import pytest
import skimage.data

from minitorchcnn import FormatError
from minitorchcnn.laboratory import image_sets
from minitorchcnn.laboratory.image_sets import CLASS_NAMES, TITLES, load_image_set


def test_every_data_set_has_as_many_classes_as_names():
    for name in TITLES:
        images = load_image_set(name, 0, 60, 30)
        assert images.classes == len(CLASS_NAMES[name])
        assert set(images.y_train) == set(images.y_test) == set(range(images.classes))
        for x in (images.x_train, images.x_test):
            assert x.dtype == np.float32
            assert -1 <= x.min() < x.max() <= 1


def test_pieces_come_from_their_half_of_the_photograph(monkeypatch):
    marked = np.zeros((40, 64))
    marked[:, ::2] = 50.0
    marked[:, 32:] += np.arange(40)[:, np.newaxis] % 2 * 120.0  # the right half has rows as well
    monkeypatch.setattr(image_sets, "_photograph", lambda name: marked)
    x_train, _, x_test, _ = image_sets.cut_textures(0, 30, 30)
    rows_differ = [np.ptp(x.mean(axis=3), axis=2).ravel() > 0.1 for x in (x_train, x_test)]
    assert not rows_differ[0].any()
    assert rows_differ[1].all()


def test_pieces_tell_neither_brightness_nor_contrast():
    x, labels, _, _ = image_sets.cut_textures(3, 300, 30)
    np.testing.assert_allclose(x.mean(axis=(1, 2, 3)), 0, atol=0.05)
    spread = x.std(axis=(1, 2, 3))
    assert spread.max() < 1 / 3 + 1e-5  # a few are less, by what is cut off at -1 and 1
    assert (spread > 0.3).mean() > 0.9
    assert np.bincount(labels).tolist() == [100, 100, 100]


def test_faces_are_those_of_scikit_image_and_in_one_part_only():
    theirs = np.asarray(skimage.data.lfw_subset(), dtype=np.float64)
    theirs = theirs / (255 if theirs.max() > 1 else 1) * 2 - 1
    x_train, y_train, x_test, y_test = image_sets.split_faces(1)
    together = np.concatenate([x_train, x_test])[:, 0]
    labels = np.concatenate([y_train, y_test])
    assert y_train.sum() == y_test.sum() == 50
    for want, part in ((1, theirs[:100]), (0, theirs[100:])):
        ours = together[labels == want].reshape(100, -1)
        far = np.abs(ours[:, np.newaxis] - part.reshape(1, 100, -1)).max(axis=2)
        assert far.min(axis=0).max() < 1e-5  # each of theirs is among ours


def test_other_seeds_cut_other_pieces():
    first, again, other = (image_sets.cut_textures(seed, 6, 3)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_release_without_the_photographs_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(skimage.data, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(FormatError, match=r"comes without lfw_subset\.npy, .* other data sets"):
        image_sets.split_faces(0)
