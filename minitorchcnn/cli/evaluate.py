"""`minitorchcnn evaluate` says how good a saved model is, and what it mistakes for what."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import ArgumentError, DataError, Sequential, load_model, softmax_cross_entropy
from minitorchcnn.cli import digits, inputs
from minitorchcnn.cli.arguments import add_file, add_number, natural, positive
from minitorchcnn.report.statistics import confusion_matrix
from minitorchcnn.report.text_table import align
from minitorchcnn.storage.atomic import replace_file
from minitorchcnn.storage.paths import check_file
from minitorchcnn.types import Array

EXAMPLES = """\
  minitorchcnn evaluate model.safetensors
  minitorchcnn evaluate photos.safetensors more_photos/
  minitorchcnn evaluate model.safetensors --data synthetic --images 5000 --figure confusion.png
"""

#: Letters of a class's name in the table.
LETTERS = 14


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a saved model on images it has not seen",
        description="Measure a saved model on the images at PATH, on their test part where there "
        "is one; without PATH on test digits, the ones that `train` with the same --seed sets "
        "aside.",
        examples=EXAMPLES,
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="file that `train` wrote")
    parser.add_argument("path", metavar="PATH", type=Path, nargs="?", help="your own images")
    digits.add_set(parser, "the one whose size MODEL takes")
    inputs.add_reading(parser)
    add_number(
        parser, "--images", positive, "number of synthetic digits", default=digits.TEST_IMAGES
    )
    add_file(parser, "--figure", "PNG file for the confusion matrix")
    add_number(
        parser,
        "--seed",
        natural,
        "which digits are the test; give the one of the training",
        default=0,
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    check_file(options.figure, make=True)
    model = load_model(options.model)
    title, x, y, names = _read_own(model, options) if options.path else _load_digits(model, options)
    logits = model.predict(x)
    loss = softmax_cross_entropy(logits, y)[0]
    matrix = confusion_matrix(y, logits.argmax(axis=1), len(names))
    right = int(np.trace(matrix))
    print(f"{options.model} on {title}: {len(y):,} images\n")
    print(f"loss      {loss:.4f}")
    print(f"accuracy  {right / len(y):.1%} ({right:,} of {len(y):,})\n")
    print(format_confusion(matrix, names))
    if options.figure is not None:
        _draw(matrix, names, title, options.figure)
        print(f"\nfigure: {options.figure}")
    return 0


def _load_digits(
    model: Sequential, options: argparse.Namespace
) -> tuple[str, Array, Array, Sequence[str]]:
    inputs.refuse_for_digits(options)
    if model.output_shape != (10,):
        raise ArgumentError(
            f"evaluate needs a model with 10 outputs, one for each digit: {options.model} gives "
            f"{model.output_shape}. If it was trained on images of your own, give their PATH."
        )
    if model.class_names not in (None, digits.NAMES):
        raise ArgumentError(
            f"{options.model} does not tell digits apart but {', '.join(model.class_names or ())}: "
            f"give the PATH of such images."
        )
    name = digits.choose_set(model, options.data)
    x, y = digits.load_test(name, model.input_shape, options.images, options.seed)
    title = f"{name}, test part of seed {options.seed}"
    return title, x.astype(model.dtype), y, digits.NAMES


def _read_own(
    model: Sequential, options: argparse.Namespace
) -> tuple[str, Any, Array, Sequence[str]]:
    if options.data:
        raise ArgumentError("give either the PATH of your images or --data, not both.")
    found = inputs.read_for_model(model, options.path, options)
    (outputs,) = model.output_shape if len(model.output_shape) == 1 else (0,)
    if outputs < len(found.class_names):
        raise DataError(
            f"{options.path} has {len(found.class_names)} classes, but {options.model} gives "
            f"{model.output_shape}: it was trained on others."
        )
    names = [*found.class_names, *map(str, range(len(found.class_names), outputs))]
    for note in found.notes:
        print(f"note: {note}")
    if found.test is None:
        return str(options.path), found.x, found.y, names
    return f"{options.path}, test part", *found.test, names


def format_confusion(matrix: Array, names: Sequence[str] = digits.NAMES) -> str:
    """Return the confusion matrix as text, with the accuracy of each class.

    Parameters
    ----------
    matrix : ndarray of int, shape (K, K)
    names : sequence of str
        Of the classes; columns are numbered where the names are no numbers.
    """
    numbers = [str(label) for label in range(len(matrix))]
    plain = list(names) == numbers
    names = [f"{k:>4}" if plain else f"{k} {name:.{LETTERS}}" for k, name in enumerate(names)]
    rows = [["true", *numbers, "right"]]
    for label, (name, row) in enumerate(zip(names, matrix, strict=True)):
        share = f"{row[label] / row.sum():.1%}" if row.sum() else "-"
        rows.append([name, *(str(count or ".") for count in row), share])
    first = max(len(row[0]) for row in rows)
    return "\n".join([" " * first + "  predicted", *align(rows, "<".ljust(len(rows[0]), ">"))])


def _draw(matrix: Array, names: Sequence[str], title: str, path: Path) -> None:
    from minitorchcnn import plots
    from minitorchcnn.plots.canvas import root_figure

    ax = plots.plot_confusion(matrix, names, title=f"{title}: {matrix.sum():,} images")
    if max(map(len, names)) > 2:
        ax.tick_params(axis="x", rotation=90)
    picture = io.BytesIO()
    root_figure(ax).savefig(picture, format="png", dpi=120, bbox_inches="tight")
    replace_file(path, picture.getvalue())
