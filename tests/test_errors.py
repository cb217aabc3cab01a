"""Errors know which arguments they name, in whatever way they travel."""

import argparse
import pickle

import numpy as np
import pytest

from minitorchcnn import SGD, ArgumentError, FormatError, datasets
from minitorchcnn.cli.arguments import in_options
from minitorchcnn.errors import Argument, Hint, Message


def test_a_message_is_its_parts():
    inner = Message("give ", Argument("limit_bytes", 7), Hint(" or another file"))
    error = FormatError("x{y}: too large: ", inner, ".")
    assert str(error) == "x{y}: too large: give limit_bytes=7 or another file."
    assert error.args == (str(error),)
    assert error.argument == "limit_bytes"
    assert error.message.rendered(lambda a: f"<{a.name} {a.value}>") == (
        "x{y}: too large: give <limit_bytes 7>."
    )
    assert FormatError("nothing named").argument is None


def test_errors_from_other_processes_are_the_same():
    error = pickle.loads(pickle.dumps(FormatError("give ", Argument("size"), Hint("!"))))
    assert (str(error), error.argument) == ("give size!", "size")
    assert error.message.rendered(lambda a: "--size") == "give --size"


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda path: SGD(-1.0), "learning_rate"),
        (lambda path: datasets.synthetic_digits(0), "n"),
        (lambda path: datasets.load(path, labels=[0, 1], limit_bytes=0), "limit_bytes"),
        (lambda path: datasets.load(path, labels=[0, 1], label_column=True), "label_column"),
        (lambda path: datasets.load(path, labels=[0, 1], label_column="a"), "label_column"),
    ],
)
def test_the_argument_is_known(call, argument, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ArgumentError, match=argument) as caught:
        call(tmp_path / "x.npy")
    assert caught.value.argument == argument


def test_a_command_names_its_options():
    options = argparse.Namespace(label_column=None, limit_bytes=None)
    message = Message("a light_ink file: ", Argument("label_column"), ", ", Argument("seed"))
    assert in_options(message, options) == "a light_ink file: --label-column, seed"
    assert in_options(Message(Argument("limit_bytes", 9)), options) == "--limit-bytes 9"
    assert in_options(Message(Argument("channels", 3)), options) == "--rgb"
    assert in_options("limit_bytes", options) == "limit_bytes"
