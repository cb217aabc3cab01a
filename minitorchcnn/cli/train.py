"""`minitorchcnn train`: from digits to a model file, in one command."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from minitorchcnn import (
    SGD,
    ArgumentError,
    Callback,
    CosineSchedule,
    StepSchedule,
    Trainer,
)
from minitorchcnn.arrays import Shape
from minitorchcnn.cli import digits
from minitorchcnn.cli.network import network
from minitorchcnn.experiments.command import check_file, natural, positive

EXAMPLES = """\
  minitorchcnn train
  minitorchcnn train --data synthetic --size 28 --images 10000 --output digits.safetensors
  minitorchcnn train --hand-set --freeze --filters 3 --history hand_set.csv
"""

VALIDATION = 0.1
SCHEDULES = ("cosine", "step", "constant")


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on digits and save it",
        description="Train a network of two convolutions on digits, and save it. A tenth of the "
        "training images is set aside to watch the training; the test images are used once, at "
        "the end.",
        examples=EXAMPLES,
    )
    _add_data_and_network(parser)
    _add_learning(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("model.safetensors"),
        help="file for the model",
    )
    parser.add_argument(
        "--history", metavar="FILE", type=Path, help="CSV file for the figures of each epoch"
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=natural,
        default=0,
        help="random choices: digits, first weights, order",
    )
    parser.add_argument("--quiet", action="store_true", help="print the result only")
    parser.set_defaults(run=run)


def _add_data_and_network(parser: argparse.ArgumentParser) -> None:
    digits.add_set(parser, "handwriting")
    parser.add_argument(
        "--size",
        metavar="N",
        type=positive,
        help=f"pixels per side of synthetic digits, 12 to 64 (default: {digits.SIZE})",
    )
    parser.add_argument(
        "--images",
        metavar="N",
        type=positive,
        help=f"synthetic digits to train on (default: {digits.TRAIN_IMAGES})",
    )
    parser.add_argument(
        "--filters",
        metavar="N",
        type=positive,
        default=16,
        help="filters of the first convolution; the second has twice as many",
    )
    parser.add_argument(
        "--hand-set",
        action="store_true",
        help="begin with the tutorial's box, vertical and diagonal as the first three filters",
    )
    parser.add_argument("--freeze", action="store_true", help="never change the hand-set filters")


def _add_learning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=positive,
        default=20,
        help="how often to go through all images",
    )
    parser.add_argument(
        "--batch-size", metavar="N", type=positive, default=32, help="images per update"
    )
    parser.add_argument(
        "--learning-rate", metavar="X", type=float, default=0.05, help="size of the first steps"
    )
    parser.add_argument(
        "--momentum",
        metavar="X",
        type=float,
        default=0.9,
        help="share of the last step that goes on, below 1",
    )
    parser.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default="cosine",
        help="learning rate: down to 0 along a cosine, a tenth after each third of the epochs, "
        "or constant",
    )


def run(options: argparse.Namespace) -> int:
    """Train, report and save; return the exit code."""
    _refuse_contradictions(options)
    size, images = options.size or digits.SIZE, options.images or digits.TRAIN_IMAGES
    x, y = digits.train_part(options.data, size, images, options.seed)
    trainer = _trainer(options, x.shape[1:])
    check_file(options.output)
    check_file(options.history)
    bars = sys.stderr.isatty() and not options.quiet
    if not options.quiet:
        print(f"{options.data}: {len(x):,} training images of {x.shape[2]} x {x.shape[3]} pixels\n")
        print(f"{trainer.model.summary()}\n", flush=True)
    history = trainer.fit(
        x,
        y,
        epochs=options.epochs,
        validation=VALIDATION,
        callbacks=[] if bars or options.quiet else [EpochLines()],
        progress=bars,
    )
    trainer.model.save(options.output)
    if options.history is not None:
        history.to_csv(options.history)
    _report(trainer, options, history.records[-1])
    return 0


def _trainer(options: argparse.Namespace, shape: Shape) -> Trainer:
    model = network(
        shape,
        options.filters,
        hand_set=options.hand_set,
        freeze=options.freeze,
        seed=options.seed,
    )
    schedule = _schedule(options.schedule, options.epochs)
    optimizer = SGD(options.learning_rate, momentum=options.momentum, schedule=schedule)
    return Trainer(model, optimizer, batch_size=options.batch_size, seed=options.seed)


def _refuse_contradictions(options: argparse.Namespace) -> None:
    if options.freeze and not options.hand_set:
        raise ArgumentError("--freeze keeps hand-set filters as they are: add --hand-set.")
    if options.data != "synthetic" and (options.size or options.images):
        raise ArgumentError("--size and --images are for drawn digits: add --data synthetic.")


def _schedule(name: str, epochs: int) -> CosineSchedule | StepSchedule | None:
    if name == "cosine":
        return CosineSchedule(epochs)
    return StepSchedule(max(1, -(-epochs // 3))) if name == "step" else None


class EpochLines(Callback):
    """One line per epoch where no progress bar can be shown, as in a log file."""

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Print the line."""
        print(
            f"epoch {epoch:3}  loss {record['loss']:.4f}  accuracy {record['accuracy']:6.1%}  "
            f"validation loss {record['val_loss']:.4f}  accuracy {record['val_accuracy']:6.1%}",
            flush=True,
        )


def _report(trainer: Trainer, options: argparse.Namespace, last: dict[str, float]) -> None:
    shape = trainer.model.input_shape
    x, y = digits.test_part(options.data, shape, digits.TEST_IMAGES, options.seed)
    measured = trainer.evaluate(x, y)
    if not options.quiet:
        print()
    print(f"validation: loss {last['val_loss']:.4f}, accuracy {last['val_accuracy']:.1%}")
    print(
        f"test:       loss {measured['loss']:.4f}, accuracy {measured['accuracy']:.1%} "
        f"({len(x):,} images never used before)"
    )
    print(f"saved:      {options.output}")
    if options.history is not None:
        print(f"history:    {options.history}")
