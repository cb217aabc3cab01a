"""The table of cases for each kind of layer, where layers that train "fine" are known to be wrong.

Every option appears alone and with others, on images and windows that are not square, with one
channel and several, one sample and several, and with strides that do not divide.
"""

from __future__ import annotations

from minitorchcnn.diagnostics.layers.case import LOSS, Case

ONE: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1))

_CONVOLUTIONS = [
    Case("one channel, one filter, one image", (1, 1, 3, 3), 1, (2, 2), (1, 1)),
    Case("one channel, one filter, one image", (1, 1, 5, 5), 1, (3, 3), (1, 1)),
    Case("one channel, several images", (3, 1, 4, 4), 2, (3, 3), (1, 1)),
    Case("several channels", (1, 3, 4, 4), 1, (3, 3), (1, 1)),
    Case("several filters", (1, 1, 4, 4), 3, (3, 3), (1, 1)),
    Case("several of everything", (2, 3, 5, 5), 2, (3, 3), (1, 1)),
    Case("images that are not square", (2, 2, 4, 6), 3, (2, 2), (1, 1)),
    Case("images that are not square", (1, 2, 7, 3), 1, (3, 3), (1, 1)),
    Case("filters that are not square", (1, 1, 5, 5), 1, (3, 2), (1, 1)),
    Case("filters that are not square", (2, 2, 5, 6), 3, (1, 3), (1, 1)),
    Case("filters of one pixel", (2, 3, 3, 4), 2, (1, 1), (1, 1)),
    Case("a filter as large as the image", (2, 2, 3, 4), 2, (3, 4), (1, 1)),
    Case("no bias", (2, 2, 4, 5), 3, (2, 3), (1, 1), bias=False),
    Case("stride, windows side by side", (2, 2, 4, 6), 3, (2, 2), (2, 2)),
    Case("stride, windows overlap", (1, 1, 5, 5), 1, (3, 3), (2, 2)),
    Case("stride, windows overlap", (2, 2, 7, 5), 2, (3, 3), (2, 2)),
    Case("stride that does not divide", (1, 2, 6, 6), 2, (3, 3), (2, 2)),
    Case("stride that does not divide", (2, 2, 7, 6), 2, (2, 2), (3, 3)),
    Case("stride that does not divide", (2, 1, 6, 8), 2, (2, 3), (3, 3)),
    Case("stride (2, 1) and (1, 3)", (2, 2, 7, 6), 2, (3, 2), (2, 1)),
    Case("stride (2, 1) and (1, 3)", (1, 1, 5, 8), 2, (3, 3), (1, 3)),
    Case("padding", (1, 1, 3, 3), 1, (3, 3), (1, 1), ONE),
    Case("padding", (2, 3, 4, 5), 2, (3, 2), (1, 1), ((2, 2), (2, 2))),
    Case("padding and stride", (2, 2, 6, 5), 2, (3, 3), (2, 2), ONE),
    Case("padding and stride", (1, 2, 5, 6), 2, (2, 2), (3, 3), ONE),
    Case("padding (1, 0) and (0, 2)", (2, 2, 4, 5), 2, (3, 2), (1, 1), ((1, 1), (0, 0))),
    Case("padding (1, 0) and (0, 2)", (1, 1, 5, 4), 1, (2, 3), (1, 1), ((0, 0), (2, 2))),
    Case("padding ((1, 0), (0, 2))", (2, 2, 4, 5), 2, (3, 2), (1, 1), ((1, 0), (0, 2))),
    Case('padding "same"', (2, 1, 5, 6), 1, (3, 3), (1, 1), "same"),
    Case('padding "same", even filters', (2, 1, 5, 6), 2, (2, 4), (1, 1), "same"),
    Case('padding "same" and stride', (2, 1, 6, 7), 2, (3, 3), (2, 2), "same"),
    Case("dilation", (1, 1, 5, 5), 1, (2, 2), (1, 1), dilation=(2, 2)),
    Case("dilation", (2, 2, 6, 7), 2, (3, 2), (1, 1), dilation=(2, 2)),
    Case("dilation, stride and padding", (2, 2, 7, 6), 2, (2, 3), (2, 2), ONE, (2, 2)),
    Case("dilation (1, 2)", (1, 2, 5, 6), 2, (2, 2), (1, 1), dilation=(1, 2)),
    Case("groups", (2, 4, 4, 5), 2, (3, 2), (1, 1), groups=2),
    Case("groups", (1, 3, 4, 4), 6, (2, 2), (2, 2), ONE, groups=3),
    Case("numbers with fractions", (2, 2, 5, 4), 2, (3, 2), (1, 1), numbers="fractions"),
    Case("x in another memory layout", (2, 3, 5, 4), 2, (3, 2), (1, 1), transposed=True),
    Case("used a second time", (2, 2, 4, 4), 2, (2, 3), (1, 1), reused=True),
]

