"""What a model tells about itself is checked, and goes with it into other processes."""

import copy
import multiprocessing
import pickle

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
    MaxPool,
    ReLU,
    Sequential,
    Trainer,
)

X = np.random.default_rng(0).normal(size=(40, 1, 8, 8)).astype("f4")
LABELS = np.arange(40) % 3


def classifier(**options):
    layers = [Conv2D(4, 3), ReLU(), MaxPool(2), BatchNorm(), Flatten(), Dropout(0.5), Dense(3)]
    return Sequential(layers, (1, 8, 8), seed=5, **options)


def fitted():
    model = classifier(class_names=["a", "b", "c"], preprocessing={"height": 8})
    model.layers[0].trainable = [True, False, True, True]
    Trainer(model, SGD(0.1, momentum=0.9)).fit(X, LABELS, epochs=2, progress=False)
    return model


def answers(model):
    """Run in another process, which gets the model by pickling."""
    return model.predict(X, workers=1).tobytes(), model.class_names


COPIES = {"pickle": lambda model: pickle.loads(pickle.dumps(model)), "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("make", [classifier, fitted], ids=["fresh", "fitted"])
class TestCopies:
    def test_same_answers(self, make, way):
        model = make()
        assert answers(COPIES[way](model)) == answers(model)

    def test_share_nothing(self, make, way):
        model = make()
        before = answers(model)
        again = COPIES[way](model)
        again.class_names = ["x", "y", "z"]
        for parameter in again.parameters():
            parameter.value[...] = 0
        assert answers(model) == before
        assert not again.predict(X).any()  # its plan sees its own weights

    def test_go_on_alike(self, make, way):
        """Weights, statistics, masks and Dropout's stream are all there."""
        model = make()
        again = COPIES[way](model)
        for one in (model, again):
            Trainer(one, SGD(0.1), seed=3).fit(X, LABELS, epochs=1, progress=False)
        state, state_again = model.state_dict(), again.state_dict()
        assert [v.tobytes() for v in state.values()] == [v.tobytes() for v in state_again.values()]

    def test_tell_the_same(self, make, way):
        model = make()
        again = COPIES[way](model)
        assert repr(again) == repr(model)
        for name in ("class_names", "preprocessing", "seed", "dtype", "output_shape"):
            assert getattr(again, name) == getattr(model, name)


def test_pool_of_fresh_processes():
    model = fitted()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(answers, [model, model]) == [answers(model)] * 2


class TestClassNames:
    def test_are_a_tuple(self):
        names = np.array(["null", "eins", "zwei"])
        assert classifier(class_names=names).class_names == ("null", "eins", "zwei")
        assert classifier(class_names=iter("abc")).class_names == ("a", "b", "c")
        assert classifier().class_names is None

    def test_two_for_a_single_output(self):
        assert Sequential([Dense(1)], (2,), class_names=["no", "yes"]).class_names == ("no", "yes")
        with pytest.raises(ArgumentError, match=r"1 names for outputs of shape \(1,\), expected 2"):
            Sequential([Dense(1)], (2,), class_names=["yes"])

    def test_may_be_set_and_taken_away(self):
        model = classifier(class_names=list("abc"))
        with pytest.raises(ArgumentError, match=r"2 names for .* \(3,\), expected 3 names: one"):
            model.class_names = ["a", "b"]
        assert model.class_names == ("a", "b", "c")
        model.class_names = None
        assert model.class_names is None

    @pytest.mark.parametrize("names", ["abc", b"abc", 3, [], [1, 2, 3], ["a", "", "c"], [None] * 3])
    def test_no_names(self, names):
        with pytest.raises(ArgumentError, match=r"class_names must be a list of texts .*, got"):
            classifier(class_names=names)

    def test_doubles(self):
        with pytest.raises(ArgumentError, match=r"holds \['b'\] more than once"):
            classifier(class_names=list("abb"))

    def test_need_flat_outputs(self):
        with pytest.raises(ArgumentError, match=r"shape \(1, 2, 2\), expected outputs of shape"):
            Sequential([ReLU()], (1, 2, 2), class_names=["a"])


class TestPreprocessing:
    def test_is_plain_and_a_copy(self):
        steps = {"size": (np.int64(8), np.float32(0.5)), "ink": np.bool_(True), "more": {"a": None}}
        model = classifier(preprocessing=steps)
        steps["more"]["a"] = 3
        assert model.preprocessing == {"size": [8, 0.5], "ink": True, "more": {"a": None}}
        assert [type(v) for v in model.preprocessing["size"]] == [int, float]

    @pytest.mark.parametrize(
        "steps",
        [[1], "grey", {"f": np.mean}, {"x": float("nan")}, {"x": np.ones(2)}, {(1, 2): 3}],
    )
    def test_no_plain_data(self, steps):
        with pytest.raises(ArgumentError, match=r"preprocessing must be a dict of texts, finite"):
            classifier(preprocessing=steps)

    def test_that_holds_itself(self):
        steps = {}
        steps["me"] = steps
        with pytest.raises(ArgumentError, match=r"file can hold it: Circular"):
            classifier(preprocessing=steps)


def test_seed_is_told_where_it_can_be():
    assert [
        Sequential([Dense(1)], (2,), seed).seed
        for seed in (7, np.uint8(7), np.random.default_rng(7), np.random.SeedSequence(7))
    ] == [7, 7, None, None]
