"""`check_layer` compares a layer that somebody wrote with the package's own layer of that kind."""

from __future__ import annotations

import inspect
from typing import Any

from minitorchcnn.diagnostics.layers.case import LIKE, LOSS
from minitorchcnn.diagnostics.layers.findings import LayerFinding, find_all
from minitorchcnn.diagnostics.layers.report import LayerReport, table_rows
from minitorchcnn.diagnostics.layers.runner import LayerUnderTest, quiet
from minitorchcnn.diagnostics.layers.verdicts import run_cases
from minitorchcnn.errors import ArgumentError


def check_layer(layer: Any, like: Any) -> LayerReport:
    """Check a layer class of one's own against the package's layer of the same kind.

    About forty small cases per kind: kernels, strides, padding and dilation alone and together,
    windows that overlap, strides that do not divide, ties, one channel, one sample, nothing
    square. Wrong numbers are compared with those of some sixty known mistakes, and the report
    names the mistake whose numbers they are.

    Parameters
    ----------
    layer : class
        With ``forward(x) -> y`` and ``backward(grad_y) -> grad_x``; nothing need be inherited.
        Arrays are (batch, channels, height, width) or (batch, features), float64. A layer with
        weights takes ``weight`` and ``bias`` in its constructor, or has attributes of these names
        that can be set, and after backward has `grad_weight` and `grad_bias` (or backward
        returns all three gradients). Further arguments bear the names that they have here, or
        PyTorch's; those that are not there are left out and reported as "not offered".
        A subclass of `Layer` will do as well. For a loss, a function
        ``(logits, labels) -> (loss, grad_logits)``.
    like : str or class
        "Conv2D", "MaxPool", "AvgPool", "GlobalAvgPool", "ReLU", "LeakyReLU", "Sigmoid", "Tanh",
        "Flatten", "Dense", "BatchNorm" or "softmax_cross_entropy".

    Returns
    -------
    LayerReport
        Whatever the layer does: its errors are reported, not raised.

    Raises
    ------
    ArgumentError
        If `layer` is not a class (a function, for a loss), or `like` is not known.

    Examples
    --------
    >>> import numpy as np
    >>> class MyReLU:
    ...     def forward(self, x):
    ...         self.x = x
    ...         return np.maximum(x, 0)
    ...
    ...     def backward(self, grad_y):
    ...         return grad_y * (self.x >= 0)
    >>> report = check_layer(MyReLU, like="ReLU")
    >>> report.passed, report.findings[0].kind
    (False, 'slope at zero')
    """
    name = like if isinstance(like, str) else getattr(like, "__name__", repr(like))
    if name not in LIKE:
        raise ArgumentError(f"check_layer: like must be one of {', '.join(LIKE)}, got {name}.")
    _check_kind(layer, name)
    with quiet():
        tested = LayerUnderTest(layer, name)
        unknown = [] if name == LOSS else tested.constructor.unknown()
        results = [] if unknown else run_cases(tested)
        asked = [result for result in results if result.asked]
        findings = find_all(tested, results) if asked else [_cannot_be_made(tested, unknown)]
        right = sum(result.right for result in asked)
        rows = table_rows(results)
        return LayerReport(layer.__name__, name, rows, tuple(findings), len(asked), right)


def _check_kind(layer: Any, like: str) -> None:
    if like == LOSS:
        if not inspect.isfunction(layer):
            raise ArgumentError(
                f"check_layer: a loss is a function (logits, labels) -> (loss, grad_logits), got "
                f"{_told(layer)}."
            )
    elif not inspect.isclass(layer):
        raise ArgumentError(
            f"check_layer needs the class itself, such as MyReLU without parentheses, as it makes "
            f"its own objects; got {_told(layer)}."
        )


def _told(layer: Any) -> str:
    if inspect.isfunction(layer):
        return f"the function {layer.__name__}"
    return f"the class {layer.__name__}" if inspect.isclass(layer) else type(layer).__name__


def _cannot_be_made(tested: LayerUnderTest, unknown: list[str]) -> LayerFinding:
    offered = ", ".join(tested.constructor.offered())
    if not unknown:
        title = "Not a single case could be tried."
        hint = f"The check can give: {offered}. See the table for what the constructor refuses."
    else:
        title = f"The constructor wants {', '.join(unknown)}, which the check does not know."
        hint = (
            f"What it can give is: {offered or 'no arguments'}. Use these names, or give the "
            f"argument a default."
        )
    return LayerFinding("cannot be made", (), title, hint)
