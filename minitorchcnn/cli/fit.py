"""What `train` and `resume` share: build the network, let it learn, report, save."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from typing import Any

import numpy as np

from minitorchcnn import (
    SGD,
    ArgumentError,
    Augmentation,
    Callback,
    Checkpoint,
    CosineSchedule,
    History,
    StepSchedule,
    Trainer,
)
from minitorchcnn.cli import digits
from minitorchcnn.cli.checkpoints import describe_run, refuse_to_lose
from minitorchcnn.cli.default_network import build_network
from minitorchcnn.cli.inputs import InputData, load_digits, read_path
from minitorchcnn.storage.paths import check_file

SCHEDULES = ("cosine", "step", "constant")

#: The options that name files: stored in a checkpoint so that they hold in any folder.
FILES = ("path", "output", "history", "checkpoint")

#: What --augment does to an image, at most: it should still be what it was.
GENTLY: dict[str, Any] = {"shift": 2, "rotation": 10, "scale": 0.1, "shear": 5}


def train(options: argparse.Namespace, words: list[str], *, resume: bool = False) -> int:
    """Train as asked, report and save; return the exit code.

    Parameters
    ----------
    options : Namespace
        Of `train`.
    words : list of str
        The command line that starts the same training: the checkpoints hold it.
    resume : bool
        Go on from the checkpoint in `options.checkpoint`.
    """
    _refuse_one_file_for_two(options)
    if options.checkpoint is not None and not resume:
        check_file(options.checkpoint, make=True)
        refuse_to_lose(options.checkpoint)
    data = _read_data(options)
    trainer = _build_trainer(options, data)
    for path in (options.output, options.history, options.checkpoint):
        check_file(path, make=True)
    bars = sys.stderr.isatty() and not options.quiet
    if not options.quiet:
        _introduce(trainer, data)
    callbacks: list[Callback] = [] if bars or options.quiet else [EpochLines()]
    if options.checkpoint is not None:
        every = options.checkpoint_every or "epoch"
        extra = describe_run(words, options.epochs)
        callbacks.append(Checkpoint(options.checkpoint, every=every, extra=extra))
    history = trainer.fit(
        data.x,
        data.y,
        epochs=options.epochs,
        validation=options.validation or None,
        callbacks=callbacks,
        progress=bars,
        resume=options.checkpoint if resume else None,
    )
    if history.interrupted:
        return _stopped(options, trainer)
    trainer.model.save(options.output)
    if options.history is not None:
        history.to_csv(options.history)
    _report(trainer, options, data, history)
    return 0


def _refuse_one_file_for_two(options: argparse.Namespace) -> None:
    """Refuse to write one file over another, or over the images."""
    taken: dict[str, str] = {}
    for name in FILES:
        if (path := getattr(options, name)) is None:
            continue
        own = "PATH" if name == "path" else f"--{name}"
        other = taken.setdefault(os.path.realpath(path), own)
        if other != own:
            raise ArgumentError(f"{own} and {other} are both {path}: give each a file of its own.")


def _read_data(options: argparse.Namespace) -> InputData:
    if options.path is not None:
        return read_path(options.path, options)
    size, images = options.size or digits.SIZE, options.images or digits.TRAIN_IMAGES
    return load_digits(options.data or "handwriting", size, images, options.seed)


def _build_trainer(options: argparse.Namespace, data: InputData) -> Trainer:
    model = build_network(
        data.x.shape[1:],
        options.filters,
        classes=len(data.class_names),
        hand_set=options.hand_set,
        freeze=options.freeze,
        seed=options.seed,
    )
    model.class_names, model.preprocessing = data.class_names, data.preprocessing
    schedule = _make_schedule(options.schedule, options.epochs)
    return Trainer(
        model,
        SGD(options.learning_rate, momentum=options.momentum, schedule=schedule),
        batch_size=options.batch_size,
        seed=options.seed,
        workers=options.workers,
        augment=Augmentation(**GENTLY) if options.augment else None,
    )


def _make_schedule(name: str, epochs: int) -> CosineSchedule | StepSchedule | None:
    if name == "cosine":
        return CosineSchedule(epochs)
    return StepSchedule(max(1, -(-epochs // 3))) if name == "step" else None


def _introduce(trainer: Trainer, data: InputData) -> None:
    n, channels, height, width = data.x.shape
    colours = {1: "", 3: ", three colours"}[channels]
    print(f"{data.title}: {n:,} training images of {height} x {width} pixels{colours}")
    for note in data.notes:
        print(f"  {note}")
    if data.class_names != digits.NAMES:
        counts = np.bincount(data.y, minlength=len(data.class_names))
        of_each = zip(data.class_names, counts.tolist(), strict=True)
        print("classes: " + ", ".join(f"{name} ({count:,})" for name, count in of_each))
    print(f"\n{trainer.model.summary()}\n", flush=True)


class EpochLines(Callback):
    """One line per epoch where no progress bar can be shown, as in a log file."""

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Print the line."""
        line = f"epoch {epoch:3}  loss {record['loss']:.4f}  accuracy {record['accuracy']:6.1%}"
        if "val_loss" in record:
            line += (
                f"  validation loss {record['val_loss']:.4f}"
                f"  accuracy {record['val_accuracy']:6.1%}"
            )
        print(line, flush=True)


def _stopped(options: argparse.Namespace, trainer: Trainer) -> int:
    """Say after Ctrl-C how to go on; return the exit code."""
    message = "stopped by Ctrl-C"
    if options.checkpoint is not None:
        message += (
            f" after {trainer.epoch} of {options.epochs} epochs; all is kept in "
            f"{options.checkpoint}, go on with: minitorchcnn resume "
            f"{shlex.quote(str(options.checkpoint))}"
        )
    print(f"error: {message}", file=sys.stderr)
    return 130


def _report(
    trainer: Trainer, options: argparse.Namespace, data: InputData, history: History
) -> None:
    if not options.quiet:
        print()
    last = history.records[-1]
    if "val_loss" in last:
        print(f"validation: loss {last['val_loss']:.4f}, accuracy {last['val_accuracy']:.1%}")
    if data.test is not None:
        measured = trainer.evaluate(*data.test)
        print(
            f"test:       loss {measured['loss']:.4f}, accuracy {measured['accuracy']:.1%} "
            f"({len(data.test[1]):,} images never used before)"
        )
    print(f"saved:      {options.output}")
    if options.history is not None:
        print(f"history:    {options.history}")
