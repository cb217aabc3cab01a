"""Figures hold the right numbers, are legible, and leave nothing behind."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from minitorchcnn import DataError, FormatError, ShapeError, datasets, filters, plots
from minitorchcnn.training.history import History

NINE = datasets.tutorial_nine()[0, 0]
WEIGHT = filters.tutorial()
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _nothing_left_in_pyplot():
    yield
    assert plt.get_fignums() == []


def texts(ax):
    return [text.get_text() for text in ax.texts]


def brightness(colour):
    return float(np.dot(to_rgb(colour), [0.3, 0.59, 0.11]))


def trained():
    history = History()
    history.records.append({"epoch": 1, "loss": 2.0, "accuracy": 0.5})
    return history


def test_image_shows_ink_dark_with_its_numbers():
    ax = plots.plot_image(NINE, title="a nine")
    image = ax.images[0]
    np.testing.assert_array_equal(image.get_array(), NINE)
    assert image.get_clim() == (-1, 1)
    assert brightness(image.to_rgba(1.0)[:3]) < 0.1 < 0.9 < brightness(image.to_rgba(-1.0)[:3])
    assert texts(ax) == [f"{pixel:.0f}" for pixel in NINE.flat]
    assert ax.get_title() == "a nine"


def test_numbers_are_light_on_dark_and_dark_on_light():
    ax = plots.plot_image(NINE)
    for text, pixel in zip(ax.texts, NINE.flat, strict=True):
        assert (brightness(text.get_color()) > 0.5) == (pixel == 1)


def test_image_without_numbers():
    assert texts(plots.plot_image(NINE, numbers=False)) == []
    assert texts(plots.plot_image(RNG.uniform(-1, 1, (28, 28)))) == []


def test_numbers_that_would_not_be_legible_are_left_out():
    ax = Figure(figsize=(1, 1)).add_subplot()
    assert texts(plots.plot_image(RNG.uniform(-1, 1, (12, 12)), ax)) == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plots.plot_image(NINE, ax),
        lambda ax: plots.plot_map(NINE, ax),
        lambda ax: plots.plot_confusion(np.eye(3), ax=ax),
        lambda ax: plots.plot_curves([1, 2], {"a": [[1, 2]]}, ax),
        lambda ax: plots.plot_history(trained(), ax),
        lambda ax: trained().plot(ax),
    ],
)
def test_the_axes_given_are_used_and_returned(draw):
    ax = Figure().add_subplot()
    assert draw(ax) is ax
    assert draw(None) is not ax
    assert isinstance(draw(None), Axes)


def test_map_is_coloured_around_zero():
    ax = plots.plot_map([[-0.5, 0.0], [0.25, 0.1]], write=lambda value: f"{value:.2f}")
    image = ax.images[0]
    assert image.get_clim() == (-0.5, 0.5)
    assert min(image.to_rgba(0.0)[:3]) > 0.95
    red, blue = image.to_rgba(0.5), image.to_rgba(-0.5)
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert texts(ax) == ["-0.50", "0.00", "0.25", "0.10"]
    assert plots.plot_map(np.zeros((2, 2))).images[0].get_clim() == (-1, 1)


def shown(ax):
    """Return the panels that show pixels, without the colour bar."""
    return [panel for panel in ax.child_axes if panel.images]


def test_filters_share_one_scale_and_one_colour_bar():
    whole = plots.plot_filters(WEIGHT, ["box", "vertical", "diagonal"], title="by hand")
    axes = shown(whole)
    assert [ax.get_title() for ax in axes] == ["box", "vertical", "diagonal"]
    assert {ax.images[0].get_clim() for ax in axes} == {(-1 / 9, 1 / 9)}
    for ax, kernel in zip(axes, WEIGHT[:, 0], strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), kernel)
    assert len(whole.child_axes) == 4
    assert whole.get_title() == "by hand"


def test_many_filters_go_on_in_the_next_row():
    axes = shown(plots.plot_filters(RNG.normal(size=(11, 1, 3, 3))))
    assert len({round(ax.get_position().y0, 6) for ax in axes}) == 2
    assert [ax.get_title() for ax in axes] == [f"filter {i}" for i in range(11)]


def test_filters_of_several_channels_get_a_row_for_each():
    weight = RNG.normal(size=(4, 2, 3, 3))
    axes = shown(plots.plot_filters(weight, limit=5.0))
    np.testing.assert_array_equal(axes[4 + 1].images[0].get_array(), weight[1, 1])
    assert axes[4].get_ylabel() == "channel 1"
    assert axes[0].images[0].get_clim() == (-5, 5)


@pytest.mark.parametrize("channels", [1, 2])
def test_filter_change_shows_before_after_and_difference(channels):
    before, after = RNG.normal(size=(2, 3, channels, 3, 3))
    axes = shown(plots.plot_filter_change(before, after))
    planes = np.stack([ax.images[0].get_array() for ax in axes]).reshape(3, 3, channels, 3, 3)
    np.testing.assert_array_equal(planes, np.stack([before, after, after - before]))
    assert len({ax.images[0].get_clim() for ax in axes}) == 1
    rows = [axes[row * 3 * channels].get_ylabel() for row in range(3)]
    assert rows == ["before", "after", "difference"]


def test_feature_maps_with_numbers():
    maps = RNG.normal(size=(2, 5, 3))
    axes = shown(plots.plot_feature_maps(maps, ["a", "b"], numbers=True, limit=3.0))
    np.testing.assert_array_equal(axes[1].images[0].get_array(), maps[1])
    assert len(texts(axes[0])) == 15
    assert axes[0].images[0].get_clim() == (-3, 3)


def frames(path):
    with Image.open(path) as gif:
        assert gif.format == "GIF"
        seen = []
        for index in range(gif.n_frames):
            gif.seek(index)
            seen.append((gif.info["duration"], np.asarray(gif.convert("RGB"))))
    return seen


def test_filter_animation_visits_every_window_and_holds_the_result(tmp_path):
    path = plots.animate_filter(NINE[:4, :4], filters.box, tmp_path / "filter.gif", fps=2)
    seen = frames(path)
    assert path == tmp_path / "filter.gif"
    assert len(seen) == 4
    assert [duration for duration, _ in seen[:3]] == [500] * 3
    assert seen[-1][0] > 1500
    assert all((one[1] != other[1]).any() for one, other in pairwise(seen))


def test_max_pool_animation(tmp_path):
    path = plots.animate_max_pool(RNG.normal(size=(5, 3)), 2, 1, tmp_path / "pool.gif")
    assert len(frames(path)) == 8


def test_figures_leave_their_input_alone():
    weight = WEIGHT.copy()
    plots.plot_filter_change(weight, weight)
    plots.plot_filters(weight)
    np.testing.assert_array_equal(weight, WEIGHT)


@pytest.mark.parametrize(
    ("draw", "error", "match"),
    [
        (lambda: plots.plot_image(NINE[None]), ShapeError, r"\(1, 7, 5\).*\(height, width\)"),
        (lambda: plots.plot_image([["a"]]), ShapeError, "expected numbers"),
        (lambda: plots.plot_map([[np.nan]]), DataError, "NaN or infinity"),
        (lambda: plots.plot_filters(WEIGHT[0]), ShapeError, r"\(filters, channels,"),
        (lambda: plots.plot_filters(WEIGHT, ["a"]), ShapeError, "1 names for 3 filters"),
        (lambda: plots.plot_filter_change(WEIGHT, WEIGHT[:2]), ShapeError, "the same filters"),
        (lambda: plots.plot_feature_maps(NINE), ShapeError, r"\(maps, height, width\)"),
        (lambda: plots.plot_confusion(np.ones((2, 3))), ShapeError, r"\(classes, classes\)"),
        (lambda: plots.plot_curves([1], {}), DataError, "no series"),
        (lambda: plots.plot_curves([1], {"a": [[1, 2]]}), ShapeError, r"'a'.*\(runs, 1\)"),
        (lambda: plots.plot_history(History()), DataError, "train first"),
        (lambda: plots.animate_filter(NINE, np.ones((9, 9)), "x"), ShapeError, "9x9 for 7x5"),
        (lambda: plots.animate_filter(NINE, filters.box, "no/x.gif"), FormatError, "cannot write"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, error, match):
    with pytest.raises(error, match=match):
        draw()
