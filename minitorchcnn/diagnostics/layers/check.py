"""`check_layer`: the conformance list of this package, put to somebody else's layer."""

from __future__ import annotations

import inspect
from typing import Any

from minitorchcnn.diagnostics.layers.finding import Finding
from minitorchcnn.diagnostics.layers.findings import findings
from minitorchcnn.diagnostics.layers.records import matrix
from minitorchcnn.diagnostics.layers.report import LayerReport, table_rows
from minitorchcnn.diagnostics.layers.runner import Subject, quiet
from minitorchcnn.diagnostics.layers.trial import LIKE, LOSS
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
        return _report(Subject(layer, name), layer.__name__, name)


def _report(subject: Subject, layer: str, name: str) -> LayerReport:
    obstacle = _obstacle(subject)
    if obstacle is not None:
        return LayerReport(layer, name, (), (obstacle,), 0, 0)
    records = matrix(subject)
    asked = [record for record in records if record.asked]
    return LayerReport(
        layer,
        name,
        table_rows(records),
        tuple(findings(subject, records)) if asked else (_nothing_offered(subject),),
        len(asked),
        sum(record.right for record in asked),
    )


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


def _obstacle(subject: Subject) -> Finding | None:
    """Return what keeps the check from making a single layer, if anything does."""
    if subject.like == LOSS:
        return None
    unknown = subject.constructor.unknown()
    if unknown:
        offered = ", ".join(subject.constructor.offered()) or "no arguments"
        return Finding(
            "cannot be made",
            (),
            f"The constructor wants {', '.join(unknown)}, which the check does not know.",
            f"What it can give is: {offered}. Use these names, or give the argument a default.",
        )
    return None


def _nothing_offered(subject: Subject) -> Finding:
    return Finding(
        "cannot be made",
        (),
        "Not a single case could be tried.",
        f"The check can give: {', '.join(subject.constructor.offered())}. See the table for what "
        f"the constructor refuses.",
    )
