"""`minitorchcnn resume` goes on with a training that was stopped, as if it never had been."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from minitorchcnn import FormatError
from minitorchcnn.cli.arguments import add_file, add_number, positive
from minitorchcnn.cli.checkpoints import read_run, refuse_to_replace
from minitorchcnn.cli.fit import train

EXAMPLES = """\
  minitorchcnn train photos/ --epochs 100 --checkpoint photos.checkpoint
  minitorchcnn resume photos.checkpoint
  minitorchcnn resume photos.checkpoint moved/photos/ --output photos.safetensors
"""


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "resume",
        help="go on with a training that was stopped",
        description="Go on from a checkpoint of `train --checkpoint`, with the options that the "
        "training was started with. The model will be the same, byte for byte, as without the "
        "stop.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT", type=Path, help="file that `train --checkpoint` wrote"
    )
    parser.add_argument(
        "path", metavar="PATH", type=Path, nargs="?", help="where the images are now, if moved"
    )
    add_file(parser, "--output", "file for the model (default: as started)")
    add_number(parser, "--workers", positive, "threads to compute on (default: as started)")
    parser.add_argument("--quiet", action="store_true", help="print the result only")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train to the end; return the exit code."""
    words = list(read_run(options.checkpoint).words)
    if not words:
        raise FormatError(
            f"{options.checkpoint} was not written by `minitorchcnn train --checkpoint`: go on "
            f"with it in Python, by fit(..., resume=path)."
        )
    started = _parse(words)
    refuse_to_replace(None if options.output else started.output, started.history)
    started.checkpoint = options.checkpoint  # it may have been moved
    started.quiet = options.quiet
    for name in ("path", "output", "workers"):
        if getattr(options, name) is not None:
            setattr(started, name, getattr(options, name))
    return train(started, words, resume=True)


def _parse(words: list[str]) -> argparse.Namespace:
    from minitorchcnn.cli import parse

    return parse(words)
