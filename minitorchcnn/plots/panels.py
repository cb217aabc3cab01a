"""Many small pictures inside one Axes, so that every plot can be a part of a figure of yours.

Texts get the inches they need and pictures share the rest, anew whenever the figure is drawn:
so the panels fit an Axes of any size.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from minitorchcnn.plots.canvas import WIDE, inches, new_figure, root_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.transforms import Bbox


#: Inches between panels, and from the last one to the colour bar.
GAP = 0.1

#: Inches across a colour bar, and of a line of the title.
_BAR, _LINE = 0.14, 0.22

#: Left, bottom, width and height in inches.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Row:
    """Panels side by side: how many, and what room they want.

    Attributes
    ----------
    panels : int
    aspect : float or None
        Height of a picture divided by its width; None fills whatever room there is.
    share : float
        Height of the pictures, compared to other rows.
    above : float
        Inches kept free for titles.
    """

    panels: int
    aspect: float | None = None
    share: float = 1.0
    above: float = 0.0


@dataclass(frozen=True)
class Grid:
    """Rows of panels in an Axes, at the middle of its upper end.

    Attributes
    ----------
    rows : tuple of Row
    left, right : float
        Inches kept free beside the panels, for names and a colour bar.
    narrowest : float
        Inches that titles need side by side, even where pictures need less.
    below : float
        Inches kept free under the last row.
    """

    rows: tuple[Row, ...]
    left: float = 0.0
    right: float = 0.0
    narrowest: float = 0.0
    below: float = 0.0

    def unit(self, size: tuple[float, float]) -> float:
        """Return the inches that pictures of share 1 are high in an Axes of some inches."""
        free = size[1] - self._texts() - self.below
        units = [max(free, 0.01) / sum(row.share for row in self.rows)]
        for row in self.rows:
            if row.aspect is not None:
                across = self._across(size) - GAP * (row.panels - 1)
                units.append(max(across, 0.01) / row.panels * row.aspect / row.share)
        return min(units)

    def panel(self, row: int, column: int, size: tuple[float, float]) -> Box:
        """Return where a panel is in an Axes of so many inches."""
        unit, (x, width, _) = self.unit(size), self._block(size)
        down = sum(one.above + one.share * unit for one in self.rows[: row + 1]) + GAP * row
        panels = self.rows[row].panels
        across = max((width - GAP * (panels - 1)) / panels, 0.01)
        height = self.rows[row].share * unit
        return x + column * (across + GAP), size[1] - down, across, height

    def bar(self, size: tuple[float, float]) -> Box:
        """Return where the colour bar is: at the right, as high as all pictures together."""
        x, width, height = self._block(size)
        return x + width + GAP, size[1] - height, _BAR, height - self.rows[0].above

    def _texts(self) -> float:
        return sum(row.above for row in self.rows) + GAP * (len(self.rows) - 1)

    def _across(self, size: tuple[float, float]) -> float:
        return size[0] - self.left - self.right

    def _block(self, size: tuple[float, float]) -> tuple[float, float, float]:
        """Return where all panels begin, and how wide and high they are together."""
        unit, across = self.unit(size), self._across(size)
        wide = [
            row.panels * row.share * unit / row.aspect + GAP * (row.panels - 1)
            for row in self.rows
            if row.aspect is not None
        ]
        width = min(across, max(*wide, self.narrowest)) if wide else across
        height = unit * sum(row.share for row in self.rows) + self._texts()
        return self.left + (across - width) / 2, width, height


class Arrangement(NamedTuple):
    """A grid for pictures with a title each, in rows of equal length."""

    grid: Grid
    columns: int
    titles: list[str]
    points: float

    def draw_in(self, ax: Axes) -> list[Axes]:
        """Return a panel for each title, with it."""
        panels = []
        for index, title in enumerate(self.titles):
            panels.append(add_panel(ax, self.grid, *divmod(index, self.columns)))
            panels[-1].set_title(title, fontsize=self.points, pad=3)
        return panels


def sheet(ax: Axes | None, width: float, height: float, title: str) -> Axes:
    """Return Axes without frame and ticks, to draw panels in.

    Parameters
    ----------
    ax : matplotlib Axes or None
        None makes a new figure, of `width` and `height` in inches and room for the title.
    width, height : float
    title : str
    """
    if ax is None:
        above = _LINE * (title.count("\n") + 1) if title else 0.0
        figure = new_figure(width, height + above)
        top = height / (height + above)
        # the whole figure: so its size is known before it is drawn
        ax = figure.add_subplot(figure.add_gridspec(1, 1, left=0, right=1, bottom=0, top=top)[0])
    ax.set(xticks=[], yticks=[], frame_on=False, title=title)
    return ax


def add_panel(ax: Axes, grid: Grid, row: int, column: int) -> Axes:
    """Return new Axes at a place of a grid inside `ax`."""
    return _inset(ax, lambda size: grid.panel(row, column, size))


def add_bar(
    ax: Axes, grid: Grid, image: AxesImage, label: str, end: float, *, points: float
) -> None:
    """Draw the colour bar of an image, from -end to end, at the right of a grid."""
    bar = root_figure(ax).colorbar(image, cax=_inset(ax, grid.bar))
    ticks = _ticks(end, grid.bar(inches(ax))[3])
    bar.set_ticks(list(ticks.values()), labels=list(ticks))
    bar.ax.tick_params(labelsize=points)
    bar.set_label(label, fontsize=points)


def bar_width(end: float, points: float) -> float:
    """Return the inches that a colour bar and its numbers need."""
    letters = max(map(len, _ticks(end))) + 2.0  # the label stands upright
    return GAP + _BAR + 0.12 + letters * WIDE * points / 72


def _ticks(end: float, height: float = 2.0) -> dict[str, float]:
    """Return the numbers beside a colour bar, few where it is low."""
    from matplotlib.ticker import MaxNLocator

    count = int(min(6, max(2, 4 * height)))
    places = MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(-end, end)
    return {f"{place + 0.0:.6g}": float(place) for place in places if abs(place) <= end}


def arrange(
    titles: Sequence[str],
    aspect: float,
    size: tuple[float, float],
    columns: Iterable[int],
    *,
    points: float = 10.0,
    right: float = 0.0,
    below: float = 0.0,
) -> Arrangement:
    """Return the plan with the largest pictures.

    Parameters
    ----------
    titles : sequence of str
        One for each picture; those too wide are broken into lines.
    aspect : float
        Height of a picture divided by its width.
    size : tuple
        Width and height of the Axes in inches.
    columns : iterable of int
        How many pictures may be in a row.
    points : float
        Of the titles, at the most.
    right : float
        Inches for a colour bar.
    below : float
        Inches for words under the last row.
    """
    plans = []
    for count in columns:
        across = (size[0] - right - GAP * (count - 1)) / count
        lines, fitted = fit_text(titles, across, points)
        row = Row(count, aspect, above=text_height(lines, fitted))
        wide = count * text_width(lines, fitted) + GAP * (count - 1)
        rows = -(-len(titles) // count)
        grid = Grid((row,) * rows, right=right, narrowest=wide, below=below)
        plans.append(Arrangement(grid, count, lines, fitted))
    return max(plans, key=lambda plan: plan.grid.unit(size))


def text_points(ax: Axes) -> float:
    """Return the points of texts beside panels: fewer where there is little room."""
    return 10.0 if inches(ax)[0] >= 3.5 else 8.0


def _inset(ax: Axes, box: Callable[[tuple[float, float]], Box]) -> Axes:
    """Return new Axes inside `ax`, whose place is asked for whenever it is drawn."""
    from matplotlib.transforms import Bbox

    def place(_panel: Any, _renderer: Any) -> Bbox:
        dpi, whole = root_figure(ax).dpi, ax.bbox
        x, y, width, height = box(inches(ax))
        there = Bbox.from_bounds(whole.x0 + x * dpi, whole.y0 + y * dpi, width * dpi, height * dpi)
        return there.transformed(ax.figure.transSubfigure.inverted())

    (x, y, width, height), size = box(inches(ax)), inches(ax)
    panel = ax.inset_axes((x / size[0], y / size[1], width / size[0], height / size[1]))
    panel.set_axes_locator(place)
    return panel


#: Points below which nobody can read.
_SMALLEST = 5.0


def fit_text(texts: Sequence[str], width: float, points: float) -> tuple[list[str], float]:
    """Break texts into lines that fit inches, and return them with points that fit their words.

    Somewhat smaller letters are better than more lines.
    """
    longest = max((len(word) for text in texts for word in text.split()), default=1)
    most = 72 * width / (WIDE * longest)
    found = []
    for share in (1.0, 0.9, 0.8):
        size = max(_SMALLEST, min(share * points, most))
        letters = max(longest, int(72 * width / (WIDE * size)))
        lines = ["\n".join(textwrap.fill(one, letters) for one in t.split("\n")) for t in texts]
        found.append((lines, size))
    return min(found, key=lambda fit: max(text.count("\n") for text in fit[0]))


def text_height(texts: Sequence[str], points: float) -> float:
    """Return the inches that the highest of some titles needs, and a little more."""
    return max(text.count("\n") + 1 for text in texts) * 1.25 * points / 72 + 0.06


def text_width(texts: Sequence[str], points: float) -> float:
    """Return the inches that the widest of some titles needs."""
    return max(len(line) for text in texts for line in text.split("\n")) * WIDE * points / 72
