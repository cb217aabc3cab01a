"""What the doctor says, when, to whom, and what it costs."""

import re
import warnings

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    DataWarning,
    Dense,
    Doctor,
    Dropout,
    Finding,
    Flatten,
    Sequential,
    ThawAt,
    Trainer,
)
from tests.diagnostics.training.runs import HEALTHY, SABOTAGED, X, Y, examined, mlp, small

RUNS = {run.name: run for run in (*SABOTAGED, *HEALTHY)}


def message(name, **changes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return examined(RUNS[name]._replace(**changes)).findings[0].message


SAID = [
    (
        "learning rate 1000x too large",
        r"Updates are too large: one changes layer \d, .*, by [\d.]+ "
        r"times its weights \(about 0\.001 is usual\)\. Try a learning rate of 0\.\d+ \(now 50\)\.",
    ),
    (
        "learning rate 1000x too small",
        r"The weights hardly move: one update changes them by \de-0\d "
        r".* the loss stays at 2\.\d+\. Try a learning rate of 0\.\d+ \(now 2e-05\)\.$",
    ),
    ("learning rate 0", r"Nothing is trained: the learning rate is 0\. Try SGD\(0\.01\)\.$"),
    ("all frozen", r"all parameters are frozen\. Try model\.layers\[1\]\.trainable = True\.$"),
    ("no parameters", r"no layer has parameters\. Try a Dense layer at the end\.$"),
    (
        "zero filters",
        r"^8 of 8 filters of layer 0, Conv2D\(8, .*, are dead: .* same number for every "
        r"image\. Try random first weights: leave weight= and initializer= out\.$",
    ),
    ("zero units", r"^32 of 32 units of layer 1, Dense\(32, .* are dead"),
    ("two dead filters", r"^2 of 8 filters of layer 0, .*Try LeakyReLU\(\) after it, which keeps"),
    ("pixels 0 .. 255", r"^Pixels lie in 0 \.\. 255, expected \[-1, 1\]: use x / 127\.5 - 1, or"),
    (
        "labels of other images",
        r"^The loss stays at 2\.\d\d, and guessing among 10 classes costs "
        r"2\.30 \(ln 10 = 2\.30\)\. Try to look at some images beside their labels: do they belong",
    ),
    (
        "labels learned by heart",
        r"^The labels seem not to belong to their images: \d+% are right in "
        r"training, but in validation \d+%, as by guessing\. Try .* shuffled alone\?$",
    ),
    (
        "20 images",
        r"^Training and validation drift apart: accuracy \d+% in training, \d+% in "
        r"validation\. Try more training images\.$",
    ),
    (
        "deep sigmoids",
        r"^Gradients vanish on the way down: relative to its weights layer 1, Dense\(32\)"
        r", gets \de-0\d of what layer \d+ gets\. Try ReLU\(\) in place of Sigmoid\(\) or Tanh\(\)",
    ),
    (
        "first weights of 10",
        r"^Gradients explode: at the first step one is \d+ times its weights, and "
        r"those of layer 1, .*, are \d+ times the usual\. Try initializer='he_normal' there\.$",
    ),
    (
        "one class",
        r"^All labels are 3: there is nothing to tell apart\. Try data of two classes\.$",
    ),
    (
        "sorted and unshuffled",
        r"^\d+% of the batches hold one class only, .* Try samples in random "
        r"order: order = rng\.permutation\(len\(x\)\)",
    ),
    (
        "one class of hundred",
        r"^The model answers class 0 for every image\. Try as many samples of ",
    ),
]


@pytest.mark.parametrize(("name", "match"), SAID, ids=[name for name, _ in SAID])
def test_what_it_says(name, match):
    said = message(name)
    assert re.search(match, said), said
    assert "\n" not in said
    assert said.count("Try") + said.count("use ") == 1, "one thing to try"


def test_a_rising_validation_loss_recommends_stopping():
    doctor, rng = Doctor(quiet=True), np.random.default_rng(0)
    noisy = np.where(rng.random(len(Y)) < 0.3, rng.integers(0, 10, len(Y)), Y)[:200]
    model = Sequential(mlp(hidden=(100,)), (1, 8, 8))
    trainer = Trainer(model, SGD(0.05, 0.9), batch_size=8)
    held = (X[800:1200], Y[800:1200])
    trainer.fit(X[:200], noisy, 30, validation=held, callbacks=[doctor], progress=False)
    assert [finding.kind for finding in doctor.findings] == ["drift"]
    assert re.search(
        r"in validation\. Try stopping at epoch \d+: callbacks=\[EarlyStopping\(\)\]\.$",
        doctor.findings[0].message,
    )


def test_one_answer_where_classes_are_even_blames_the_learning_rate():
    doctor, model = Doctor(quiet=True), Sequential([Flatten(), Dense(2)], (1, 8, 8))
    model.parameters()[1].value[:] = 60, 0
    y = np.arange(300) % 2
    Trainer(model, SGD(1e-2)).fit(X[:300], y, 3, callbacks=[doctor], progress=False)
    assert [finding.message for finding in doctor.findings] == [
        "The model answers class 0 for every image. Try a learning rate of 0.001 (now 0.01)."
    ]


class TestWhen:
    def run(self, callbacks, layers=None, epochs=5, rate=0.05):
        model = Sequential(layers or [Flatten(), Dense(10, trainable=False)], (1, 8, 8))
        trainer = Trainer(model, SGD(rate))
        trainer.fit(X[:200], Y[:200], epochs, callbacks=callbacks, progress=False)
        return trainer

    def test_after_patience_or_at_the_end(self):
        for patience, epochs, told in [(3, 5, 3), (1, 5, 1), (9, 5, 5)]:
            doctor = Doctor(patience=patience, quiet=True)
            self.run([doctor], epochs=epochs)
            assert [finding.epoch for finding in doctor.findings] == [told]

    def test_what_passes_in_time_is_not_told(self):
        doctor = Doctor(quiet=True)
        self.run([ThawAt(1, 3), doctor])
        assert [finding.kind for finding in doctor.findings] == []

    def test_a_second_fit_starts_anew(self):
        doctor = Doctor(quiet=True)
        trainer = self.run([doctor])
        trainer.model.layers[1].trainable = True
        trainer.fit(X[:200], Y[:200], 3, callbacks=[doctor], progress=False)
        assert doctor.findings == []

    def test_at_once_where_training_may_not_survive(self):
        doctor = Doctor(quiet=True)
        self.run([doctor], small(), rate=50.0, epochs=1)
        assert [(finding.kind, finding.epoch) for finding in doctor.findings] == [
            ("large_updates", 1)
        ]


def test_it_prints_to_stderr_unless_quiet(capsys):
    TestWhen().run([Doctor()], epochs=1)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("doctor, epoch 1: Nothing is trained: all parameters are frozen.")
    TestWhen().run([Doctor(quiet=True)], epochs=1)
    assert capsys.readouterr() == ("", "")


def test_a_finding_reads_as_a_line():
    assert str(Finding("stuck", 3, "The loss stays.")) == "doctor, epoch 3: The loss stays."


@pytest.mark.parametrize(
    ("options", "match"),
    [({"patience": 0}, "Doctor: patience must be >= 1"), ({"quiet": 1}, "Doctor: quiet must be T")],
)
def test_options_are_checked(options, match):
    with pytest.raises(ArgumentError, match=match):
        Doctor(**options)


def test_own_losses_and_images_as_targets_are_left_alone():
    def absolute(y, targets):
        return float(np.abs(y - targets).mean()), np.sign(y - targets) / y.size

    doctor = Doctor(quiet=True)
    model = Sequential([Flatten(), Dense(64)], (1, 8, 8))
    flat = X[:200].reshape(200, 64)
    Trainer(model, SGD(0.5), loss=absolute).fit(
        X[:200], flat, 4, callbacks=[doctor], validation=0.2, progress=False
    )
    assert doctor.findings == []


def test_training_gives_the_same_bits_with_and_without():
    def trained(callbacks):
        layers = [*small()[:-2], BatchNorm(), Dropout(0.2), Flatten(), Dense(10)]
        model = Sequential(layers, (1, 8, 8), seed=0)
        trainer = Trainer(model, SGD(0.02, 0.9), seed=0)
        trainer.fit(X[:300], Y[:300], 3, validation=0.2, callbacks=callbacks, progress=False)
        return b"".join(value.tobytes() for value in model.state_dict().values())

    assert trained([]) == trained([Doctor()])
