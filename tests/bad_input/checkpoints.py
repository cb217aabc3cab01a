"""Slips with checkpoints, logs and batches."""

import tempfile
from pathlib import Path

import numpy as np

from minitorchcnn import (
    SGD,
    ArgumentError,
    BatchNorm,
    CallOrderError,
    Checkpoint,
    CSVLog,
    DataError,
    Dense,
    EarlyStopping,
    FormatError,
    Sequential,
    ShapeError,
    Trainer,
)
from minitorchcnn.storage.tensors import read_tensors, write_tensors
from minitorchcnn.training.checkpointing import (
    FORMAT,
    FORMAT_VERSION,
    TENSOR,
    read_checkpoint,
    write_checkpoint,
)
from tests.bad_input import Slip, fit, image_model, images, labels, row_model

ROWS = np.ones((4, 3), np.float32)


def kept(folder, **header):
    """Return the path of a checkpoint that says of itself what is given."""
    path = Path(folder) / "run.checkpoint"
    records = {"history": np.frombuffer(b"[]", np.uint8)}
    write_tensors(path, records, {"format": FORMAT, "format_version": FORMAT_VERSION, **header})
    return path


def with_folder(act):
    def do():
        with tempfile.TemporaryDirectory() as folder:
            act(Path(folder))

    return do


def resumed(folder, **options):
    """Resume two steps of one training with what is given, such as another batch size."""
    path = folder / "run.checkpoint"
    for again in (False, True):
        given = {"batch_size": 2, "x": ROWS, **(options if again else {})}
        x = given.pop("x")
        trainer = Trainer(row_model(2), SGD(0.1), **given)
        resume = path if again else None
        checkpoint = Checkpoint(path)
        trainer.fit(x, labels() % 2, 1, callbacks=[checkpoint], progress=False, resume=resume)


def forged(spoil):
    """Resume from a checkpoint that is whole by its sha256, but was rewritten by `spoil`."""

    def act(folder):
        path = folder / "run.checkpoint"
        fit(callbacks=[Checkpoint(path), EarlyStopping("loss")])
        tensors, header = read_tensors(path, FORMAT)
        spoil(header["state"])
        write_tensors(path, tensors, header)
        fit(resume=path, callbacks=[EarlyStopping("loss")])

    return with_folder(act)


CHECKPOINTS = [
    Slip(
        "checkpoint without a path",
        lambda: Checkpoint(None),
        ArgumentError,
        r"Checkpoint: path must be the path of a file or folder, got None",
    ),
    Slip(
        "resume by yes",
        lambda: fit(resume=True),
        ArgumentError,
        r"resume must be the path of a file or folder, got True",
    ),
    Slip(
        "best of every step",
        lambda: Checkpoint("x", every=10, best_only=True),
        ArgumentError,
        r'best_only needs every="epoch", got 10: what is best shows at the end of an epoch',
    ),
    Slip(
        "every step by name",
        lambda: Checkpoint("x", every="step"),
        ArgumentError,
        r"every must be \"epoch\" or a number of updates, got 'step'",
    ),
    Slip(
        "extra of a checkpoint",
        lambda: Checkpoint("x", extra=["a"]),
        ArgumentError,
        r"extra must be a dict or None, got \['a'\]",
    ),
    Slip(
        "checkpoint into no folder",
        with_folder(lambda folder: fit(callbacks=[Checkpoint(folder / "no" / "run")])),
        FormatError,
        r"Checkpoint cannot write .*no.run: No such file or directory: make the folder first",
    ),
    Slip(
        "log into no folder",
        with_folder(lambda folder: fit(callbacks=[CSVLog(folder / "no" / "log.csv")])),
        FormatError,
        r"CSVLog cannot write .*log\.csv: No such file or directory: make the folder first",
    ),
    Slip(
        "checkpoint outside fit",
        lambda: write_checkpoint("x", Trainer(row_model(), SGD()).state_dict(), None),
        CallOrderError,
        r"in the middle of fit: give fit a Checkpoint callback",
    ),
    Slip(
        "no checkpoint",
        lambda: fit(resume="nowhere.checkpoint"),
        FormatError,
        r"there is no checkpoint nowhere\.checkpoint: write one with the callback Checkpoint, or",
    ),
    Slip(
        "checkpoint of nothing",
        with_folder(lambda folder: read_checkpoint(kept(folder))),
        FormatError,
        r"does not hold what a checkpoint should: KeyError 'state'\. Use another one",
    ),
    Slip(
        "checkpoint whose state is an array",
        with_folder(lambda folder: read_checkpoint(kept(folder, state={TENSOR: "history"}))),
        FormatError,
        r"does not hold what a checkpoint should: IndexError",
    ),
    Slip(
        "checkpoint of half a state",
        with_folder(
            lambda folder: fit(resume=kept(folder, state={"history": {TENSOR: "history"}}))
        ),
        FormatError,
        r"does not hold what a checkpoint should: KeyError 'identity'",
    ),
    Slip(
        "checkpoint without weights",
        forged(lambda state: state.pop("model")),
        FormatError,
        r"does not hold what a checkpoint should: KeyError 'model'",
    ),
    Slip(
        "checkpoint of minus one epoch",
        forged(lambda state: state.update(epoch=-1)),
        FormatError,
        r"does not hold what a checkpoint should: ValueError",
    ),
    Slip(
        "checkpoint of a sum in words",
        forged(lambda state: state["sums"].update(samples="four")),
        FormatError,
        r"does not hold what a checkpoint should: TypeError",
    ),
    Slip(
        "checkpoint whose best weights are ragged lists",
        forged(
            lambda state: state["callbacks"][0]["state"].update(weights={"0.weight": [[1], [2, 3]]})
        ),
        FormatError,
        r"does not hold what a checkpoint should: AttributeError",
    ),
    Slip(
        "checkpoint of a callback that remembers nothing it knows",
        forged(lambda state: state["callbacks"][0].update(state=["best"])),
        FormatError,
        r"does not hold what a checkpoint should: (Type|Key|Attribute)Error",
    ),
    Slip(
        "checkpoint of another batch size",
        with_folder(lambda folder: resumed(folder, batch_size=4)),
        ArgumentError,
        r"of another training: batch_size was 2 and is 4\. Give the same model, options and data",
    ),
    Slip(
        "checkpoint of other images",
        with_folder(lambda folder: resumed(folder, x=-ROWS)),
        DataError,
        r"of another training: x was float32 \(4, 3\) \w{12}\.\.\. and is float32 \(4, 3\) \w{12}",
    ),
]

BATCHES = [
    Slip(
        "last batch of one",
        lambda: Trainer(Sequential([BatchNorm(), Dense(2)], (3,)), SGD(), batch_size=3).fit(
            ROWS, labels() % 2
        ),
        ArgumentError,
        r"batch_size 3 for 4 samples gives a batch of 1, and layer 0, BatchNorm\(\), needs at "
        r"least 2 values per channel to train on: use batch_size=4",
    ),
    Slip(
        "augment that is none",
        lambda: Trainer(row_model(), SGD(), augment="flip"),
        ArgumentError,
        r"augment must be a function \(x, rng\) -> x, got 'flip'",
    ),
    Slip(
        "augment that shrinks",
        lambda: Trainer(image_model(), SGD(), augment=lambda x, rng: x[:, :, 1:]).fit(
            images(), labels()
        ),
        ShapeError,
        r"augment gave float32 of shape \(4, 1, 5, 5\), expected float32 of shape \(4, 1, 6, 5\)",
    ),
]

SLIPS = [*CHECKPOINTS, *BATCHES]