_POOLS = [
    Case("one channel, one image", (1, 1, 4, 4), 0, (2, 2), (2, 2)),
    Case("one channel, several images", (3, 1, 4, 4), 0, (2, 2), (2, 2)),
    Case("several channels, one image", (1, 3, 4, 4), 0, (2, 2), (2, 2)),
    Case("several of everything", (2, 3, 4, 4), 0, (2, 2), (2, 2)),
    Case("images that are not square", (2, 2, 6, 4), 0, (2, 2), (2, 2)),
    Case("images that are not square", (1, 2, 3, 9), 0, (3, 3), (3, 3)),
    Case("windows that are not square", (2, 2, 6, 6), 0, (2, 3), (2, 3)),
    Case("windows that are not square", (1, 2, 8, 4), 0, (4, 1), (4, 1)),
    Case("windows of one pixel", (2, 2, 3, 4), 0, (1, 1), (1, 1)),
    Case("a window as large as the image", (2, 2, 3, 4), 0, (3, 4), (3, 4)),
    Case("all pixels negative", (1, 2, 4, 4), 0, (2, 2), (2, 2), numbers="negative"),
    Case("equal pixels", (1, 1, 4, 4), 0, (2, 2), (2, 2), numbers="equal"),
    Case("equal pixels", (2, 2, 6, 6), 0, (3, 3), (3, 3), numbers="few"),
    Case("equal pixels, windows overlap", (2, 2, 5, 5), 0, (3, 3), (1, 1), numbers="few"),
    Case("stride left out", (2, 2, 6, 6), 0, (2, 2)),
    Case("windows that overlap", (1, 1, 3, 3), 0, (2, 2), (1, 1)),
    Case("windows that overlap", (2, 2, 5, 4), 0, (2, 2), (1, 1)),
    Case("windows that overlap", (2, 2, 7, 5), 0, (3, 3), (2, 2)),
    Case("windows with gaps between", (2, 2, 5, 8), 0, (2, 2), (3, 3)),
    Case("windows that do not divide", (1, 1, 5, 5), 0, (2, 2), (2, 2)),
    Case("windows that do not divide", (2, 2, 7, 8), 0, (3, 3), (3, 3)),
    Case("windows that do not divide", (2, 1, 6, 8), 0, (3, 3), (2, 2)),
    Case("stride (2, 1) and (1, 3)", (2, 2, 7, 6), 0, (3, 2), (2, 1)),
    Case("stride (2, 1) and (1, 3)", (1, 1, 5, 8), 0, (2, 2), (1, 3)),
    Case("padding", (1, 1, 4, 4), 0, (2, 2), (2, 2), ONE),
    Case("padding", (2, 2, 5, 4), 0, (3, 3), (2, 2), ONE),
    Case("padding, all pixels negative", (1, 1, 4, 4), 0, (2, 2), (2, 2), ONE, numbers="negative"),
    Case("padding, all pixels negative", (2, 2, 5, 4), 0, (3, 3), (2, 2), ONE, numbers="negative"),
    Case("padding (1, 0) and (0, 1)", (2, 2, 4, 6), 0, (2, 2), (2, 2), ((1, 1), (0, 0))),
    Case("padding (1, 0) and (0, 1)", (1, 2, 4, 4), 0, (3, 2), (1, 2), ((0, 0), (1, 1))),
    Case('padding "same"', (2, 1, 5, 6), 0, (2, 4), (1, 1), "same"),
    Case('padding "same"', (1, 2, 6, 7), 0, (3, 3), (2, 2), "same"),
    Case("ceil_mode", (2, 2, 5, 6), 0, (2, 4), (2, 4), extras=(("ceil_mode", True),)),
]

_POOL_MANNERS = [
    Case("numbers with fractions", (2, 2, 6, 6), 0, (2, 2), (2, 2), numbers="fractions"),
    Case("x in another memory layout", (2, 3, 6, 4), 0, (2, 2), (2, 2), transposed=True),
    Case("used a second time", (2, 2, 4, 4), 0, (2, 2), (2, 2), reused=True),
]

_MAX_ONLY = [
    Case("dilation", (2, 2, 6, 5), 0, (2, 2), (1, 1), dilation=(2, 2)),
    Case("dilation (1, 2)", (1, 2, 5, 6), 0, (2, 2), (2, 2), dilation=(1, 2)),
]

