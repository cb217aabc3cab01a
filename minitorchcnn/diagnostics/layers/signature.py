"""Reads the signature of a learner's constructor: which options it takes, and in what form.

What is not offered is not held against anybody; it is only said.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from minitorchcnn.geometry import Pair
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from minitorchcnn.diagnostics.layers.case import Case, CaseData

#: The arguments that the check can give; a layer that is not listed takes none.
KNOWN = {
    "Conv2D": "weight bias filters kernel_size channels stride padding dilation groups",
    "MaxPool": "pool_size stride padding dilation ceil_mode",
    "AvgPool": "pool_size stride padding ceil_mode count_include_pad",
    "Dense": "weight bias units features",
    "BatchNorm": "weight bias channels epsilon",
    "LeakyReLU": "slope",
}

#: Layers with weight and bias.
WEIGHTED = ("Conv2D", "Dense", "BatchNorm")

#: Other names under which an argument is known, PyTorch's for the most part.
ALIASES: dict[str, tuple[str, ...]] = {
    "filters": ("out_channels",),
    "channels": ("in_channels", "num_features"),
    "units": ("out_features",),
    "features": ("in_features",),
    "pool_size": ("kernel_size",),
    "slope": ("negative_slope",),
    "epsilon": ("eps",),
}

#: Arguments that are ints where height and width are equal, else pairs.
SIZES = ("kernel_size", "pool_size", "stride", "padding", "dilation")


class Constructor:
    """The constructor of a class, as far as one can ask it.

    Attributes
    ----------
    pairs : bool
        Sizes are always given as (height, width), because ints are not understood.
    biased : bool
        There is a place for a bias.
    """

    def __init__(self, kind: Any, like: str, *, own_layer: bool) -> None:
        self.kind, self.like, self.own_layer = kind, like, own_layer
        self.pairs, self.biased = False, True
        try:
            found = inspect.signature(kind).parameters
        except (TypeError, ValueError):  # classes of other languages tell nothing
            found = inspect.signature(lambda: None).parameters
        usual = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.parameters = {name: p for name, p in found.items() if p.kind in usual}
        self.takes_weight = "weight" in self.parameters and not own_layer

    def name(self, option: str) -> str | None:
        """Return the constructor's own name of an option, or None if there is none."""
        names = (option, *ALIASES.get(option, ()))
        return next((name for name in names if name in self.parameters), None)

    def unknown(self) -> list[str]:
        """List required arguments that the check does not know."""
        known = {self.name(option) for option in self.offered()}
        required = (n for n, p in self.parameters.items() if p.default is inspect.Parameter.empty)
        return [name for name in required if name not in known]

    def offered(self) -> list[str]:
        """List the arguments that the check can give for this kind of layer."""
        return KNOWN.get(self.like, "").split()

    def missing(self, case: Case) -> str:
        """Say which option a case needs that the constructor does not take; empty if none."""
        for option in case.needed():
            if self.name(option) is None:
                return f"no argument {option}"
        if self.like in ("Conv2D", "Dense") and not case.bias and self.biased:
            # a default of None or True: leaving it out is an option
            parameter = self.parameters.get("bias")
            if parameter is None or not (parameter.default is None or parameter.default is True):
                return "there is always a bias"
        if case.outputs == 0 and case.kernel and case.stride is None:
            name = self.name("stride")
            if name and self.parameters[name].default is inspect.Parameter.empty:
                return "stride has no default"
        return ""

    def arguments(self, case: Case, given: dict[str, Array]) -> dict[str, Any]:
        """Return the constructor's arguments for a case; `given` has its arrays."""
        found = {}
        for option, value in self._values(case, given).items():
            name = self.name(option)
            if name is not None and name not in found:
                pairs = self.pairs and option in SIZES and isinstance(value, int)
                found[name] = (value, value) if pairs else value
        return found

    def _values(self, case: Case, given: dict[str, Array]) -> dict[str, Any]:
        values, like = case.options(), self.like
        if like in WEIGHTED:
            values |= {"bias": self._bias(case, given), "weight": given["weight"]}
            values |= {"channels": case.x_shape[1], "features": case.x_shape[1]}
            values |= {"filters": case.outputs, "units": case.outputs}
            if self.own_layer:
                del values["weight"]  # set after build, together with the bias
        if case.kernel is not None:
            values["kernel_size" if like == "Conv2D" else "pool_size"] = short(case.kernel)
        return {name: values[name] for name in self.offered() if name in values}

    def _bias(self, case: Case, given: dict[str, Array]) -> Any:
        """Return the bias itself, or whether there is one if that is what the argument means."""
        parameter = self.parameters.get("bias")
        if not self.takes_weight or (parameter and isinstance(parameter.default, bool)):
            return case.bias
        return given.get("bias")


def short(pair: Pair) -> int | Pair:
    """Write (2, 2) as 2."""
    return pair[0] if pair[0] == pair[1] else pair


def write_call(constructor: Constructor, data: CaseData) -> str:
    """Return the call that makes the layer of a case, as a person would write it."""
    arguments = constructor.arguments(data.case, data.inputs)
    default = {n: p.default for n, p in constructor.parameters.items()}
    parts = []
    for name, value in arguments.items():
        if name in data.inputs and not isinstance(value, (bool, type(None))):
            parts.append(name)
        elif default[name] is not value and not _equal(default[name], value):
            parts.append(f"{name}={value!r}")
    return f"{constructor.kind.__name__}({', '.join(parts)})"


def _equal(default: Any, value: Any) -> bool:
    return type(default) is type(value) and bool(default == value)
