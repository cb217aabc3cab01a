"""`minitorchcnn predict`: ask a saved model what it sees, in a file or in one of our digits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import ArgumentError, Sequential, datasets, load_model, softmax
from minitorchcnn.cli import digits, inputs
from minitorchcnn.cli.arguments import add_number, natural, share
from minitorchcnn.cli.pictures import find_preprocessing, read_picture
from minitorchcnn.datasets.readers.options import MAX_PIXELS
from minitorchcnn.types import Array

EXAMPLES = """\
  minitorchcnn predict model.safetensors seven.png two.png
  minitorchcnn predict model.safetensors photo_of_a_seven.jpg --digit
  minitorchcnn predict model.safetensors --data handwriting --index 0 5 7
"""

TOP = 3
THRESHOLD = 0.5


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "predict",
        help="ask a saved model about pictures",
        description="Print the three likeliest classes of each picture. Pictures of any size are "
        "brought to what the model takes, in the way its training images were, if the model file "
        "says so.",
        examples=EXAMPLES,
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="file that `train` wrote")
    parser.add_argument(
        "pictures", metavar="IMAGE", type=Path, nargs="*", help="PNG, JPEG or BMP files"
    )
    inputs.add_ink(parser)
    add_number(
        parser,
        "--threshold",
        share,
        "say 'not sure' where the likeliest class has a smaller probability",
        default=THRESHOLD,
    )
    inputs.add_max_pixels(parser)
    digits.add_set(parser, "the one whose size MODEL takes")
    parser.add_argument(
        "--index",
        metavar="N",
        type=natural,
        nargs="+",
        help="instead of files: places in our set of digits, from 0",
    )
    add_number(parser, "--seed", natural, "which synthetic digits --index counts", default=0)
    parser.set_defaults(run=run, take_rest=_take_rest)


def _take_rest(options: argparse.Namespace, words: list[str]) -> None:
    """Take picture files that follow an option, which argparse does not expect there."""
    options.pictures += map(Path, words)


def run(options: argparse.Namespace) -> int:
    """Predict and print; return the exit code."""
    if bool(options.pictures) == bool(options.index):
        raise ArgumentError("give either picture files or --index with places in our digits.")
    if options.pictures and options.data:
        raise ArgumentError("--data is for --index, not for picture files.")
    model = load_model(options.model)
    if len(model.output_shape) != 1 or model.output_shape[0] < 2:
        raise ArgumentError(
            f"predict needs a model with one output for each class: {options.model} gives "
            f"{model.output_shape}."
        )
    names, x = _read_files(options, model) if options.pictures else _read_set(options, model)
    classes = model.class_names or tuple(map(str, range(model.output_shape[0])))
    probabilities = softmax(model.predict(x.astype(model.dtype)))
    width = max(map(len, names))
    for name, row in zip(names, probabilities, strict=True):
        print(f"{name:{width}}   {_format_guesses(row, classes, options.threshold)}")
    return 0


def _format_guesses(row: Array, classes: Sequence[str], threshold: float) -> str:
    best = np.argsort(-row, kind="stable")[:TOP]
    text = "   ".join(f"{classes[label]}  {row[label]:6.1%}" for label in best)
    return text if row[best[0]] >= threshold else f"{text}   not sure"


def _read_files(options: argparse.Namespace, model: Sequential) -> tuple[list[str], Array]:
    light_ink = inputs.light_ink(options)
    look = find_preprocessing(model, light_ink=light_ink, digit=options.digit)
    # without its word for it, a picture of another size is more likely a mistake
    resize = model.preprocessing is not None or options.digit
    most = options.max_pixels or MAX_PIXELS
    pictures = [
        read_picture(path, look, light_ink=light_ink, resize=resize, max_pixels=most)
        for path in options.pictures
    ]
    for path, picture in zip(options.pictures, pictures, strict=True):
        if look.channels == 1 and not look.digit and (picture > 0).mean() > 0.5:
            other = "--dark-ink" if look.light_ink else "--light-ink"
            print(
                f"note: more than half of {path} is ink; if that is its paper, ask again with "
                f"{other}",
                file=sys.stderr,
            )
    return [str(path) for path in options.pictures], np.stack(pictures)


def _read_set(options: argparse.Namespace, model: Sequential) -> tuple[list[str], Array]:
    name = digits.choose_set(model, options.data)
    if name == "handwriting":
        x, y = datasets.handwriting()
    else:
        count = max(options.index) + 1
        x, y = datasets.synthetic_digits(count, size=model.input_shape[1], seed=options.seed)
    beyond = [index for index in options.index if index >= len(x)]
    if beyond:
        raise ArgumentError(f"--index {beyond[0]}: {name} has digits 0 to {len(x) - 1}.")
    return [f"{name} {index} (a {y[index]})" for index in options.index], x[options.index]
