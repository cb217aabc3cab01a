"""What all figures share: new axes, validated arrays, and pixels with numbers in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorchcnn.errors import DataError, ShapeError
from minitorchcnn.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

#: Colours that stay apart for colour-blind readers, strongest first: those of Okabe and Ito, whose
#: yellow cannot be read on white, a grey and a violet.
COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"),
    "#5D3A9B",
)

#: Blue below 0, white at 0, red above 0.
DIVERGING = "RdBu_r"

#: Larger planes are drawn without lines between their pixels.
LINED = 12

#: A digit is about so much of its height wide, and most letters are narrower.
WIDE = 0.6

Format = Callable[[float], str]


def grey_colours(photograph: bool) -> str:
    """Return the colour map of grey images: 1 is ink and dark; in a photograph it is light."""
    return "gray" if photograph else "gray_r"


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that belongs to nobody else; sizes in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def new_axes(width: float, height: float) -> Axes:
    """Return the only Axes of a new figure; sizes in inches."""
    return new_figure(width, height).add_subplot()


def root_figure(ax: Axes) -> Figure:
    """Return the whole figure that axes are in, even if they are in a part of it."""
    # `figure` of a figure or of its part is the whole, in every version of matplotlib
    whole: Figure = ax.figure.figure
    return whole


def inches(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes, as far as they are known before the figure is drawn."""
    dpi = root_figure(ax).dpi
    return float(ax.bbox.width / dpi), float(ax.bbox.height / dpi)


def validate_array(values: Any, dimensions: int, owner: str, shape: str) -> Array:
    """Return finite numbers as float64, or raise `ShapeError` or `DataError`.

    Parameters
    ----------
    values : array_like
    dimensions : int
        How many axes there must be.
    owner, shape : str
        The function and the expected shape, for the message.
    """
    array = np.asarray(values)
    if array.ndim != dimensions or array.size == 0 or array.dtype.kind not in "biuf":
        raise ShapeError(
            f"{owner} got {array.dtype} of shape {array.shape}, expected numbers of shape {shape}."
        )
    if not np.isfinite(array).all():
        raise DataError(f"{owner} got NaN or infinity, which has no colour.")
    return array.astype(np.float64)


def validate_names(names: Any, count: int, owner: str, word: str) -> list[str]:
    """Return one name for each thing drawn; None numbers them."""
    if names is None:
        return [f"{word} {index}" for index in range(count)]
    if len(names) != count:
        raise ShapeError(f"{owner} got {len(names)} names for {count} {word}s: give one for each.")
    return [str(name) for name in names]


def largest(*arrays: Array, limit: float | None = None) -> float:
    """Return where a colour scale around 0 should end."""
    if limit is not None:
        return float(limit)
    return max(float(np.abs(array).max()) for array in arrays) or 1.0


def short(value: float) -> str:
    """Write a number in few characters: 1, -0.56, 12."""
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def draw_pixels(
    ax: Axes, values: Array, colours: str, low: float, high: float, write: Format | None
) -> AxesImage:
    """Show a plane of numbers as sharp pixels without ticks.

    Parameters
    ----------
    ax : matplotlib Axes
    values : ndarray, shape (H, W)
    colours : str
        A colour map of matplotlib.
    low, high : float
        Ends of the colour scale.
    write : callable or None
        ``value -> str`` to print in each pixel; left out where it would not be legible.
    """
    image = ax.imshow(values, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_color("0.6")
    if max(values.shape) <= LINED:
        _draw_lines(ax, values.shape)
    if write is not None:
        write_numbers(ax, values, image, write)
    return image


def draw_colours(ax: Axes, image: Array) -> None:
    """Show red, green and blue in [-1, 1], shape (3, H, W), as a colour picture."""
    ax.imshow((np.clip(image, -1, 1).transpose(1, 2, 0) + 1) / 2)


def _draw_lines(ax: Axes, shape: tuple[int, ...]) -> None:
    """Part the pixels by thin lines, so that equal neighbours can be told apart."""
    from matplotlib.collections import LineCollection

    rows, columns = np.arange(1, shape[0]) - 0.5, np.arange(1, shape[1]) - 0.5
    lines = [[(-0.5, y), (shape[1] - 0.5, y)] for y in rows]
    lines += [[(x, -0.5), (x, shape[0] - 0.5)] for x in columns]
    ax.add_collection(LineCollection(lines, colors="0.6", linewidths=0.5), autolim=False)


def write_numbers(ax: Axes, values: Array, image: AxesImage, write: Format) -> None:
    """Print every value in its pixel, dark on light and light on dark."""
    texts = [write(float(value)) for value in values.flat]
    size = _font_size(ax, values.shape, max(map(len, texts)))
    if size is None:
        return
    for (row, column), text in zip(np.ndindex(values.shape), texts, strict=True):
        colour = contrast(image, float(values[row, column]))
        ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)


def contrast(image: AxesImage, value: float) -> str:
    """Return the colour, near black or white, that is legible on a value's pixel."""
    red, green, blue, _ = image.to_rgba(np.array([[value]]))[0, 0]
    return "0.1" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "white"


def _font_size(ax: Axes, shape: tuple[int, ...], longest: int) -> float | None:
    """Return points that fit `longest` characters into a pixel; None below 5 points."""
    width, height = inches(ax)
    pixel = min(width / shape[1], height / shape[0])
    size = min(11.0, 72 * pixel * 0.85 / (WIDE * max(longest, 2)))
    return size if size >= 5 else None
