"""A film of filters: what training does to them, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from minitorchcnn.plots.canvas import checked, checked_names, largest, root_figure
from minitorchcnn.plots.gif import write_gif
from minitorchcnn.plots.grids import plot_filters
from minitorchcnn.types import Array

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
    frames = checked(films, 5, "animate_filters", shape)
    times = checked_names(frame_names, len(frames), "animate_filters", "frame")

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