_NO_PADDING_COUNTED = (("count_include_pad", False),)
_AVERAGE_ONLY = [
    Case("count_include_pad=False", (1, 1, 4, 4), 0, (2, 2), (2, 2), ONE, (1, 1), 1, True,
         _NO_PADDING_COUNTED),
    Case("count_include_pad=False", (2, 2, 5, 4), 0, (3, 3), (2, 2), ONE, (1, 1), 1, True,
         _NO_PADDING_COUNTED),
]  # fmt: skip

_ROWS = [
    Case("one row", (1, 3), 2),
    Case("several rows", (4, 3), 2),
    Case("as many units as features", (2, 3), 3),
    Case("one unit", (3, 4), 1),
    Case("one feature", (3, 1), 2),
    Case("no bias", (3, 4), 2, bias=False),
    Case("numbers with fractions", (3, 5), 4, numbers="fractions"),
    Case("x in another memory layout", (3, 5), 4, transposed=True),
    Case("used a second time", (3, 2), 4, reused=True),
]


def _elementwise(numbers: str) -> list[Case]:
    return [
        Case("one number", (1, 1), numbers=numbers),
        Case("rows", (3, 4), numbers=numbers),
        Case("one image", (1, 1, 3, 3), numbers=numbers),
        Case("images", (2, 3, 4, 5), numbers=numbers),
        Case("zeros in x", (2, 2, 3, 3), numbers="few"),
        Case("numbers with fractions", (2, 5), numbers="fractions"),
        Case("x in another memory layout", (2, 3, 4, 5), numbers=numbers, transposed=True),
        Case("used a second time", (2, 3), numbers=numbers, reused=True),
    ]


_LARGE = Case("very large numbers", (2, 4), numbers="large")

_IMAGES = [
    Case("one image, one channel", (1, 1, 3, 3)),
    Case("several images, one channel", (3, 1, 2, 2)),
    Case("several channels", (1, 3, 2, 2)),
    Case("several of everything", (2, 3, 4, 4)),
    Case("images that are not square", (2, 3, 2, 5)),
    Case("images of one pixel", (2, 3, 1, 1)),
    Case("numbers with fractions", (2, 2, 3, 4), numbers="fractions"),
    Case("x in another memory layout", (2, 3, 4, 5), transposed=True),
    Case("used a second time", (2, 2, 3, 2), reused=True),
]

_NORMALIZATIONS = [
    Case("rows", (4, 3), numbers="quarters"),
    Case("one image", (1, 2, 3, 3), numbers="quarters"),
    Case("one channel", (3, 1, 2, 2), numbers="quarters"),
    Case("several of everything", (3, 2, 3, 3), numbers="quarters"),
    Case("images that are not square", (2, 3, 2, 5), numbers="quarters"),
    Case("a large epsilon", (4, 3), extras=(("epsilon", 0.5),), numbers="quarters"),
    Case("a large epsilon", (2, 2, 3, 2), extras=(("epsilon", 0.5),), numbers="quarters"),
    Case("x in another memory layout", (2, 3, 4, 5), numbers="fractions", transposed=True),
    Case("used a second time", (3, 2, 2, 2), numbers="quarters", reused=True),
]

_LOSSES = [
    Case("one row", (1, 3), numbers="quarters"),
    Case("several rows", (4, 3), numbers="quarters"),
    Case("as many rows as classes", (3, 3), numbers="quarters"),
    Case("two classes", (3, 2), numbers="quarters"),
    Case("numbers with fractions", (5, 4), numbers="fractions"),
    Case("equal scores", (3, 4), numbers="equal"),
    Case("very large scores", (3, 4), numbers="large"),
]

CASE_TABLE: dict[str, list[Case]] = {
    "Conv2D": _CONVOLUTIONS,
    "MaxPool": [*_POOLS, *_MAX_ONLY, *_POOL_MANNERS],
    "AvgPool": [*_POOLS, *_AVERAGE_ONLY, *_POOL_MANNERS],
    "GlobalAvgPool": _IMAGES,
    "ReLU": _elementwise("distinct"),
    "LeakyReLU": [
        *_elementwise("distinct"),
        Case("slope 0.25", (2, 3, 2, 2), extras=(("slope", 0.25),)),
    ],
    "Sigmoid": [*_elementwise("quarters"), _LARGE],
    "Tanh": [*_elementwise("quarters"), _LARGE],
    "Flatten": [*_IMAGES, Case("rows stay rows", (3, 4))],
    "Dense": _ROWS,
    "BatchNorm": _NORMALIZATIONS,
    LOSS: _LOSSES,
}
