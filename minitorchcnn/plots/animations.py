"""Animations as GIF files: a filter that slides, max-pooling, filters as they learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn.errors import FormatError, ShapeError
from minitorchcnn.plots.canvas import (
    DIVERGING,
    Format,
    draw_pixels,
    largest,
    new_figure,
    root_figure,
    short,
    validate_array,
    validate_names,
)
from minitorchcnn.plots.grids import plot_filters
from minitorchcnn.types import Array
from minitorchcnn.validation import integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def animate_filter(
    image: Array, kernel: Array, path: str | Path, write: Format = short, fps: int = 1
) -> Path:
    """Write a GIF of a filter that slides over an image and fills its feature map.

    Parameters
    ----------
    image : array, shape (H, W)
        In [-1, 1], 1 is ink.
    kernel : array, shape (kh, kw)
        Not larger than the image; moved by one pixel at a time.
    path : str or Path
        Usually ending in ".gif"; overwritten if it exists.
    write : callable
        ``value -> str`` for the numbers.
    fps : int
        Frames in a second.

    Returns
    -------
    Path

    Raises
    ------
    ShapeError, DataError
        If image or kernel do not fit.
    FormatError
        If the file cannot be written.
    """
    pixels = validate_array(image, 2, "animate_filter", "(height, width)")
    weights = validate_array(kernel, 2, "animate_filter", "(kernel height, kernel width)")
    kh, kw = weights.shape
    windows = _windows(pixels, (kh, kw), 1, "animate_filter")
    answers = np.einsum("ijuv,uv->ij", windows, weights)
    figure = new_figure(10.4, 3.6)
    left, filter_ax, middle, right = figure.subplots(1, 4)
    _reset(left, pixels, "gray_r", 1.0, "image", write=short)
    _reset(filter_ax, weights, DIVERGING, largest(weights), "filter", write=write)

    def draw(row: int, column: int, done: Array) -> None:
        _unmark(left)
        mark(left, row, column, (kh, kw))
        products = windows[row, column] * weights
        _reset(middle, products, DIVERGING, largest(weights), "window × filter", write=write)
        middle.set_xlabel(f"sum = {write(answers[row, column])}", fontsize=12)
        _reset(right, done, DIVERGING, largest(answers), "feature map", write=write)
        mark(right, row, column, (1, 1))

    return _save(figure, answers, draw, path, fps)


def animate_max_pool(
    feature_map: Array,
    pool_size: int,
    stride: int,
    path: str | Path,
    write: Format = short,
    fps: int = 1,
) -> Path:
    """Write a GIF of max-pooling: a window moves, its largest value is kept.

    Parameters
    ----------
    feature_map : array, shape (H, W)
    pool_size, stride : int
        In pixels, for both directions.
    path : str or Path
        Usually ending in ".gif"; overwritten if it exists.
    write : callable
        ``value -> str`` for the numbers.
    fps : int
        Frames in a second.

    Returns
    -------
    Path

    Raises
    ------
    ShapeError, DataError, ArgumentError
        If the map or an option does not fit.
    FormatError
        If the file cannot be written.
    """
    values = validate_array(feature_map, 2, "animate_max_pool", "(height, width)")
    size = integer(pool_size, "animate_max_pool: pool_size", minimum=1)
    step = integer(stride, "animate_max_pool: stride", minimum=1)
    windows = _windows(values, (size, size), step, "animate_max_pool")
    answers = windows.max(axis=(2, 3))
    end = largest(values)
    figure = new_figure(6.4, 4.4)
    left, right = figure.subplots(1, 2)

    _reset(left, values, DIVERGING, end, "feature map", write=write)

    def draw(row: int, column: int, done: Array) -> None:
        _unmark(left)
        mark(left, row * step, column * step, (size, size))
        u, v = np.unravel_index(windows[row, column].argmax(), (size, size))
        mark(left, row * step + int(u), column * step + int(v), (1, 1), "black")
        left.set_xlabel(f"largest = {write(answers[row, column])}", fontsize=12)
        _reset(right, done, DIVERGING, end, f"max-pool {size}×{size}, stride {step}", write=write)
        mark(right, row, column, (1, 1))

    return _save(figure, answers, draw, path, fps)


def _windows(values: Array, size: tuple[int, int], step: int, owner: str) -> Array:
    """Return all windows, shape (rows, columns, *size)."""
    if any(window > whole for window, whole in zip(size, values.shape, strict=True)):
        raise ShapeError(
            f"{owner} got a window of {size[0]}x{size[1]} for {values.shape[0]}x"
            f"{values.shape[1]} pixels: it must not be larger."
        )
    return np.lib.stride_tricks.sliding_window_view(values, size)[::step, ::step]


def _reset(ax: Axes, values: Array, colours: str, end: float, title: str, *, write: Format) -> None:
    """Draw a plane anew; NaN is a pixel that is not known yet."""
    ax.clear()

    def known(value: float) -> str:
        return "" if np.isnan(value) else write(value)

    draw_pixels(ax, values, colours, -end, end, known)
    ax.set_title(title)


def mark(ax: Axes, row: int, column: int, size: tuple[int, int], colour: str = "#E69F00") -> None:
    """Frame a window of pixels."""
    from matplotlib.patches import Rectangle

    corner, (height, width) = (column - 0.5, row - 0.5), size
    frame = Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=3)
    frame.set_clip_on(False)
    ax.add_patch(frame)


def _unmark(ax: Axes) -> None:
    """Take the frames away."""
    for frame in list(ax.patches):
        frame.remove()


def _save(
    figure: Figure,
    answers: Array,
    draw: Callable[[int, int, Array], None],
    path: str | Path,
    fps: int,
) -> Path:
    """Write a frame for every place, with the answers known by then."""

    def drawn() -> Iterator[None]:
        done = np.full(answers.shape, np.nan)
        for row, column in np.ndindex(answers.shape):
            done[row, column] = answers[row, column]
            draw(row, column, done)
            yield

    return write_gif(figure, drawn(), path, fps)


#: Filters in a row: few, so that a film can be read on a phone.
_COLUMNS = 4


def animate_filters(
    films: Array,
    path: str | Path,
    names: Sequence[str] | None = None,
    frame_names: Sequence[str] | None = None,
    title: str = "",
    fps: int = 4,
) -> Path:
    """Write a GIF of filters as they changed, all frames on one colour scale.

    Parameters
    ----------
    films : array, shape (T, F, C, kh, kw)
        The weight at T times, such as ``films`` of `RecordFilters`.
    path : str or Path
        Usually ending in ".gif"; overwritten if it exists.
    names : sequence of str or None
        One for each filter.
    frame_names : sequence of str or None
        One for each time, such as ``names`` of `RecordFilters`.
    title : str
        Above the name of the frame.
    fps : int
        Frames in a second; the last one stays for a moment.

    Returns
    -------
    Path

    Raises
    ------
    ShapeError, DataError
        If films or names do not fit.
    FormatError
        If the file cannot be written.
    """
    shape = "(times, filters, channels, height, width)"
    frames = validate_array(films, 5, "animate_filters", shape)
    times = validate_names(frame_names, len(frames), "animate_filters", "frame")

    def headline(index: int) -> str:
        return f"{title}\n{times[index]}" if title else times[index]

    end = largest(frames)
    ax = plot_filters(frames[0], names, title=headline(0), limit=end, columns=_COLUMNS)
    # the panels follow filter by filter, or channel by channel where there are several
    pictures = [panel.images[0] for panel in ax.child_axes if panel.images]
    kernel = frames.shape[3:]

    def drawn() -> Iterator[None]:
        for index, frame in enumerate(frames):
            planes = frame.swapaxes(0, 1).reshape(-1, *kernel)
            for picture, plane in zip(pictures, planes, strict=True):
                picture.set_data(plane)
            ax.set_title(headline(index))
            yield

    return write_gif(root_figure(ax), drawn(), path, fps)


#: How long the last frame stays, in frames.
HOLD = 4


def write_gif(figure: Figure, drawn: Iterable[object], path: str | Path, fps: int) -> Path:
    """Take a frame each time the figure has been drawn anew.

    Parameters
    ----------
    figure : matplotlib Figure
    drawn : iterable
        Draws the next frame whenever it is asked for an item; what the items are is not used.
    path : str or Path
        Overwritten if it exists.
    fps : int
        Frames in a second.

    Raises
    ------
    FormatError
        If the file cannot be written.
    """
    from matplotlib.animation import PillowWriter

    target = Path(path)
    writer = PillowWriter(fps=fps)
    try:
        with writer.saving(figure, str(target), dpi=80):
            for _ in drawn:
                writer.grab_frame()
                # the places of the first frame hold: nothing jumps, and drawing is faster
                figure.set_layout_engine("none")
            for _ in range(HOLD):
                writer.grab_frame()
    except OSError as error:
        raise FormatError(f"cannot write {target}: {error.strerror or error}.") from error
    return target
