"""Which samples are for training: rows by number, and no batch that cannot be trained on."""

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
    Trainer,
)
from minitorchcnn.training.data import Examples, split_data
from minitorchcnn.training.data_checks import require_two_for_batchnorm

X = np.arange(60, dtype=np.float32).reshape(20, 3) / 64


class TestSplit:
    def test_no_fraction_leaves_everything(self):
        data = Examples(X, np.arange(20))
        assert split_data(data, None, 0, by_class=True) == (data, None)
        assert split_data(data, data, 0, by_class=True) == (data, data)

    @pytest.mark.parametrize("by_class", [True, False])
    def test_parts_are_views_by_number(self, by_class):
        data = Examples(X, np.arange(20) % 2)
        training, held = split_data(data, 0.3, 5, by_class=by_class)
        assert training.x.x is held.x.x is X
        rows = [*training.x.rows, *held.x.rows]
        assert sorted(rows) == list(range(20))
        assert len(held.x) == 6
        for part in (training, held):
            assert np.array_equal(part.targets, part.x.rows % 2)


def flat(*layers):
    return Sequential([*layers, Dense(2)], (3,))


class TestLonelySample:
    @pytest.mark.parametrize("n", range(1, 12))
    @pytest.mark.parametrize("batch_size", range(1, 13))
    def test_exactly_the_batches_of_one_are_refused(self, n, batch_size):
        smallest = min(len(X[:n][start : start + batch_size]) for start in range(0, n, batch_size))
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
            trainer.fit(X, np.arange(20) % 2, 1, validation=0.2, progress=False)
        assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())
        trainer.fit(X, np.arange(20) % 2, 1, progress=False)

    def test_maps_of_several_pixels_are_enough(self):
        images = Sequential([Conv2D(2, 2), BatchNorm(), Flatten(), Dense(2)], (1, 3, 3))
        require_two_for_batchnorm(images, 3, 2)
        pooled = Sequential([Conv2D(2, 2), GlobalAvgPool(), BatchNorm(), Dense(2)], (1, 3, 3))
        with pytest.raises(ArgumentError, match="layer 2"):
            require_two_for_batchnorm(pooled, 3, 2)
        require_two_for_batchnorm(flat(), 3, 2)
