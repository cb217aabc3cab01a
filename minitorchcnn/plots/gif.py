"""Writes films as GIF files, the one way for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from minitorchcnn.errors import FormatError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
