"""A checkpoint of another model, of other data or options is refused, and the message says why."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    Checkpoint,
    CosineSchedule,
    CSVLog,
    DataError,
    Dense,
    EarlyStopping,
    Flatten,
    FormatError,
    ReLU,
    Sequential,
    StepSchedule,
    ThawAt,
    Trainer,
)
from minitorchcnn.training.checkpointing import read_checkpoint

X = np.random.default_rng(1).normal(size=(12, 1, 2, 3)).astype(np.float32)
Y = np.arange(12) % 2


def run(path, resume=None, **changed):
    """Train for one epoch with the options given, the others as usual."""
    given = {
        "layers": [Flatten(), Dense(4), ReLU(), Dense(2)],
        "optimizer": SGD(0.1, momentum=0.9, schedule=CosineSchedule(5)),
        "loss": "softmax_cross_entropy",
        "batch_size": 4,
        "seed": 3,
        "augment": None,
        "x": X,
        "y": Y,
        "validation": 0.5,
        "callbacks": [EarlyStopping()],
        "dtype": "float32",
        **changed,
    }
    model = Sequential(given["layers"], given["x"].shape[1:], seed=0, dtype=given["dtype"])
    names = ("optimizer", "loss", "batch_size", "seed", "augment")
    trainer = Trainer(model, **{name: given[name] for name in names})
    callbacks = [*given["callbacks"], Checkpoint(path)]
    return trainer.fit(
        given["x"], given["y"], 1, given["validation"], callbacks, progress=False, resume=resume
    )


def own_loss(outputs, targets):
    return 1.0, np.zeros_like(outputs)


def other_x():
    x = X.copy()
    x[11, 0, 1, 2] += 1e-6
    return x


OTHERS = [
    (
        {"layers": [Flatten(), Dense(5), ReLU(), Dense(2)]},
        r"layers\.1 was Dense\(units=4, bias=Tru",
    ),
    ({"layers": [Flatten(), Dense(2)]}, r"layers\.3 was Dense\(.*\) and is not there"),
    ({"dtype": "float64", "x": X.astype(float)}, "dtype was float32 and is float64"),
    ({"batch_size": 3}, "batch_size was 4 and is 3"),
    ({"seed": 4}, r"the Trainer's seed was another\. Give"),
    ({"loss": own_loss}, "loss was 'softmax_cross_entropy' and is <function own_loss>"),
    ({"augment": lambda x, rng: x}, r"augment was None and is <function .*<lambda>>"),
    ({"validation": 0.25}, r"validation was 0\.5 and is 0\.25"),
    ({"validation": (X, Y)}, r"validation was 0\.5 and is not there; validation\.targets was not"),
    ({"optimizer": SGD(0.1)}, r"optimizer\.momentum was 0\.9 and is 0\.0; optimizer\.schedule was"),
    (
        {"optimizer": SGD(0.1, momentum=0.9, schedule=StepSchedule(2))},
        r"schedule was CosineSchedule\(5, minimum=0\.0\) and is StepSchedule\(2, gamma=0\.1\)",
    ),
    ({"callbacks": []}, r"callbacks\.0 was EarlyStopping\(monitor='val_loss', .* and is not there"),
    ({"callbacks": [EarlyStopping(patience=6)]}, "patience=5.* and is .*patience=6"),
    ({"callbacks": [EarlyStopping(), ThawAt(1, 2)]}, r"callbacks\.1 was not there and is ThawAt\("),
]


@pytest.mark.parametrize(("changed", "match"), OTHERS)
def test_other_model_or_options_are_named(changed, match, tmp_path):
    path = tmp_path / "run.checkpoint"
    run(path)
    before = path.read_bytes()
    with pytest.raises(ArgumentError, match=f"checkpoint of another training: .*{match}"):
        run(path, resume=path, **changed)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        (
            {"x": other_x()},
            r"x was float32 \(12, 1, 2, 3\) \w{12}\.\.\. and is float32 .* \w{12}\.",
        ),
        ({"x": X[::-1].copy()}, "x was float32"),
        ({"y": 1 - Y}, r"targets was int64 \(12,\) \w{12}\.\.\. and is int64"),
        ({"x": X[:8], "y": Y[:8]}, r"targets was .*; x was float32 \(12, .* and is float32 \(8, "),
    ],
)
def test_other_data_is_named(changed, match, tmp_path):
    path = tmp_path / "run.checkpoint"
    run(path)
    with pytest.raises(DataError, match=match):
        run(path, resume=path, **changed)


def test_a_schedule_of_ones_own_is_known_by_what_it_says(tmp_path):
    path = tmp_path / "run.checkpoint"

    def rates(*values):
        return {"optimizer": SGD(0.1, schedule=lambda epoch: values[epoch])}

    run(path, **rates(1.0, 0.5))
    assert len(run(path, resume=path, **rates(1.0, 0.4))) == 1, "that epoch was not part of it"
    with pytest.raises(ArgumentError, match=r"optimizer\.factors\.0 was 1\.0 and is 0\.9\."):
        run(path, resume=path, **rates(0.9, 0.5))


def test_what_does_not_matter_may_differ(tmp_path):
    """Callbacks that only watch, and how the same data lies in memory."""
    path = tmp_path / "run.checkpoint"
    run(path)
    callbacks = [CSVLog(tmp_path / "log.csv"), EarlyStopping()]
    history = run(path, resume=path, x=np.asfortranarray(X), callbacks=callbacks)
    assert len(history) == 1
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1"]


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    model = Sequential([Flatten(), Dense(2)], (1, 2, 3))
    model.save(tmp_path / "model.safetensors")
    (tmp_path / "empty").write_bytes(b"")
    for name, match in [
        ("nothing", "there is no checkpoint .*nothing: write one with the callback Checkpoint"),
        ("empty", "not a safetensors file"),
        ("model.safetensors", "not a minitorchcnn-checkpoint that minitorchcnn wrote"),
        (".", "cannot read"),
    ]:
        with pytest.raises(FormatError, match=match):
            run(tmp_path / "new", resume=tmp_path / name)
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "run.checkpoint"
    run(path)
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(len(whole), size=100):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        path.write_bytes(spoilt)
        with pytest.raises(FormatError):
            read_checkpoint(path)


def test_reading_tells_of_the_run(tmp_path):
    path = tmp_path / "run.checkpoint"
    history = run(path, callbacks=[EarlyStopping(), Checkpoint(path, extra={"data": ["a", 1]})])
    run_of = read_checkpoint(path)
    assert run_of["extra"] is None, "the last callback wrote last"
    assert run_of["state"]["history"] == history.records
    assert run_of["identity"]["batch_size"] == 4


def test_extra_comes_back_and_must_be_json(tmp_path):
    path = tmp_path / "run.checkpoint"
    model = Sequential([Flatten(), Dense(2)], (1, 2, 3))
    for extra, told in [({"data": ["a", 1]}, {"data": ["a", 1]}), ({}, {}), (None, None)]:
        Trainer(model, SGD()).fit(
            X, Y, 1, callbacks=[Checkpoint(path, extra=extra)], progress=False
        )
        assert read_checkpoint(path)["extra"] == told
    with pytest.raises(FormatError, match="header of dicts, lists, text, numbers"):
        Trainer(model, SGD()).fit(
            X, Y, 1, callbacks=[Checkpoint(path, extra={"a": object()})], progress=False
        )
    assert read_checkpoint(path)["extra"] is None
