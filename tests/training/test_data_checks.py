"""The look before the first step: what is refused, what is doubted, and what is left in peace."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    AvgPool,
    Conv2D,
    DataError,
    DataWarning,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
    Trainer,
    datasets,
)
from tests.bad_data import DOUBTED, GREY, REFUSED, X, Y


def net(outputs=10, shape=(1, 8, 8)):
    layers = [Conv2D(4, 3, padding="same"), ReLU(), MaxPool(2), Flatten(), Dense(outputs)]
    return Sequential(layers, shape, seed=0)


def fit(x, y, *, model=None, loss="softmax_cross_entropy", **options):
    trainer = Trainer(model or net(), SGD(1e-4), loss=loss, seed=0)
    return trainer.fit(x, y, epochs=1, progress=False, **options)


def both(x, y, **options):
    """Return the two places that must say the same: `model.check` and `fit`."""
    return [lambda: net(**options).check(x, y), lambda: fit(x, y, model=net(**options))]


class TestReport:
    def test_table_facts_and_no_warnings(self):
        assert str(net().check(X, Y)).splitlines() == [
            "   layer                         output  because",
            "-" * 69,
            "   input                         1x8x8",
            "0  Conv2D(4, 3, padding='same')  4x8x8   (8 + 1 + 1 - 3) // 1 + 1 = 8",
            "1  ReLU()                        4x8x8",
            "2  MaxPool(2)                    4x4x4   (8 - 2) // 2 + 1 = 4",
            "3  Flatten()                     64      4 * 4 * 4 = 64",
            "4  Dense(10)                     10      64 in, 10 out",
            "-" * 69,
            "200 samples: -1 .. 1, mean -0.39",
            "10 classes with 19 to 21 samples each",
            "guessing costs a loss of 2.3: training should go below",
            "no warnings",
        ]

    def test_it_shows_itself_at_the_prompt(self):
        report = net().check(X, Y)
        assert repr(report) == str(report)

    def test_sums_of_unequal_sides(self):
        layers = [Conv2D(2, (3, 1), stride=(2, 1), dilation=(2, 1)), AvgPool(2, ceil_mode=True)]
        model = Sequential([*layers, GlobalAvgPool()], (1, 9, 7))
        because = [row.because for row in model.check(np.ones((4, 1, 9, 7), "f4"), Y[:4] % 2).rows]
        assert because[2:] == [
            "height (9 - 5) // 2 + 1 = 3; width (7 - 1) // 1 + 1 = 7",
            "height (3 - 2) / 2 + 1 = 2, rounded up; width (7 - 2) / 2 + 1 = 4, rounded up",
            "one mean over 2x4 for each channel",
        ]

    def test_other_losses(self):
        model = Sequential([Flatten(), Dense(1)], (1, 8, 8))
        heights = Y[:, np.newaxis] / np.float32(9)
        assert "targets: 0 .. 1\nno warn" in str(model.check(X, heights, loss="mean_squared_error"))
        assert "no warnings" in str(model.check(X, Y % 2, loss="binary_cross_entropy"))
        assert "no warnings" in str(model.check(X, Y, loss=lambda y, targets: (0.0, y)))

    def test_unused_outputs_are_a_fact(self):
        assert "; the model has 10 outputs" in str(net().check(X, Y % 5))

    def test_it_changes_nothing(self):
        model, before = net(), X.copy()
        state = model.state_dict()
        model.check(X, Y)
        assert np.array_equal(X, before)
        assert all(np.array_equal(state[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("x", "y", "error", "match"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_certain_mistakes_are_refused(x, y, error, match):
    for look in both(x, y):
        with pytest.raises(error, match=match):
            look()


def test_fewer_outputs_than_classes():
    for look in both(X, Y, outputs=7):
        with pytest.raises(DataError, match=r"for 7 outputs, got 0 \.\. 9\. For 10 .* Dense\(10\)"):
            look()


def test_exchanged_height_and_width():
    model = Sequential([Flatten(), Dense(10)], (1, 5, 4))
    with pytest.raises(
        ShapeError, match=r"height comes before width, use x\.transpose\(0, 1, 3, 2"
    ):
        model.check(np.ones((200, 1, 4, 5), "f4"), Y)


@pytest.mark.parametrize(
    ("x", "y", "match"), [row[1:] for row in DOUBTED], ids=[row[0] for row in DOUBTED]
)
def test_likely_mistakes_are_doubted_once(x, y, match):
    (told,) = net().check(x, y).warnings
    assert f"warning: {told}" in str(net().check(x, y))
    with pytest.warns(DataWarning, match=match) as caught:
        fit(x, y)
    assert [str(warning.message) for warning in caught] == [told]
    assert caught[0].filename == __file__, "the warning points at the call of fit"
    assert "\n" not in told


def test_one_answer_to_a_yes_or_no_question():
    model = Sequential([Flatten(), Dense(1)], (1, 8, 8))
    with pytest.warns(DataWarning, match="all 200 labels are 1: the model can only"):
        fit(X, 0 * Y + 1, model=model, loss="binary_cross_entropy")


def test_validation_on_another_scale():
    with pytest.warns(DataWarning, match=r"lie in -1 \.\. 1 for training and in 0 \.\. 1 for val"):
        fit(X, Y, validation=(GREY, Y))


def test_images_that_differ_in_scale_or_ground_by_design_are_left_in_peace():
    rng = np.random.default_rng(0)
    good = [
        GREY,
        X,
        rng.normal(size=X.shape).astype("f4") * 3,  # standardized
        rng.uniform(-1, 1, X.shape).astype("f4"),
        np.where(rng.random(X.shape) < 0.5, 1, -1).astype("f4"),
        np.ones_like(X),
    ]
    for x in good:
        assert net().check(x, Y).warnings == ()
        fit(x, Y, validation=0.2)
    for x, y in (datasets.tutorial_digits(100, seed=0), datasets.synthetic_digits(60, 12)):
        assert net(shape=x.shape[1:]).check(x, y).warnings == ()


def test_one_sample_may_have_one_label():
    fit(X[:1], Y[:1])
    assert net().check(X[:1], Y[:1]).warnings == ()


def test_unscaled_features_in_rows():
    model = Sequential([Dense(10)], (3,))
    rows = np.ones((200, 3), np.float32)
    rows[7] = 3e5
    rows[0, 2] = -9e5
    assert "x lies in -900000 .. 300000" in model.check(rows, Y).warnings[0]


class TestShapesOnTheWay:
    def test_a_failing_layer_shows_them(self):
        layers = [Conv2D(4, 3), ReLU(), MaxPool(2), Conv2D(8, 5), Dense(10)]
        with pytest.raises(ShapeError) as caught:
            Sequential(layers, (1, 8, 8))
        message = str(caught.value)
        assert message.startswith("layer 3: Conv2D(8, 5): the window is larger than its input")
        assert "(5 - 1) * 1 + 1 = 5 pixels, the input has 3 + 0 + 0 of padding = 3." in message
        assert message.endswith(
            "The way there: 1x8x8 -> Conv2D(4, 3) -> 4x6x6 -> ReLU() -> 4x6x6 -> MaxPool(2) -> "
            "4x3x3 -> Conv2D(8, 5)."
        )

    def test_an_own_layer_that_crashes_is_named(self):
        class Crash(Layer):
            def _build(self, input_shape, rng):
                return input_shape

            def compute(self, x, *, training):
                return x @ np.ones((9, 9)), None

            def gradients(self, grad_y, saved, *, need_grad_x):
                return grad_y, []

        model = Sequential([Flatten(), Crash(), Dense(10)], (1, 8, 8))
        with pytest.raises(ValueError, match="matmul") as caught:
            model.check(X, Y)
        assert caught.value.__notes__ == ["This is layer 1, Crash(), given x of shape (2, 64)."]
