"""Charts show means, intervals and counts as they are, with names that can be read."""

import numpy as np
import pytest
from matplotlib.text import Text
from scipy import stats

from minitorchcnn import DataError, plots
from minitorchcnn.plots.line_labels import spread
from minitorchcnn.training.history import History

RNG = np.random.default_rng(0)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def history(epochs=3, columns=("loss", "accuracy", "val_loss", "val_accuracy")):
    made = History()
    for epoch in range(1, epochs + 1):
        record = {name: epoch / (epochs + index + 1) for index, name in enumerate(columns)}
        made.records.append({"epoch": epoch, **record})
    return made


def test_confusion_prints_counts_and_colours_shares():
    ax = plots.plot_confusion([[8, 2], [0, 0]], ["not nine", "nine"])
    assert texts(ax) == ["8", "2", "0", "0"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2], [0, 0]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["not nine", "nine"]


@pytest.mark.parametrize("runs", [2, 3, 5, 11, 12, 30, 200])
def test_interval_is_students_t(runs):
    values = RNG.normal(size=(runs, 2))
    low, high = stats.t.interval(0.95, runs - 1, values.mean(axis=0), stats.sem(values))
    np.testing.assert_allclose(plots.half_width(values), (high - low) / 2, rtol=2e-4)


def test_one_run_has_no_interval():
    assert np.isnan(plots.half_width(np.ones((1, 4)))).all()
    with pytest.raises(DataError, match="at least one run"):
        plots.half_width(np.ones((0, 4)))


def test_curves_draw_means_and_bands():
    runs = RNG.normal(size=(5, 3))
    ax = plots.plot_curves([10, 100, 1000], {"learned": runs, "once": runs[:1]}, log_x=True)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), runs.mean(axis=0))
    np.testing.assert_allclose(ax.lines[1].get_ydata(), runs[0])
    assert len(ax.collections) == 1
    band = ax.collections[0].get_datalim(ax.transData)
    half = plots.half_width(runs)
    assert band.y1 == pytest.approx((runs.mean(axis=0) + half).max())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["10", "100", "1000"]


def test_curves_of_equal_ends_have_names_that_do_not_touch():
    names = [f"way {index} of doing it" for index in range(8)]
    ax = plots.plot_curves([0, 1], {name: [[0.5, 0.98]] for name in names})
    figure = ax.figure
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts]  # without the leader
    assert sorted(texts(ax)) == names
    for one in range(8):
        assert figure.bbox.x1 >= boxes[one].x1
        assert not any(boxes[one].overlaps(other) for other in boxes[one + 1 :])


def test_close_points_of_a_logarithmic_axis_have_labels_that_do_not_touch():
    ax = plots.plot_curves([50, 200, 1000, 1438], {"a": [[1, 2, 3, 4]]}, log_x=True)
    ax.figure.set_size_inches(4, 3)
    ax.figure.draw_without_rendering()
    labels = ax.get_xticklabels()
    assert [label.get_text().strip() for label in labels] == ["50", "200", "1000", "1438"]
    boxes = [label.get_window_extent() for label in labels]
    lower = [label.get_text().startswith("\n") for label in labels]
    for one in range(3):
        apart = boxes[one].x1 + 2 < boxes[one + 1].x0
        assert apart or lower[one] != lower[one + 1]


def test_charts_side_by_side_can_agree_on_colours():
    left = plots.plot_curves([1, 2], {"a": [[1, 2]], "b": [[2, 3]]}, named=False)
    right = plots.plot_curves([1, 2], {"b": [[2, 3]]}, first=1)
    assert left.lines[1].get_color() == right.lines[0].get_color()
    assert left.lines[1].get_marker() == right.lines[0].get_marker()
    assert texts(left) == []


def test_names_keep_their_distance_inside_the_axes():
    np.testing.assert_allclose(spread([0.1, 0.11, 0.9], gap=0.1), [0.1, 0.2, 0.9])
    np.testing.assert_allclose(spread([0.97, 0.98, 0.99], gap=0.1), [0.8, 0.9, 1.0])


def test_history_draws_loss_and_accuracy():
    made = history()
    ax = plots.plot_history(made)
    right = next(other for other in ax.figure.axes if other is not ax)
    assert [list(line.get_ydata()) for line in ax.lines] == [
        made.column("loss"),
        made.column("val_loss"),
    ]
    assert list(right.lines[1].get_ydata()) == made.column("val_accuracy")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "loss, training"
    assert labels[-1] == "accuracy, validation"


def test_history_of_a_loss_without_accuracy():
    ax = plots.plot_history(history(columns=("loss",)))
    assert len(ax.figure.axes) == 1


def test_history_legend_is_inside_the_figure():
    figure = plots.plot_history(history()).figure
    figure.draw_without_rendering()
    box = figure.axes[0].get_legend().get_window_extent()
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
