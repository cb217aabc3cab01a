"""What all our commands share: how they read arguments, how they fail, how they end.

Exit codes: 0 done, 1 a run or check failed, 2 bad usage or input, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from minitorchcnn import MinitorchcnnError, NonFiniteError
from minitorchcnn.errors import Argument, Message
from minitorchcnn.validation import available_cores


class Help(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the line breaks of examples and shows every default."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=80)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text, default = action.help or "", action.default
        boring = default is None or default is False or default == []
        if boring or default is argparse.SUPPRESS or "default" in text or not text:
            return text
        return f"{text} (default: %(default)s)"


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and whose help ends with examples.

    Parameters
    ----------
    prog : str
        How the command is called.
    description : str
        What it does.
    examples : str
        Shown at the end of the help, line breaks kept.
    """

    def __init__(self, prog: str, description: str, examples: str = "") -> None:
        epilog = f"examples:\n{examples}" if examples else None
        super().__init__(
            prog=prog,
            description=textwrap.fill(description, width=78),
            epilog=epilog,
            formatter_class=Help,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and one line that says where help is."""
        self.exit(2, f"error: {message} (see {self.prog} --help)\n")


#: What options can be added to: a parser, or one part of its help.
OptionGroup = argparse.ArgumentParser | argparse._ArgumentGroup


def add_number(
    group: OptionGroup, flag: str, kind: Callable[[str], Any], text: str, default: Any = None
) -> None:
    """Add an option that takes a number; `kind` reads it and `text` is its help."""
    metavar = "X" if kind in (float, share) else "N"
    group.add_argument(flag, metavar=metavar, type=kind, default=default, help=text)


def add_file(group: OptionGroup, flag: str, text: str, default: Path | None = None) -> None:
    """Add an option that takes the name of a file; `text` is its help."""
    group.add_argument(flag, metavar="FILE", type=Path, default=default, help=text)


def add_run_options(
    parser: argparse.ArgumentParser, output: Path, seeds: str, count: int | None = None
) -> None:
    """Add what every experiment of many runs asks for: --seeds, --seed, --output and --jobs.

    Parameters
    ----------
    output : Path
        Where results go if nothing is said.
    seeds : str
        Help of --seeds.
    count : int or None
        How many seeds if nothing is said; None where that depends on other options.
    """
    add_number(parser, "--seeds", positive, seeds, default=count)
    add_number(parser, "--seed", natural, "the first seed", default=0)
    text = "folder for what is written"
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=output, help=text)
    add_number(parser, "--jobs", positive, "processes", default=available_cores())


def positive(text: str) -> int:
    """Read a whole number of at least 1, for argparse."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """Read a whole number of at least 0, for argparse."""
    return _whole(text, 0)


def share(text: str) -> float:
    """Read a number from 0 to 1, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    # written so that NaN fails
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return number


def _whole(text: str, minimum: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = minimum - 1
    if number < minimum:
        raise argparse.ArgumentTypeError(f"expected a whole number >= {minimum}, got {text!r}")
    return number


#: What a command says for arguments to which no option of the same name belongs.
SPELLINGS = {
    "size=(height, width)": "--size N",
    "on_error='skip'": "--skip-broken",
    "channels=1": "--grey",
    "channels=3": "--rgb",
    "light_ink": "--light-ink or --dark-ink",
    "class_names": "the model's classes",
}


def in_options(message: str, options: argparse.Namespace) -> str:
    """Return a message with a command's options where it names arguments.

    Parameters
    ----------
    options : Namespace
        Those of the command.
    """

    def spell(argument: Argument) -> str:
        if str(argument) in SPELLINGS or not hasattr(options, argument.name):
            return SPELLINGS.get(str(argument), str(argument))
        value = "" if argument.value is None else f" {argument.value}"
        return f"--{argument.name.replace('_', '-')}{value}"

    return message.rendered(spell) if isinstance(message, Message) else message


def finish(work: Callable[[], int], options: argparse.Namespace | None = None) -> int:
    """Do the work of a command and return its exit code; mistakes become one line on stderr.

    Parameters
    ----------
    work : callable
        Returns the exit code where nothing is raised.
    options : Namespace or None
        Options that messages name in place of Python's arguments.
    """
    options = options or argparse.Namespace()
    try:
        code = work()
        sys.stdout.flush()  # a closed pipe shows itself here rather than at exit
    except NonFiniteError as error:
        return _fail(1, in_options(error.message, options))
    except MinitorchcnnError as error:
        return _fail(2, in_options(error.message, options))
    except BrokenPipeError:
        # the reader has had enough (`... | head`): nothing more to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        return _fail(2, f"{place}{error.strerror or error}")
    except KeyboardInterrupt:
        return _fail(130, "stopped by Ctrl-C")
    return code


def _fail(code: int, message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code
