"""Every plot takes an Axes and stays inside it, however many pictures it draws."""

import inspect
import io
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from minitorchcnn import Conv2D, Dense, Flatten, ReLU, Sequential, datasets, filters, plots
from minitorchcnn.training.history import History

NINE = datasets.tutorial_nine()[0, 0]
RNG = np.random.default_rng(0)
MODEL = Sequential([Conv2D(8, 3), ReLU(), Flatten(), Dense(10)], (1, 8, 8), seed=0)
IMAGES = RNG.uniform(-1, 1, (9, 1, 8, 8)).astype(np.float32)
NAMES = ["Ankle boot", "T-shirt/top", *["Trouser"] * 8]
HISTORY = History()
HISTORY.records += [{"epoch": epoch, "loss": 1 / epoch, "accuracy": 0.5} for epoch in (1, 2)]

#: Arguments for every plot of one picture, and of many.
ONE = {
    "plot_confusion": (np.eye(3),),
    "plot_curves": ([1, 2], {"a": [[1, 2]]}),
    "plot_grad_cam": (MODEL, IMAGES[0]),
    "plot_histories": ({"a": [HISTORY]}, "loss"),
    "plot_history": (HISTORY,),
    "plot_image": (NINE,),
    "plot_map": (NINE,),
    "plot_overlay": (NINE, np.abs(NINE)),
    "plot_saliency": (MODEL, IMAGES[0]),
}
MANY = {
    "plot_feature_maps": (RNG.normal(size=(8, 6, 6)),),
    "plot_filter_change": tuple(RNG.normal(size=(2, 3, 1, 3, 3))),
    "plot_filters": (filters.tutorial(), ["box", "vertical line", "diagonal"]),
    "plot_layers": (MODEL, IMAGES[0]),
    "plot_mistakes": (IMAGES, np.ones(9, int), np.eye(10)[[0] * 9], NAMES),
    "plot_prepared_digit": (np.full((40, 30), 0.5), -np.ones((28, 28))),
    "plot_window_arithmetic": (NINE, filters.vertical, 2, 1),
}


def test_every_plot_takes_axes_and_returns_them_without_pyplot():
    """In a process of its own: elsewhere other tests have loaded pyplot."""
    names = [name for name in plots.__all__ if name.startswith("plot_")]
    assert sorted([*ONE, *MANY]) == names
    for name, arguments in (ONE | MANY).items():
        draw = getattr(plots, name)
        assert inspect.signature(draw).parameters["ax"].default is None
        ax, beside = Figure(figsize=(9, 4.5)).subplots(1, 2)
        assert draw(*arguments, ax=ax) is ax
        assert not beside.has_data(), name
        assert not beside.child_axes, name
        assert draw(*arguments) is not ax
    code = f"""
import sys
sys.path.insert(0, {str(__file__.rpartition("/")[0])!r})
from test_panels import MANY, ONE, plots
for name, arguments in (ONE | MANY).items():
    getattr(plots, name)(*arguments)
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def extents(artist):
    """Return the words drawn in an Axes and its panels, with their places."""
    artist.figure.draw_without_rendering()
    texts = artist.findobj(lambda one: hasattr(one, "get_text") and one.get_visible())
    return [(one.get_text(), one.get_window_extent()) for one in texts if one.get_text().strip()]


@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize("size", [(9, 4.5), (6.4, 4.8)])
@pytest.mark.parametrize("name", MANY)
def test_panels_stay_in_their_half_and_no_word_is_over_another(name, size, layout):
    figure = Figure(figsize=size, layout=layout)
    left, ax = figure.subplots(1, 2)
    left.set_axis_off()
    getattr(plots, name)(*MANY[name], ax=ax, title="a title")
    boxes = extents(ax)
    touching = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    assert touching == []
    for word, box in boxes:
        assert box.x0 >= left.bbox.x1 - 1, word
        assert box.x1 <= figure.bbox.x1 + 1, word
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1, word
    pictures = [panel.get_window_extent() for panel in ax.child_axes]
    for picture in pictures:
        assert min(picture.width, picture.height) > 8
        assert [other for other in pictures if other.overlaps(picture)] == [picture]


@pytest.mark.parametrize("name", MANY)
def test_new_figures_are_legible(name):
    boxes = extents(getattr(plots, name)(*MANY[name], title="a title"))
    assert [1 for (_, one), (_, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def reddest(ax, **options):
    """Return width and height in pixels of the one red picture, as saved."""
    target = io.BytesIO()
    ax.figure.savefig(target, format="png", dpi=150, **options)
    image = np.asarray(Image.open(target).convert("RGB")).astype(int)
    red = (image[..., 0] > 1.5 * image[..., 1:].max(axis=-1)) & (image[..., 0] > 90)
    rows, columns = red.any(axis=1), red[:, : red.shape[1] * 3 // 4].any(axis=0)
    return int(rows.sum()), int(columns.sum())


def test_panels_follow_their_axes_where_a_figure_is_cut_to_what_is_drawn():
    """`bbox_inches="tight"` moves everything, and the figure's size with it."""
    weight = np.zeros((4, 1, 3, 3))
    weight[1] = 1
    ax = plots.plot_filters(weight, ax=Figure(figsize=(6, 4)).add_subplot(), columns=2)
    assert reddest(ax, bbox_inches="tight") == pytest.approx(reddest(ax), abs=3)


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_saving_as_vectors_leaves_panels_where_they_were(kind):
    ax = plots.plot_filters(filters.tutorial(), ax=Figure().add_subplot())
    before = ax.child_axes[1].get_position().bounds
    ax.figure.savefig(io.BytesIO(), format=kind, bbox_inches="tight")
    ax.figure.draw_without_rendering()
    np.testing.assert_allclose(ax.child_axes[1].get_position().bounds, before, atol=0.01)
