"""Names at the ends of lines: no legend to look up, and no name over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorchcnn.plots.canvas import root_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: From a line's end to the beginning of its name, so that it crosses no other name.
_LEADER = {"relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 4}


def name_ends(ax: Axes, x: float, ends: list[tuple[float, str, str]]) -> None:
    """Write each name to the right of the axes, near its line's end but clear of the others."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)  # the names' places depend on it
    ends = sorted(ends)
    places = spread([(y - low) / (high - low) for y, _, _ in ends], _line_height(ax))
    for (y, name, colour), place in zip(ends, places, strict=True):
        ax.annotate(
            name,
            xy=(x, y),
            xytext=(1.05, place),
            textcoords="axes fraction",
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, **_LEADER},
            annotation_clip=False,
        )


def _line_height(ax: Axes) -> float:
    """Return the height of a line of text as a share of the axes."""
    height = root_figure(ax).get_size_inches()[1] * ax.get_position().height
    return float(15 / (72 * height))


def spread(places: list[float], gap: float) -> list[float]:
    """Move sorted places apart to at least `gap`, none of them above 1."""
    spread = list(places)
    for index in range(1, len(spread)):
        spread[index] = max(spread[index], spread[index - 1] + gap)
    if spread[-1] > 1.0:
        spread[-1] = 1.0
        for index in range(len(spread) - 2, -1, -1):
            spread[index] = min(spread[index], spread[index + 1] - gap)
    return spread
