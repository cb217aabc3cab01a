"""Runs a learner's layer: whatever its code does, what comes back is an answer.

The layer gets copies of all arrays, warnings are not shown, and errors are caught and kept with
the line in which they arose.
"""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minitorchcnn.diagnostics.layers.case import LOSS, CaseData
from minitorchcnn.diagnostics.layers.signature import WEIGHTED, Constructor
from minitorchcnn.errors import ArgumentError
from minitorchcnn.layers.base import Layer
from minitorchcnn.types import Array

#: What stands for an array that is not there at all.
MISSING = object()

#: Errors by which code says that it does not know an option, rather than that it fails.
REFUSALS = (TypeError, ValueError, NotImplementedError)


@dataclass(frozen=True)
class Crash:
    """An error of the learner's code: where it came from, and what it said."""

    stage: str
    kind: str
    message: str
    line: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two crashes the same."""
        return (self.stage, self.kind, self.line)


@dataclass(frozen=True)
class Attempt:
    """What a layer did with a data.

    Attributes
    ----------
    got : dict of str to anything
        By the names of the data's right results; without those never reached.
    unwritten : str
        "forward" or "backward" if that raised NotImplementedError.
    not_offered : str
        Why the layer could not be asked, in words.
    changed : tuple of str
        Inputs that were modified in place.
    """

    got: dict[str, Any] = field(default_factory=dict)
    crash: Crash | None = None
    unwritten: str = ""
    not_offered: str = ""
    changed: tuple[str, ...] = ()


class LayerUnderTest:
    """A learner's class or loss function, ready to be tried.

    Parameters
    ----------
    like : str
        What it is checked like.
    """

    def __init__(self, kind: Any, like: str) -> None:
        self.kind, self.like = kind, like
        self.own_layer = inspect.isclass(kind) and issubclass(kind, Layer)
        self.constructor = Constructor(kind, like, own_layer=self.own_layer)
        self._stage = ""
        self._got: dict[str, Any] = {}

    def attempt(self, data: CaseData) -> Attempt:
        """Run the layer on a data."""
        reason = "" if self.like == LOSS else self.constructor.missing(data.case)
        if reason:
            return Attempt(not_offered=reason)
        given = {name: np.copy(array, order="K") for name, array in data.inputs.items()}
        self._got = {}
        crash, unwritten, refused = None, "", ""
        try:
            self._run(data, given)
        except NotImplementedError:
            unwritten = self._stage
        except (Exception, SystemExit) as error:
            refused = self._refusal(error, data)
            crash = None if refused else self._crash(error)
        changed = [n for n, v in data.inputs.items() if not np.array_equal(given[n], v)]
        return Attempt(self._got, crash, unwritten, refused, tuple(changed))

    def _run(self, data: CaseData, given: dict[str, Array]) -> None:
        got = self._got
        if self.like == LOSS:
            self._stage = "the function"
            answer = self.kind(given["logits"], given["labels"])
            pair = isinstance(answer, tuple) and len(answer) == 2
            got["loss"], got["grad_logits"] = answer if pair else (answer, MISSING)
            return
        self._stage = "the constructor"
        layer = self._make(data, given)
        if data.case.reused:
            self._stage = "forward"
            layer.forward(data.x[::-1].copy())
            self._stage = "backward"
            layer.backward(data.grad_y[::-1].copy())
        self._stage = "forward"
        got["y"] = _kept(layer.forward(given["x"]))
        if not isinstance(got["y"], np.ndarray) or got["y"].shape != data.expected["y"].shape:
            return  # no grad_y would fit
        self._stage = "backward"
        self._take_gradients(layer, layer.backward(given["grad_y"]), data)

    def _make(self, data: CaseData, given: dict[str, Array]) -> Any:
        """Make the layer and see to it that it has the data's weights."""
        arguments = self.constructor.arguments(data.case, given)
        layer = self.kind(**arguments)
        if self.own_layer:
            layer.build(given["x"].shape[1:], rng=0, dtype="float64")
            for parameter in layer.parameters():
                if parameter.name in given:  # others keep their first values
                    parameter.value[...] = given[parameter.name]
        elif self.like in WEIGHTED:
            for name in ("weight", "bias"):
                # where bias was a yes or no, the array is still to come
                handed_over = isinstance(arguments.get(name), np.ndarray)
                if name not in given or handed_over:
                    continue
                if not hasattr(layer, name):
                    raise ArgumentError(
                        f"the check cannot set the {name}: there is neither an argument nor an "
                        f"attribute of that name"
                    )
                setattr(layer, name, given[name])
        return layer

    def has_bias(self, data: CaseData) -> bool:
        """Return whether there is any place for a bias."""
        if self.own_layer or self.like == "BatchNorm" or self.constructor.name("bias"):
            return True
        given = {name: array.copy() for name, array in data.inputs.items()}
        try:
            layer = self.kind(**self.constructor.arguments(data.case, given))
        except Exception:  # said again, and reported, when the layer is tried
            return False
        return hasattr(layer, "bias")

    def _take_gradients(self, layer: Any, answer: Any, data: CaseData) -> None:
        got = self._got
        names = [name for name in data.expected if name not in ("y", "grad_x")]
        if self.own_layer:
            own = {f"grad_{p.name}": p.grad for p in layer.parameters()}
        elif names and isinstance(answer, tuple):
            answer, *rest = answer
            own = dict(zip(("grad_weight", "grad_bias"), rest, strict=False))
        else:
            own = {name: getattr(layer, name, MISSING) for name in names}
        got["grad_x"] = _kept(answer)
        got |= {name: _kept(own.get(name, MISSING)) for name in names}

    def _refusal(self, error: BaseException, data: CaseData) -> str:
        """Return why the layer refuses an option, or nothing if the error is a failure."""
        case, needed = data.case, data.case.needed()
        if not case.outputs and case.kernel is not None and case.kernel[0] != case.kernel[1]:
            needed["pool_size"] = case.kernel
        forms = {name for name, value in needed.items() if isinstance(value, (tuple, str))}
        refuses = self._stage == "the constructor" and needed and isinstance(error, REFUSALS)
        # arithmetic with a pair or a word where a number is expected; numpy.pad has its own error
        stumbles = isinstance(error, TypeError) and bool(forms)
        stumbles |= isinstance(error, ValueError) and "padding" in forms
        if refuses or (self._stage == "forward" and stumbles):
            return f"raises {type(error).__name__}"
        return ""

    def _crash(self, error: BaseException) -> Crash:
        return Crash(self._stage, type(error).__name__, str(error), self._line(error))

    def _line(self, error: BaseException) -> str:
        """Name the last line of the learner's own file that led to the error."""
        frames = traceback.extract_tb(error.__traceback__)
        try:
            own = inspect.getsourcefile(self.kind)
        except TypeError:  # typed at a prompt
            own = None
        mine = [frame for frame in frames if frame.filename == own]
        if not mine:
            return ""
        return f"{Path(mine[-1].filename).name}, line {mine[-1].lineno}: {mine[-1].line}"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep overflow, a learner's or a mistake's, from becoming a page of warnings."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _kept(value: Any) -> Any:
    """Return a copy, as the layer may go on working in its own array."""
    return value.copy() if isinstance(value, np.ndarray) else value
