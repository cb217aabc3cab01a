"""Pictures that explain: the sum behind a pixel, every layer, mistakes, overlays and films."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from minitorchcnn import (
    SGD,
    ArgumentError,
    CallOrderError,
    Conv2D,
    DataError,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    RecordFilters,
    ReLU,
    Sequential,
    ShapeError,
    Trainer,
    datasets,
    filters,
    plots,
    saliency,
)
from minitorchcnn.training.history import History

NINE = datasets.tutorial_nine()[0, 0]
RNG = np.random.default_rng(0)
LAYERS = [Conv2D(8, 3), ReLU(), MaxPool(2), Flatten(), Dropout(0.5), Dense(10)]
MODEL = Sequential(LAYERS, (1, 8, 8), seed=0)
IMAGES = RNG.uniform(-1, 1, (6, 1, 8, 8)).astype(np.float32)


@pytest.fixture(autouse=True)
def _nothing_left_in_pyplot():
    yield
    assert plt.get_fignums() == []


def every_text(figure):
    """Return all texts of a figure that are seen, its parts included."""
    figure.draw_without_rendering()
    return [
        text
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
        if text.get_visible() and text.get_text().strip()
    ]


def pixels(ax):
    return np.asarray(ax.images[0].get_array())


def assert_legible(figure):
    """Nothing is written over something else, nor outside of the figure."""
    whole = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in every_text(figure)]
    for name, box in boxes:
        assert whole.x0 - 1 <= box.x0 <= box.x1 <= whole.x1 + 1, name
        assert whole.y0 - 1 <= box.y0 <= box.y1 <= whole.y1 + 1, name
    touching = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    assert touching == []


def test_window_arithmetic_shows_the_sum():
    ax = plots.plot_window_arithmetic(NINE, filters.vertical, 2, 1, bias=0.5, title="a pixel")
    window, kernel, products = (pixels(panel) for panel in ax.child_axes[1:])
    np.testing.assert_array_equal(window, NINE[2:5, 1:4])
    np.testing.assert_array_equal(kernel, filters.vertical)
    np.testing.assert_allclose(products, NINE[2:5, 1:4] * filters.vertical)
    # rows of the window: (1 1 1), (-1 -1 1), (-1 -1 1); ninths: -1, -1, -1 and the bias
    words = ax.child_axes[2].get_xlabel().replace("\n", " ")
    assert words == "sum of the 9 products + bias 0.5 = 0.17: pixel (2, 1)"
    frame = ax.child_axes[0].patches[0]
    assert (frame.get_x(), frame.get_y(), frame.get_width()) == (0.5, 1.5, 3)
    assert_legible(ax.figure)


def test_layers_are_drawn_row_by_row():
    ax = plots.plot_layers(MODEL, IMAGES[0], title="on its way")
    shown = ax.child_axes
    y = IMAGES[:1]
    planes = [y[0, 0]]
    for layer in MODEL.layers:
        y = layer.forward(y, training=False)
        if y.ndim == 4:
            planes += list(y[0, :6])
    planes.append(y)
    for panel, plane in zip(shown, planes, strict=True):
        np.testing.assert_array_equal(pixels(panel), plane)
    names = [text.get_text() for text in every_text(ax.figure)]
    assert "0: Conv2D(8, 3)   8×6×6, 6 drawn" in " ".join(names)
    assert not any("Flatten" in name or "Dropout" in name for name in names)
    assert_legible(ax.figure)


def test_one_is_dark_ink_in_drawings_and_light_in_photographs():
    image = np.where(np.eye(8, dtype=bool), 1.0, -1.0)[np.newaxis].astype(np.float32)
    heat, sure = np.ones((2, 2)), np.array([[0.1, 0.9]])
    draws = [
        lambda light: plots.plot_image(image[0], photograph=light),
        lambda light: plots.plot_overlay(image, heat, photograph=light),
        lambda light: plots.plot_saliency(MODEL, image, photograph=light),
        lambda light: plots.plot_grad_cam(MODEL, image, photograph=light),
        lambda light: plots.plot_layers(MODEL, image, photograph=light).child_axes[0],
        lambda light: plots.plot_window_arithmetic(
            image[0], filters.box, 0, 0, photograph=light
        ).child_axes[0],
        lambda light: plots.plot_mistakes(
            image[np.newaxis], [0], sure, photograph=light
        ).child_axes[0],
    ]
    for draw in draws:
        for light in (False, True):
            shown = draw(light).images[0]
            high, low = (shown.to_rgba(np.array([[v]]))[0, 0, :3].mean() for v in (1.0, -1.0))
            assert (high > low) == light


def test_few_maps_are_drawn_larger_than_many():
    few = Sequential([Conv2D(3, 3), Flatten(), Dense(10)], (1, 8, 8), seed=0)
    widths = []
    for model in (few, MODEL):
        ax = plots.plot_layers(model, IMAGES[0])
        ax.figure.draw_without_rendering()
        widths.append(ax.child_axes[0].get_window_extent().width)
    assert widths[0] > 1.3 * widths[1]


def test_mistakes_come_worst_first():
    probabilities = np.full((6, 10), 0.01)
    answers, sure = [3, 1, 4, 0, 5, 6], [0.5, 0.9, 0.7, 0.8, 0.6, 0.55]
    probabilities[np.arange(6), answers] = sure
    names = [f"class {i}" for i in range(10)]
    ax = plots.plot_mistakes(IMAGES, [3, 2, 4, 9, 5, 7], probabilities, names, title="wrong")
    drawn = ax.child_axes
    assert [panel.get_title().replace("\n", " ") for panel in drawn] == [
        "class 2, read as class 1 90 % sure",
        "class 9, read as class 0 80 % sure",
        "class 7, read as class 6 55 % sure",
    ]
    assert_legible(ax.figure)
    np.testing.assert_array_equal(pixels(drawn[1]), IMAGES[3, 0])
    two = plots.plot_mistakes(IMAGES, [3, 2, 4, 9, 5, 7], probabilities, most=2)
    assert len(two.child_axes) == 2


def test_no_mistake_is_said():
    ax = plots.plot_mistakes(IMAGES, np.zeros(6, int), np.eye(3)[np.zeros(6, int)])
    assert [text.get_text() for text in every_text(ax.figure)] == ["no mistake in 6 images"]


def test_long_lists_of_mistakes_are_legible():
    x = RNG.uniform(-1, 1, (16, 1, 28, 28))
    ax = plots.plot_mistakes(x, np.ones(16, int), np.eye(10)[[7] * 16], most=16, title="all")
    assert_legible(ax.figure)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_overlay_is_denser_where_there_is_more_heat(channels):
    ax = plots.plot_overlay(RNG.uniform(-1, 1, (channels, 4, 6)), [[0, 1], [2, 4]], title="here")
    heat = np.asarray(ax.images[1].get_array())
    np.testing.assert_allclose(heat[..., 3] / heat[1, 1, 3], [[0, 0.25], [0.5, 1]])
    assert ax.images[1].get_extent() == [-0.5, 5.5, 3.5, -0.5]
    assert ax.get_title() == "here"


def test_colour_can_be_seen_on_ink_and_on_paper():
    ax = plots.plot_overlay([[1.0, -1.0]], [[0.0, 0.0]])
    ink, paper = (ax.images[0].to_rgba(value)[0] for value in (1.0, -1.0))
    red = to_rgb(ax.images[1].get_array()[0, 0, :3])[0]
    assert paper > 0.95
    assert 0.2 < ink < 0.6 < red


def test_saliency_and_grad_cam_use_the_axes_given():
    ax = Figure().add_subplot()
    assert plots.plot_saliency(MODEL, IMAGES[0], 3, ax) is ax
    strength = saliency(MODEL, IMAGES[0], 3)
    alpha = np.asarray(ax.images[1].get_array())[..., 3]
    np.testing.assert_allclose(alpha / alpha.max(), strength / strength.max(), rtol=1e-5)
    ax = Figure().add_subplot()
    assert plots.plot_grad_cam(MODEL, IMAGES[0], 3, ax=ax) is ax
    assert np.asarray(ax.images[1].get_array()).shape == (6, 6, 4)


def trained(record):
    layers = [Conv2D(2, 3), Flatten(), Dense(10)]
    model = Sequential(layers, (1, 8, 8), seed=0)
    x, y = datasets.handwriting()
    trainer = Trainer(model, SGD(0.03), batch_size=32)
    weights = [model.state_dict()["0.weight"]]
    history = trainer.fit(x[:96], y[:96], epochs=2, callbacks=[record], progress=False)
    weights.append(model.state_dict()["0.weight"])
    return weights, history


def test_filters_are_recorded_from_first_to_last():
    record = RecordFilters()
    (first, last), _ = trained(record)
    assert record.names == ["start", "epoch 1", "epoch 2"]
    np.testing.assert_array_equal(record.films[0], first)
    np.testing.assert_array_equal(record.films[2], last)
    assert (record.films[1] != last).any()
    later = RecordFilters()
    later.load_state_dict(record.state_dict())
    np.testing.assert_array_equal(later.films, record.films)


def test_filters_are_recorded_by_updates():
    record = RecordFilters(every=2)
    trained(record)
    assert record.names == ["start", "update 2", "update 4", "update 6"]


@pytest.mark.parametrize("channels", [1, 2])
def test_film_has_a_frame_for_each_time(channels, tmp_path):
    films = np.random.default_rng(4).normal(size=(3, 5, channels, 3, 3))
    path = plots.animate_filters(films, tmp_path / "film.gif", title="five filters", fps=5)
    with Image.open(path) as gif:
        frames, durations = [], []
        for index in range(gif.n_frames):
            gif.seek(index)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
            durations.append(gif.info["duration"])
    assert len(frames) == 3
    assert durations[:2] == [200, 200]
    assert durations[2] > 600
    # the filters change, the colour bar stays, but for the few colours of a GIF: each frame has a
    # palette of its own, in which white may be 254 or 255
    change = np.abs(frames[0] - frames[2]).mean(axis=2)
    assert change[:, :-90].mean() > 5
    assert change[:, -50:].mean() < 1.5


def histories(runs):
    made = []
    for values in runs:
        history = History()
        history.records += [{"epoch": i, "val_accuracy": v} for i, v in enumerate(values, start=1)]
        made.append(history)
    return made


def test_learning_curves_have_intervals():
    runs = [[0.5, 0.7, 0.9], [0.7, 0.8, 0.8]]
    ax = plots.plot_histories({"learned": histories(runs)}, title="two seeds")
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.6], [2, 0.75], [3, 0.85]])
    band = ax.collections[0].get_datalim(ax.transData)
    assert band.y1 == pytest.approx(0.6 + plots.half_width([0.5, 0.7]))
    assert ax.get_ylabel() == "accuracy, validation (band: 95 % interval)"


@pytest.mark.parametrize(
    ("draw", "error", "match"),
    [
        (
            lambda: plots.plot_window_arithmetic(NINE, np.ones((9, 9)), 0, 0),
            ShapeError,
            "9x9 filter for 7x5 pixels",
        ),
        (
            lambda: plots.plot_window_arithmetic(NINE, filters.box, 5, 0),
            ArgumentError,
            "5 rows and 3 columns, got row 5 and column 0",
        ),
        (lambda: plots.plot_layers(MODEL, IMAGES), ShapeError, "plot_layers got"),
        (
            lambda: plots.plot_layers(Sequential([Dense(2)], (3,)), np.ones(3)),
            ShapeError,
            "needs a model of images",
        ),
        (
            lambda: plots.plot_mistakes(IMAGES, [1], np.ones((6, 2))),
            ShapeError,
            "6 images, 1 labels and 6 rows",
        ),
        (
            lambda: plots.plot_mistakes(IMAGES, [9] * 6, np.ones((6, 2))),
            DataError,
            "from 0 to 1, got 9",
        ),
        (
            lambda: plots.plot_overlay(NINE, [[-1.0]]),
            ShapeError,
            "must not be negative, got -1",
        ),
        (lambda: plots.animate_filters(NINE, "x.gif"), ShapeError, r"\(times, filters,"),
        (
            lambda: plots.plot_histories({"a": histories([[1.0]])}, "loss"),
            DataError,
            "'a' has recorded epoch, val_accuracy, expected 'loss'",
        ),
        (
            lambda: plots.plot_histories({"a": histories([[1.0], [1.0, 2.0]])}),
            DataError,
            r"of one number of epochs, got \[1, 2\]",
        ),
        (lambda: plots.plot_histories({"a": []}), DataError, "at least one History"),
        (lambda: plots.plot_filters(filters.tutorial(), columns=0), ArgumentError, "columns"),
        (lambda: RecordFilters().films, CallOrderError, "give it to fit first"),
        (lambda: trained(RecordFilters(1)), ArgumentError, r"layer 1 has no parameters; .*0, 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, error, match):
    with pytest.raises(error, match=match):
        draw()
