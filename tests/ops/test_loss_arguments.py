"""Every loss looks at what it gets: users call them directly."""

import numpy as np
import pytest

from minitorchcnn import (
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
