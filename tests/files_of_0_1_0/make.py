"""Made `files_of_0_1_0` with version 0.1.0; kept to show how, and of no use with another version.

`python make_artefacts.py` writes the files anew, `python make_artefacts.py --compare` tells
whether the minitorchcnn at hand gets the same bytes on this machine.
"""

import contextlib
import io
import json
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

import minitorchcnn
from minitorchcnn import (
    SGD,
    AvgPool,
    BatchNorm,
    Checkpoint,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    Trainer,
    datasets,
)

#: The update after which the checkpoint is kept: in the middle of an epoch.
KEPT = {"stepped": 8, "everything": 12, "command": 7}

#: Options of the command line besides files.
WORDS = {
    "filters": 6,
    "epochs": 3,
    "batch-size": 8,
    "learning-rate": 0.02,
    "schedule": "constant",
    "validation": 0.2,
    "seed": 7,
}


def pictures(path):
    """Draw light ink on dark paper, noisy, of three classes whose names are words."""
    rng = np.random.default_rng(20)
    names = np.array(["Kreuz", "Punkt", "Öse"])
    numbers = np.arange(54) % 3
    ink = np.zeros((3, 8, 8))
    ink[0, 1:7, 3:5] = ink[0, 3:5, 1:7] = ink[1, 3:6, 3:6] = ink[2, 2:6, 2:6] = 90
    ink[2, 3:5, 3:5] = 0
    x = np.clip(ink[numbers] + rng.integers(0, 60, (54, 8, 8)), 0, 255)
    inside = np.zeros((8, 8), bool)
    inside[1:7, 1:7] = True
    x += inside * rng.integers(0, 100, x.shape)
    np.savez_compressed(path, x=x.astype(np.uint8), y=names[numbers])


def classifier(path):
    """Return a model as `minitorchcnn train` makes it, briefly trained, and inputs for it."""
    read = datasets.load(path)
    layers = [Conv2D(4, 3), ReLU(), MaxPool(2), Flatten(), Dense(3)]
    model = Sequential(layers, input_shape=read.x.shape[1:], seed=1)
    model.class_names, model.preprocessing = read.class_names, read.preprocessing.to_dict()
    Trainer(model, SGD(0.05, momentum=0.9)).fit(read.x, read.y, epochs=2, progress=False)
    return model, np.asarray(read.x[:6])


def statistics():
    """Return a float64 model of all kinds of geometry and of freezing, and inputs for it."""
    rng = np.random.default_rng(30)
    layers = [
        Conv2D(4, (3, 2), stride=(1, 2), padding="same", trainable=[True, False, True, False]),
        BatchNorm(momentum=0.3, epsilon=1e-3),
        LeakyReLU(0.2),
        AvgPool(2, stride=1, padding=((0, 1), (1, 0)), count_include_pad=False),
        Conv2D(6, 3, padding=((2, 1), (0, 3)), dilation=(2, 1), groups=2, bias=False),
        ReLU(),
        MaxPool((3, 2), stride=2, ceil_mode=True),
        BatchNorm(trainable=False),
        Dropout(0.25),
        GlobalAvgPool(),
        Dense(5),
        BatchNorm(),
        Tanh(),
        Dense(3, bias=False, trainable=[True, True, False]),
    ]
    model = Sequential(layers, input_shape=(2, 11, 10), seed=2, dtype="float64")
    trainer = Trainer(model, SGD(0.1, momentum=0.5), batch_size=10)
    x = rng.normal(0.5, 1.5, (40, 2, 11, 10)).clip(-3, 4)
    trainer.fit(x, rng.integers(0, 3, 40), epochs=2, progress=False)
    return model, x[:5]


def one_output():
    """Return a model that says yes or no about rows of features, and inputs for it."""
    rng = np.random.default_rng(40)
    layers = [Dense(4, trainable=False), Tanh(), Dense(3), Sigmoid(), Dense(1)]
    model = Sequential(layers, (5,), seed=np.random.default_rng(3), class_names=["nein", "ja"])
    x = rng.normal(size=(60, 5)).clip(-2, 2).astype(np.float32)
    trainer = Trainer(model, SGD(0.5), loss="binary_cross_entropy")
    trainer.fit(x, (x[:, 0] > x[:, 1]).astype(int), epochs=3, progress=False)
    return model, x[:8]


def facts(model):
    """Describe a model in plain JSON."""
    left_out = ("initializer", "trainable")
    options = [{k: v for k, v in lay.config().items() if k not in left_out} for lay in model.layers]
    kinds = [type(layer).__name__ for layer in model.layers]
    return {
        "layers": list(zip(kinds, options, strict=True)),
        "trainable": [np.asarray(p.trainable).tolist() for p in model.parameters()],
        "dtype": model.dtype.name,
        "input_shape": model.input_shape,
        "class_names": model.class_names,
        "preprocessing": model.preprocessing,
        "seed": model.seed,
    }


