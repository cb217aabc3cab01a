"""Files that version 0.1.0 wrote must be read for ever: people keep models, and go on training.

`files_of_0_1_0` holds models and checkpoints that 0.1.0 wrote, and in expected.json and
expected.npz what 0.1.0 itself made of them: what each model is and predicts, and where each
training ended that nobody interrupted. A checkpoint is the file as it lay there in the middle of
that training. Nothing here may be made anew by a later version: `make_artefacts.py`, which made
it, is kept to show how. Numbers may differ by roundings, as BLAS adds in another order on another
processor.
"""

import functools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import minitorchcnn as mini
from minitorchcnn.cli import main

FILES = Path(__file__).parent / "files_of_0_1_0"
MODELS = ("classifier", "statistics", "one_output")


@functools.cache
def expected():
    """Return the facts and the arrays that 0.1.0 stored."""
    with np.load(FILES / "expected.npz") as held:
        return json.loads((FILES / "expected.json").read_text("utf-8")), dict(held)


def images(dtype):
    """Return the pictures as samples, by arithmetic that gives the same bits everywhere."""
    with np.load(FILES / "pictures.npz") as held:
        pixels, names = held["x"], held["y"]
    return pixels[:, np.newaxis].astype(dtype) / dtype(127.5) - 1, np.unique(names, False, True)[1]


def stepped():
    """Return a float32 training with momentum and a schedule in steps, as arguments of `fit`."""
    layers = [mini.Conv2D(3, 3), mini.ReLU(), mini.MaxPool(2), mini.Flatten(), mini.Dense(3)]
    optimizer = mini.SGD(0.05, momentum=0.9, schedule=mini.StepSchedule(1, gamma=0.5))
    model = mini.Sequential(layers, (1, 8, 8), seed=4)
    trainer = mini.Trainer(model, optimizer, batch_size=8, seed=2)
    return trainer, images(np.float32), {"epochs": 3, "callbacks": []}


def everything():
    """Return a float64 training with all that a checkpoint must remember.

    Its best epoch lies before the checkpoint, which thus holds the weights it ends with.
    """
    first = mini.Conv2D(4, 3, padding="same", trainable=[True, False, False, True])
    second = mini.Conv2D(6, 3, groups=2, bias=False)
    layers = [first, mini.BatchNorm(), mini.LeakyReLU(0.1), mini.MaxPool(2)]
    layers += [second, mini.BatchNorm(), mini.ReLU(), mini.Dropout(0.2)]
    layers += [mini.GlobalAvgPool(), mini.Dense(3)]
    cosine = mini.CosineSchedule(8, minimum=0.1)
    optimizer = mini.SGD(0.3, 0.9, nesterov=True, weight_decay=0.01, schedule=cosine)
    model = mini.Sequential(layers, (1, 8, 8), seed=5, dtype="float64")
    trainer = mini.Trainer(model, optimizer, batch_size=8, seed=4, workers=1)
    stopping, filters = mini.EarlyStopping(patience=2), mini.RecordFilters(0, every=3)
    callbacks = [stopping, filters, mini.ThawAt(0, 3, filters=[1])]
    fit = {"epochs": 8, "validation": 0.25, "callbacks": callbacks}
    return trainer, images(np.float64), fit


TRAININGS = {"stepped": stepped, "everything": everything}


def close(found, wanted):
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    tolerance = 1e-4 if found.dtype == np.float32 else 1e-9
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance / 10)


def same_weights(model, name):
    _, arrays = expected()
    state = model.state_dict()
    assert {f"{name}/{key}" for key in state} == {a for a in arrays if a.startswith(f"{name}/")}
    for key, value in state.items():
        close(value, arrays[f"{name}/{key}"])


def same_records(records, name):
    wanted = expected()[0]["checkpoints"][name]["records"]
    tolerance = 1e-8 if name == "everything" else 1e-4
    assert len(records) == len(wanted)
    for record, before in zip(records, wanted, strict=True):
        assert {key: record[key] for key in before} == pytest.approx(before, rel=tolerance)


def plain(thing):
    return json.loads(json.dumps(thing))


def frozen(model):
    return [np.asarray(parameter.trainable).tolist() for parameter in model.parameters()]


@pytest.mark.parametrize("name", MODELS)
def test_model_is_what_it_was(name):
    model, told = mini.load_model(FILES / f"{name}.safetensors"), expected()[0]["models"]
    for layer, (kind, options) in zip(model.layers, told[name]["layers"], strict=True):
        assert type(layer).__name__ == kind
        assert plain({option: getattr(layer, option) for option in options}) == options
    assert frozen(model) == told[name]["trainable"]
    assert model.dtype == told[name]["dtype"]
    for fact in ("input_shape", "class_names", "preprocessing", "seed"):
        assert plain(getattr(model, fact)) == told[name][fact]
    if model.preprocessing is not None:
        way = mini.datasets.Preprocessing.from_dict(model.preprocessing)
        assert way.to_dict() == model.preprocessing


@pytest.mark.parametrize("name", MODELS)
def test_model_predicts_what_it_did(name):
    _, arrays = expected()
    model = mini.load_model(FILES / f"{name}.safetensors")
    close(model.predict(arrays[f"{name} x"]), arrays[f"{name} y"])


@pytest.mark.parametrize("name", [*TRAININGS, "command"])
def test_checkpoint_tells_of_its_training(name):
    told = expected()[0]["checkpoints"][name]
    held = mini.checkpoints.read_checkpoint(FILES / f"{name}.checkpoint")
    assert held["extra"] == told["extra"]
    assert (held["state"]["epoch"], held["state"]["updates"]) == (told["epoch"], told["updates"])
    assert len(held["state"]["history"]) == told["epoch"]


@pytest.mark.parametrize("name", TRAININGS)
def test_training_goes_on_to_the_same_end(name, tmp_path):
    trainer, data, options = TRAININGS[name]()
    told, arrays = expected()
    trainer.model.layers[0].trainable = True  # the file knows what is frozen
    options["callbacks"].append(mini.Checkpoint(tmp_path / "later", every=4))
    resume = FILES / f"{name}.checkpoint"
    history = trainer.fit(*data, **options, progress=False, resume=resume)
    same_weights(trainer.model, name)
    same_records(history.records, name)
    assert frozen(trainer.model) == told["checkpoints"][name]["trainable"]
    if name == "everything":
        stopping, filters = options["callbacks"][:2]
        assert (stopping.best_epoch, filters.names) == (told["best_epoch"], told["films"])
        close(filters.films, arrays["films"])


def test_command_goes_on_to_the_same_end(tmp_path):
    checkpoint = shutil.copy(FILES / "command.checkpoint", tmp_path)  # it is written again
    words = ["resume", checkpoint, FILES / "pictures.npz", "--output", tmp_path / "model"]
    assert main([*map(str, words), "--quiet"]) == 0
    model = mini.load_model(tmp_path / "model")
    same_weights(model, "command")
    assert frozen(model) == expected()[0]["checkpoints"]["command"]["trainable"]
    held = mini.checkpoints.read_checkpoint(checkpoint)
    same_records(held["state"]["history"], "command")
