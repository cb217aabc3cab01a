"""`minitorchcnn gradcheck` measures whether the gradients of a model are right."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn import (
    ArgumentError,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    check_gradients,
    load_model,
)
from minitorchcnn.cli import digits
from minitorchcnn.cli.arguments import add_number, natural, positive
from minitorchcnn.types import Array

EXAMPLES = """\
  minitorchcnn gradcheck
  minitorchcnn gradcheck model.safetensors --data handwriting
"""


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "gradcheck",
        help="compare gradients with measured ones",
        description="Compare the gradients that backpropagation gives with measured ones, in "
        "float64, for a saved model or for a small one made for the purpose. Exit code 1 if one "
        "is wrong.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", type=Path, nargs="?", help="file that `train` wrote"
    )
    parser.add_argument(
        "--data",
        choices=digits.SETS,
        help="check with these digits and the model's loss (default: random inputs)",
    )
    add_number(parser, "--samples", positive, "size of the batch", default=4)
    add_number(
        parser, "--elements", positive, "how many numbers of each array to measure", default=100
    )
    add_number(parser, "--tolerance", float, "largest relative error that passes", default=1e-5)
    add_number(parser, "--seed", natural, "random choices", default=0)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check and print the report; return the exit code."""
    model = example(options.seed) if options.model is None else load_model(options.model)
    x, labels = _batch(model, options)
    report = check_gradients(
        model,
        x,
        labels,
        seed=options.seed,
        tolerance=options.tolerance,
        max_elements=options.elements,
    )
    if options.model is None:
        print(f"{model}\n")
    print(report)
    return 0 if report.passed else 1


def example(seed: int) -> Sequential:
    """Return a small model with the kinds of layers that are hardest to get right."""
    layers = [
        Conv2D(3, 3, padding="same"),
        BatchNorm(),
        ReLU(),
        MaxPool(2),
        Conv2D(4, 3, stride=2, padding="same"),
        ReLU(),
        Flatten(),
        Dense(10),
    ]
    return Sequential(layers, input_shape=(1, 8, 8), seed=seed)


def _batch(model: Sequential, options: argparse.Namespace) -> tuple[Array, Array | None]:
    if options.data is None:
        rng = np.random.default_rng(options.seed)
        return rng.uniform(-1, 1, (options.samples, *model.input_shape)), None
    name = digits.choose_set(model, options.data)
    if model.output_shape != (10,):
        raise ArgumentError(
            f"--data needs a model with 10 outputs, one for each digit, this one gives "
            f"{model.output_shape}: leave --data out."
        )
    x, y = digits.load_test(name, model.input_shape, options.samples, options.seed)
    return x[: options.samples], y[: options.samples]
