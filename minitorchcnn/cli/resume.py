"""`minitorchcnn resume` goes on with a training that was stopped, as if it never had been."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from minitorchcnn import FormatError, load_model
from minitorchcnn.checkpoints import read_checkpoint
from minitorchcnn.cli.training import train
from minitorchcnn.experiments.command import positive

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
    parser.add_argument(
        "--output", metavar="FILE", type=Path, help="file for the model (default: as started)"
    )
    parser.add_argument(
        "--workers", metavar="N", type=positive, help="threads to compute on (default: as started)"
    )
    parser.add_argument("--quiet", action="store_true", help="print the result only")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train to the end; return the exit code."""
    words = started_by(options.checkpoint)
    started = _parsed(words)
    started.checkpoint = options.checkpoint  # it may have been moved
    started.quiet = options.quiet
    for name in ("path", "output", "workers"):
        if getattr(options, name) is not None:
            setattr(started, name, getattr(options, name))
    if options.output is None:
        refuse_to_replace(started.output, started.history)
    return train(started, words, resume=True)


def started_by(checkpoint: Path) -> list[str]:
    """Return the words of the command that began the training.

    Raises
    ------
    FormatError
        If the file is no checkpoint, or not one of the `train` command.
    """
    extra = read_checkpoint(checkpoint).get("extra")
    words = extra.get("words") if isinstance(extra, dict) else None
    if not (isinstance(words, list) and words[:1] == ["train"]):
        raise FormatError(
            f"{checkpoint} was not written by `minitorchcnn train --checkpoint`: go on with it in "
            f"Python, by fit(..., resume=path)."
        )
    return [str(word) for word in words]


def refuse_to_replace(model: Path, history: Path | None) -> None:
    """Raise `FormatError` if results would replace files that are something else.

    A checkpoint names its own results: one from a stranger shall not cost a file.
    """
    ours = not model.exists() or _is_model(model)
    table = history is None or not history.exists() or history.read_bytes()[:6] == b"epoch,"
    if not (ours and table):
        raise FormatError(
            f"the training would write to {history if ours else model}, where something else is: "
            f"move that away, or give another file by --output."
        )


def _is_model(path: Path) -> bool:
    try:
        load_model(path)
    except FormatError:
        return False
    return True


def _parsed(words: list[str]) -> argparse.Namespace:
    from minitorchcnn.cli import parse

    return parse(words)
