"""Which digits a command works on, asked for and drawn in the same way by all of them.

Training and test images never mix: the same seed gives the same two parts to `train` and to
`evaluate`.
"""

from __future__ import annotations

import numpy as np

from minitorchcnn import ArgumentError, Sequential, datasets
from minitorchcnn.cli.arguments import OptionGroup
from minitorchcnn.types import Array, Shape

SETS = ("handwriting", "synthetic")
NAMES = tuple("0123456789")
SIZE = 28
TRAIN_IMAGES, TEST_IMAGES = 4000, 1000
TEST_FRACTION = 0.2


def add_set(parser: OptionGroup, default: str) -> None:
    """Add the option that names a set of digits; `default` says in words what happens without."""
    text = f"real digits of 8 x 8 pixels, or drawn ones of any size (default: {default})"
    parser.add_argument("--data", choices=SETS, help=text)


def choose_set(model: Sequential, wanted: str | None) -> str:
    """Return the name of the set that a model can read, or raise `ArgumentError`.

    Parameters
    ----------
    wanted : str or None
        What the user asked for; None lets the model decide.
    """
    shape = model.input_shape
    small = shape == (1, 8, 8)
    square = len(shape) == 3 and shape[0] == 1 and shape[1] == shape[2] and 12 <= shape[1] <= 64
    if small and wanted in (None, "handwriting"):
        return "handwriting"
    if square and wanted in (None, "synthetic"):
        return "synthetic"
    others = f"{wanted} does not have" if wanted else "neither set of digits has"
    able = "handwriting" if small else "synthetic" if square else "neither set"
    raise ArgumentError(
        f"the model takes inputs of shape {shape}, which {others}: handwriting is "
        f"(1, 8, 8), synthetic is square from 12 to 64 pixels. This model can use {able}."
    )


def load_test(name: str, shape: Shape, images: int, seed: int) -> tuple[Array, Array]:
    """Return digits that `train` with the same seed has not seen.

    Parameters
    ----------
    name : str
        One of SETS.
    shape : tuple of int
        (1, height, width), for the synthetic ones.
    images : int
        Number of synthetic ones.

    Returns
    -------
    x : ndarray, shape (N, *shape), float32
    y : ndarray, shape (N,), int64
    """
    if name == "handwriting":
        _, _, x, y = split_handwriting(seed)
        return x, y
    # another stream of the same seed than the training images
    return datasets.synthetic_digits(images, size=shape[1], seed=np.random.default_rng([seed, 1]))


def load_training(name: str, size: int, images: int, seed: int) -> tuple[Array, Array]:
    """Return digits to train on.

    Parameters
    ----------
    name : str
        One of SETS.
    size, images : int
        Pixels per side, and number, of synthetic ones.

    Returns
    -------
    x : ndarray, shape (N, 1, height, width), float32
    y : ndarray, shape (N,), int64
    """
    if name == "handwriting":
        x, y, _, _ = split_handwriting(seed)
        return x, y
    return datasets.synthetic_digits(images, size=size, seed=np.random.default_rng([seed, 0]))


def split_handwriting(seed: int) -> tuple[Array, Array, Array, Array]:
    """Return the handwriting as x_train, y_train, x_test, y_test, in proportion for each digit."""
    x, y = datasets.handwriting()
    return datasets.stratified_split(x, y, TEST_FRACTION, seed)
