"""`minitorchcnn check` tells learners whether the layer they wrote is right, and if not, why."""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from minitorchcnn import ArgumentError, FormatError
from minitorchcnn.diagnostics.layers import KINDS, check_layer

EXAMPLES = """\
  minitorchcnn check my_layer.py:MyConv2D --like Conv2D
  minitorchcnn check exercises/relu.py
"""


def add(subparsers: Any) -> None:
    """Add this command."""
    parser = subparsers.add_parser(
        "check",
        help="check a layer that you wrote yourself",
        description="Check your own layer against the one of this package: what works, what "
        "fails, the smallest failing case with its numbers, and a hint. Runs the code in the "
        "file. Exit code 1 if something is wrong.",
        examples=EXAMPLES,
    )
    parser.add_argument(
        "layer",
        metavar="FILE.py:CLASS",
        help="your class, with forward and backward; CLASS may be left out if there is only one",
    )
    parser.add_argument(
        "--like",
        metavar="KIND",
        help=f"what it shall do: {', '.join(KINDS)} (default: what its name ends in)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check and print the report; return the exit code."""
    layer = load(options.layer)
    report = check_layer(layer, options.like or _kind_of(layer.__name__))
    print(report)
    return 0 if report.passed else 1


def load(place: str) -> Any:
    """Run a Python file and return the class or function in it.

    Parameters
    ----------
    place : str
        ``FILE.py:NAME``, or ``FILE.py`` if it has one class with `forward`.

    Raises
    ------
    ArgumentError
        If there is no such file or name.
    FormatError
        If the file does not run.
    """
    file, _, name = place.rpartition(":") if not place.endswith(".py") else (place, "", "")
    path = Path(file)
    if not path.is_file():
        raise ArgumentError(f"there is no file {file or place}: give FILE.py:CLASS.")
    module = _module(path)
    own = {
        key: value
        for key, value in vars(module).items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    }
    layers = [key for key, value in own.items() if hasattr(value, "forward")]
    if not name and len(layers) == 1:
        name = layers[0]
    if name not in own:
        found = ", ".join(layers or own) or "no class at all"
        asked = f"has no {name}" if name else "does not tell which class is meant"
        raise ArgumentError(f"{path.name} {asked}; it has {found}. Give {path.name}:CLASS.")
    return own[name]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ArgumentError(f"{path.name} is not a Python file: give FILE.py:CLASS.")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))  # it may import its neighbours
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise FormatError(
            f"{path.name} does not run, {type(error).__name__}: {error}. Mend that first; "
            f"python {path.name} shows the line."
        ) from None
    finally:
        sys.path.pop(0)
    return module


def _kind_of(name: str) -> str:
    """Return the longest kind that a class name ends in: MyConv2D is like Conv2D."""
    fitting = [kind for kind in KINDS if name.lower().endswith(kind.lower())]
    if not fitting:
        raise ArgumentError(
            f"{name} does not say what it is like: add --like with one of {', '.join(KINDS)}."
        )
    return max(fitting, key=len)