@contextlib.contextmanager
def keeping(update, target):
    """Copy the checkpoint as it lies there after one update of a training."""
    from minitorchcnn.callbacks import checkpoint

    write = checkpoint.write_checkpoint

    def watched(path, trainer, extra=None):
        write(path, trainer, extra)
        if trainer.run.updates == update:
            assert trainer.run.sums.batches > 0, "that is the end of an epoch"
            shutil.copy(path, target)

    checkpoint.write_checkpoint = watched
    yield
    checkpoint.write_checkpoint = write


def end(name, model, records):
    """Return the facts of a training's end, with its weights."""
    held = minitorchcnn.checkpoints.read_checkpoint(given().FILES / f"{name}.checkpoint")
    timeless = [{k: v for k, v in record.items() if k != "seconds"} for record in records]
    told = {
        "epoch": held["state"]["epoch"],
        "updates": held["state"]["updates"],
        "extra": held["extra"],
        "records": timeless,
        "trainable": [np.asarray(p.trainable).tolist() for p in model.parameters()],
    }
    return told, {f"{name}/{key}": value for key, value in model.state_dict().items()}


def given():
    """Return the test module, which builds the trainings."""
    sys.path.insert(0, str(Path(__file__).parent))
    import test_files_of_0_1_0

    return test_files_of_0_1_0


def make():
    """Write all files."""
    files = given().FILES
    files.mkdir(exist_ok=True)
    pictures(files / "pictures.npz")
    told = {"written_with": written_with(), "models": {}, "checkpoints": {}}
    arrays = {}
    made = classifier(files / "pictures.npz"), statistics(), one_output()
    for name, (model, x) in zip(given().MODELS, made, strict=True):
        model.save(files / f"{name}.safetensors")
        told["models"][name] = facts(model)
        arrays |= {f"{name} x": x, f"{name} y": model.predict(x)}
    with tempfile.TemporaryDirectory() as folder:
        for name, build in given().TRAININGS.items():
            trainer, data, options = build()
            extra = {"note": "für später"} if name == "stepped" else None
            saving = Checkpoint(f"{folder}/last", every=4, extra=extra)
            callbacks = [*options["callbacks"], saving]
            with keeping(KEPT[name], files / f"{name}.checkpoint"):
                history = trainer.fit(*data, **{**options, "callbacks": callbacks}, progress=False)
            told["checkpoints"][name], weights = end(name, trainer.model, history.records)
            arrays |= weights
        stopping, filters = callbacks[:2]
        told["best_epoch"], told["films"] = stopping.best_epoch, filters.names
        arrays["films"] = filters.films
    told["checkpoints"]["command"], weights = command(files)
    np.savez_compressed(files / "expected.npz", **arrays, **weights)
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (files / "expected.json").write_text(text + "\n", encoding="utf-8")


def command(files):
    """Train by the command line."""
    from minitorchcnn.cli import main

    folder = Path("/tmp/artefacts/run")  # stands in the checkpoint
    folder.mkdir()
    own = shutil.copy(files / "pictures.npz", folder)
    named = ["--output", f"{folder}/model", "--checkpoint", f"{folder}/last"]
    words = ["train", own, *named, "--checkpoint-every", str(KEPT["command"])]
    words += [f"--{name}={value}" for name, value in WORDS.items()]
    words += ["--hand-set", "--freeze", "--augment", "--quiet"]
    with (
        keeping(KEPT["command"], files / "command.checkpoint"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        assert main(words) == 0
    records = minitorchcnn.checkpoints.read_checkpoint(folder / "last")["state"]["history"]
    result = end("command", minitorchcnn.load_model(folder / "model"), records)
    shutil.rmtree(folder)
    return result


def written_with():
    """Return the versions and the processor kind that the stored numbers are from."""
    from threadpoolctl import threadpool_info

    blas = [f"{b['internal_api']} {b['version']} {b['architecture']}" for b in threadpool_info()]
    versions = {"minitorchcnn": minitorchcnn.__version__, "numpy": np.__version__}
    return {**versions, "python": platform.python_version(), "blas": blas}


def compare():
    """Print how far this version's results are from the stored ones."""
    test, apart = given(), {}

    def far(found, wanted):
        difference = np.abs(found - wanted) / (np.abs(wanted) + 0.1)
        apart[what] = max(apart.get(what, 0.0), float(difference.max()) if found.size else 0.0)
        bytes_equal[what] = bytes_equal.get(what, True) and found.tobytes() == wanted.tobytes()

    bytes_equal = {}
    test.close = far
    for what in test.MODELS:
        test.test_model_predicts_what_it_did(what)
    for what in test.TRAININGS:
        with tempfile.TemporaryDirectory() as folder:
            test.test_training_goes_on_to_the_same_end(what, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        what = "command"
        with contextlib.redirect_stdout(io.StringIO()):
            test.test_command_goes_on_to_the_same_end(Path(folder))
    print(f"stored: {test.expected()[0]['written_with']}\nhere:   {written_with()}")
    for what, same in bytes_equal.items():
        print(f"{what:12} {'same bytes' if same else f'differs by {apart[what]:.1e}'}")


if __name__ == "__main__":
    compare() if "--compare" in sys.argv else make()
