"""The `minitorchcnn` command, for people who want to see networks work before writing code.

Every subcommand is a file of this folder or an experiment; what it needs is loaded when it
runs, so that help is there at once.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from minitorchcnn import __version__
from minitorchcnn.cli.arguments import Parser, finish

#: Subcommands that are experiments: they read their own arguments.
EXPERIMENTS = {
    "tutorial": "the tutorial's nine, stage by stage, then a classifier for it",
    "compare": "hand-set against learned filters, on digits, textures and faces",
    "transfer": "drawn digits teach reading handwriting: how well, and which fail",
}

#: Subcommands of this folder, in the order of a first visit.
COMMANDS = ("train", "resume", "evaluate", "predict", "gradcheck", "check", "info")

EXAMPLES = """\
  minitorchcnn tutorial
  minitorchcnn compare --quick
  minitorchcnn train --data handwriting --output model.safetensors
  minitorchcnn evaluate model.safetensors
  minitorchcnn predict model.safetensors --data handwriting --index 0 5 7
  minitorchcnn train photos/ --output photos.safetensors
  minitorchcnn predict photos.safetensors new_photo.jpg
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.

    Returns
    -------
    int
        0 done, 1 a run or check failed, 2 bad usage or input, 130 stopped by Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words and words[0] in EXPERIMENTS:
            return _experiment(words[0], words[1:])
        options = parse(words)
        return int(finish(lambda: options.run(options), options))
    except SystemExit as end:  # argparse ends so after help and after errors
        return end.code if isinstance(end.code, int) else 0


def _experiment(name: str, words: list[str]) -> int:
    module = importlib.import_module(f"minitorchcnn.cli.{name}")
    return int(module.main(words))


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options of a subcommand; its function is their attribute `run`.

    Parameters
    ----------
    words : list of str
        Name and arguments of a command of this folder.

    Raises
    ------
    SystemExit
        After help, and after one line about what is wrong.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(words)
    if rest and (any(word.startswith("-") for word in rest) or "take_rest" not in options):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.take_rest(options, rest)
    return options


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="minitorchcnn",
        description="Convolutional networks in plain NumPy: watch, train, measure and use them.",
        examples=EXAMPLES,
    )
    parser.add_argument("-V", "--version", action="version", version=f"minitorchcnn {__version__}")
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for name, summary in EXPERIMENTS.items():
        subparsers.add_parser(name, help=summary, description=summary)
    for name in COMMANDS:
        importlib.import_module(f"minitorchcnn.cli.{name}").add(subparsers)
    return parser
