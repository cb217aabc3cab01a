"""`minitorchcnn evaluate` says how good a saved model is, and what it mistakes for what."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import ArgumentError, load_model, softmax_cross_entropy
from minitorchcnn.arrays import Array
from minitorchcnn.cli import digits
from minitorchcnn.experiments.command import check_file, natural, positive

EXAMPLES = """\
  minitorchcnn evaluate model.safetensors
  minitorchcnn evaluate model.safetensors --data synthetic --images 5000 --figure confusion.png
"""


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a saved model on digits it has not seen",
        description="Measure a saved model on test digits: the ones that `train` with the same "
        "--seed sets aside.",
        examples=EXAMPLES,
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="file that `train` wrote")
    digits.add_set(parser, None)
    parser.add_argument(
        "--images",
        metavar="N",
        type=positive,
        default=digits.TEST_IMAGES,
        help="number of synthetic digits",
    )
    parser.add_argument(
        "--figure", metavar="FILE", type=Path, help="PNG file for the confusion matrix"
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=natural,
        default=0,
        help="which digits are the test; give the one of the training",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    check_file(options.figure)
    model = load_model(options.model)
    if model.output_shape != (10,):
        raise ArgumentError(
            f"evaluate needs a model with 10 outputs, one for each digit: {options.model} gives "
            f"{model.output_shape}."
        )
    name = digits.chosen(model, options.data)
    x, y = digits.test_part(name, model.input_shape, options.images, options.seed)
    logits = model.predict(x.astype(model.dtype))
    loss = softmax_cross_entropy(logits, y)[0]
    matrix = confusion(y, logits.argmax(axis=1), 10)
    right = int(np.trace(matrix))
    print(f"{options.model} on {name}, test part of seed {options.seed}: {len(x):,} images\n")
    print(f"loss      {loss:.4f}")
    print(f"accuracy  {right / len(x):.1%} ({right:,} of {len(x):,})\n")
    print(table(matrix))
    if options.figure is not None:
        _draw(matrix, name, options.figure)
        print(f"\nfigure: {options.figure}")
    return 0


def confusion(labels: Array, predicted: Array, classes: int) -> Array:
    """Count how often each class is taken for each other one.

    Parameters
    ----------
    labels, predicted : ndarray of int, shape (N,)
    classes : int

    Returns
    -------
    ndarray of int, shape (classes, classes)
        Rows are the true classes.
    """
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def table(matrix: Array) -> str:
    """Return the confusion matrix as text, with the accuracy of each class."""
    classes = range(len(matrix))
    wide = max(4, len(str(matrix.max())) + 2)
    lines = [
        "true  " + "predicted".center(wide * len(matrix)) + "   right",
        "      " + "".join(f"{label:>{wide}}" for label in classes),
    ]
    for label, row in zip(classes, matrix, strict=True):
        counts = "".join(f"{count or '.':>{wide}}" for count in row)
        share = f"{row[label] / row.sum():8.1%}" if row.sum() else "       -"
        lines.append(f"{label:4}  {counts}{share}")
    return "\n".join(lines)


def _draw(matrix: Array, name: str, path: Path) -> None:
    from minitorchcnn import plots
    from minitorchcnn.plots.canvas import root_figure

    ax = plots.plot_confusion(matrix, title=f"{name}: {matrix.sum():,} test images")
    root_figure(ax).savefig(path, format="png", dpi=120)
