"""`minitorchcnn train`: from images to a model file, in one command."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from minitorchcnn import ArgumentError
from minitorchcnn.cli import digits, inputs
from minitorchcnn.cli.arguments import OptionGroup, add_file, add_number, natural, positive, share
from minitorchcnn.cli.fit import FILES, SCHEDULES, train

EXAMPLES = """\
  minitorchcnn train
  minitorchcnn train photos/ --rgb --size 32 --augment --output photos.safetensors
  minitorchcnn train photos/ --epochs 100 --checkpoint photos.checkpoint
  minitorchcnn train --data synthetic --size 28 --images 10000 --output digits.safetensors
  minitorchcnn train --hand-set --freeze --filters 3 --history hand_set.csv
"""


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on your images or on digits, and save it",
        description="Train a network of two convolutions, and save it. PATH is a folder with one "
        "folder of images for each class, a folder of IDX files, an .npz or .npy file, or a CSV "
        "table; without PATH it is digits. A tenth of the training images is set aside to watch "
        "the training; test images, where there are some, are used once, at the end.",
        examples=EXAMPLES,
    )
    parser.add_argument("path", metavar="PATH", type=Path, nargs="?", help="your own images")
    _add_images(parser.add_argument_group("images"))
    _add_network(parser.add_argument_group("network"))
    _add_learning(parser.add_argument_group("learning"))
    _add_files(parser.add_argument_group("files"))
    parser.set_defaults(run=run)


def _add_images(group: OptionGroup) -> None:
    digits.add_set(group, "handwriting")
    add_number(
        group,
        "--size",
        positive,
        "pixels per side that images of PATH are brought to, or that synthetic digits are "
        f"drawn with, 12 to 64 (default: as they are, {digits.SIZE})",
    )
    add_number(
        group,
        "--images",
        positive,
        f"synthetic digits to train on (default: {digits.TRAIN_IMAGES})",
    )
    inputs.add_appearance(group)
    inputs.add_reading(group)
    add_number(
        group,
        "--validation",
        share,
        "share of the training images that is set aside; 0 for none",
        default=0.1,
    )
    group.add_argument(
        "--augment",
        action="store_true",
        help="shift, turn, scale and shear the images a little, each time anew",
    )


def _add_network(group: OptionGroup) -> None:
    add_number(
        group,
        "--filters",
        positive,
        "filters of the first convolution; the second has twice as many",
        default=16,
    )
    group.add_argument(
        "--hand-set",
        action="store_true",
        help="begin with the tutorial's box, vertical and diagonal as the first three filters",
    )
    group.add_argument("--freeze", action="store_true", help="never change the hand-set filters")


def _add_learning(group: OptionGroup) -> None:
    add_number(group, "--epochs", positive, "how often to go through all images", default=20)
    add_number(group, "--batch-size", positive, "images per update", default=32)
    add_number(group, "--learning-rate", float, "size of the first steps", default=0.05)
    add_number(
        group, "--momentum", float, "share of the last step that goes on, below 1", default=0.9
    )
    group.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default="cosine",
        help="learning rate: down to 0 along a cosine, a tenth after each third of the epochs, "
        "or constant",
    )
    add_number(group, "--seed", natural, "random choices: digits, first weights, order", default=0)


def _add_files(group: OptionGroup) -> None:
    add_file(group, "--output", "file for the model", default=Path("model.safetensors"))
    add_file(group, "--history", "CSV file for the figures of each epoch")
    add_file(
        group,
        "--checkpoint",
        "keep the state of the training here, so that `minitorchcnn resume FILE` can go on "
        "after Ctrl-C or a power cut",
    )
    add_number(
        group,
        "--checkpoint-every",
        _steps,
        "write it after every N updates (default: after every epoch)",
    )
    add_number(group, "--workers", positive, "threads to compute on (default: all cores)")
    group.add_argument("--quiet", action="store_true", help="print the result only")


def _steps(text: str) -> str | int:
    return text if text == "epoch" else positive(text)


def run(options: argparse.Namespace) -> int:
    """Train, report and save; return the exit code."""
    refuse_contradictions(options)
    return train(options, command_line(options))


def refuse_contradictions(options: argparse.Namespace) -> None:
    """Refuse options that do not go together, before anything is read."""
    if options.freeze and not options.hand_set:
        raise ArgumentError("--freeze keeps hand-set filters as they are: add --hand-set.")
    if options.path is not None and options.data:
        raise ArgumentError("give either the PATH of your images or --data, not both.")
    if options.data != "synthetic" and (options.images or (options.size and not options.path)):
        raise ArgumentError("--size and --images are for drawn digits: add --data synthetic.")
    if options.path is None:
        inputs.refuse_for_digits(options)
    if options.digit and options.rgb:
        raise ArgumentError("--digit gives square grey images: leave --rgb out.")
    if options.validation == 1:
        raise ArgumentError("--validation 1 leaves nothing to train on: give less, such as 0.1.")
    if options.checkpoint_every is not None and options.checkpoint is None:
        raise ArgumentError("--checkpoint-every needs a file to write to: add --checkpoint FILE.")


def command_line(options: argparse.Namespace) -> list[str]:
    """Return the command line that starts the same training, from any folder.

    Parameters
    ----------
    options : Namespace
        What `train` was given, defaults included: they may change in another version.
    """
    found = ["train"]
    for name, value in vars(options).items():
        if name == "run" or value is None or value is False:
            continue
        text = str(value.absolute()) if name in FILES else str(value)
        flag = [] if name == "path" else [f"--{name.replace('_', '-')}"]
        found += flag if value is True else [*flag, text]
    return found
