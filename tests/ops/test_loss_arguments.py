"""Every loss looks at what it gets: users call them directly."""

import numpy as np
import pytest

from minitorchcnn import (
    DataError,
    ShapeError,
    binary_cross_entropy,
    mean_squared_error,
    softmax_cross_entropy,
)

NUMBERS = np.ones((2, 2))
BAD_LOGITS = {
    "a list": ([[1.0, 2.0]], "floating point of shape .N, classes., got list"),
    "integers": (np.ones((2, 2), int), "floating point of shape .N, classes., got int64"),
    "one row": (np.ones(2), r"got float64 of shape .2,."),
    "nothing": (np.ones((0, 2)), "logits are empty, shape .0, 2."),
}


@pytest.mark.parametrize(("logits", "message"), BAD_LOGITS.values(), ids=BAD_LOGITS)
def test_softmax_cross_entropy_refuses_what_are_no_logits(logits, message):
    with pytest.raises(ShapeError, match=message):
        softmax_cross_entropy(logits, np.zeros(2, np.int64))


@pytest.mark.parametrize("loss", [binary_cross_entropy, mean_squared_error])
@pytest.mark.parametrize(
    ("y", "targets", "message"),
    [
        ([1.0], np.ones(1), "must be non-empty floating point, got list"),
        (np.ones(1, int), np.ones(1), "must be non-empty floating point, got int64"),
        (np.ones((0, 2)), np.ones((0, 2)), "must be non-empty floating point, got float64"),
        (NUMBERS, [[1.0, 0.0], [0.0, 1.0]], "must be an array of the shape of .*got list"),
        (NUMBERS, np.ones((2, 1)), r"must be an array of the shape of .*got float64 of shape"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(loss, y, targets, message):
    with pytest.raises(ShapeError, match=message):
        loss(y, targets)


COLUMN, ONE_HOT, WHOLE = r"labels\[:, 0\]", r"argmax\(axis=1\)", r"astype\(int\)"
HINTS = {
    "column": (np.zeros((3, 1), int), COLUMN),
    "one-hot": (np.eye(3), ONE_HOT),
    "whole numbers": (np.array([0.0, 2.0, 1.0]), WHOLE),
    "two columns of other numbers": (np.arange(6).reshape(3, 2), None),
    "one-hot and one 2": (np.diag([1, 1, 2]), None),
    "one-hot, another batch": (np.eye(4), None),
    "one row": (np.zeros((1, 3), int), None),
    "flat and too long": (np.zeros(4), None),
    "a cube": (np.zeros((3, 1, 1)), None),
    "fractions": (np.array([0.0, 0.5, 1.0]), None),
}


@pytest.mark.parametrize(("labels", "hint"), HINTS.values(), ids=HINTS)
def test_usual_forms_of_labels_get_their_hint_and_no_others(labels, hint):
    with pytest.raises(DataError, match="labels must be an array of integers") as caught:
        softmax_cross_entropy(np.zeros((3, 3)), labels)
    message = str(caught.value)
    found = [text for text in ("labels[:, 0]", "argmax(axis=1)", "astype(int)") if text in message]
    assert found == ([hint.replace("\\", "")] if hint else [])
