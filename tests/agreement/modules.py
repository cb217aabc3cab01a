"""PyTorch's modules for our options, with what PyTorch has no option for put together here.

Nothing here asks our library what a layer does: the padding that PyTorch cannot be told about
("same" with a stride, one-sided) is worked out by hand and added by a module of its own.
"""

import math
from typing import Any

from tests.reference.torch_side import functional, torch

nn = torch.nn


class SharedDropout(nn.Module):
    """PyTorch's rule with the random numbers that our layer will draw."""

    def __init__(self, rate):
        super().__init__()
        self.rate, self.rng = rate, None

    def forward(self, x):
        if not self.training or not self.rate:
            return functional.dropout(x, self.rate, self.training)
        kept = torch.from_numpy(self.rng.random(tuple(x.shape)) >= self.rate)
        return x * kept / (1 - self.rate)


class AverageOfPixels(nn.Module):
    """Average pooling over one-sided padding that is not counted."""

    def __init__(self, pad, window, stride):
        super().__init__()
        self.pad, self.pool = pad, nn.AvgPool2d(window, stride)

    def forward(self, x):
        return self.pool(self.pad(x)) / self.pool(self.pad(torch.ones_like(x)))


def pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Add pixels after and before in turn until the last of ceil(size / stride) windows fits."""
    last_pixel = (math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation
    before = after = 0
    while before + size + after <= last_pixel:
        before, after = (before, after + 1) if before == after else (before + 1, after)
    return before, after


def padder(padding: Any, image: tuple[int, int], window: Any, stride: Any, gap: Any, value: float):
    """Return a module that pads "same" or one-sided padding; None for what PyTorch can."""
    if padding == "same":
        axes = zip(image, pair(window), pair(stride), pair(gap), strict=True)
        padding = tuple(same(*axis) for axis in axes)
    if not isinstance(padding, tuple) or not isinstance(padding[0], tuple):
        return None
    (top, bottom), (left, right) = padding
    return nn.ConstantPad2d((left, right, top, bottom), value)


def conv(options: dict[str, Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the module for a convolution, and the convolution inside it."""
    rest = dict(options)
    filters, kernel, padding = (rest.pop(k) for k in ("filters", "kernel_size", "padding"))
    pad = None
    if padding != "same" or pair(rest["stride"]) != (1, 1):
        pad = padder(padding, shape[1:], kernel, rest["stride"], rest["dilation"], 0.0)
    core = nn.Conv2d(shape[0], filters, kernel, padding=0 if pad else padding, **rest)
    return (nn.Sequential(pad, core) if pad else core), core


def max_pool(options: dict[str, Any], shape: tuple[int, ...]) -> Any:
    window, stride, padding = (options[k] for k in ("pool_size", "stride", "padding"))
    rest = {"dilation": options["dilation"], "ceil_mode": options["ceil_mode"]}
    pad = padder(padding, shape[1:], window, stride or window, rest["dilation"], -math.inf)
    if pad:
        return nn.Sequential(pad, nn.MaxPool2d(window, stride, **rest))
    return nn.MaxPool2d(window, stride, 0 if padding == "valid" else padding, **rest)


def avg_pool(options: dict[str, Any], shape: tuple[int, ...]) -> Any:
    window, stride, padding = (options[k] for k in ("pool_size", "stride", "padding"))
    pad = padder(padding, shape[1:], window, stride or window, 1, 0.0)
    if pad and not options["count_include_pad"]:
        return AverageOfPixels(pad, window, stride)
    if pad:
        return nn.Sequential(pad, nn.AvgPool2d(window, stride))
    rest = {key: options[key] for key in ("ceil_mode", "count_include_pad")}
    return nn.AvgPool2d(window, stride, 0 if padding == "valid" else padding, **rest)
