"""The comparison's charts show the numbers of the runs, legibly, and no more than is known."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from minitorchcnn.laboratory.compare_filters import charts
from minitorchcnn.laboratory.compare_filters.plan import RunPlan
from minitorchcnn.laboratory.compare_filters.runs import RunResult
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import HAND_SET, LEARNED, VARIANTS, ZEROS

SEEDS, SIZES, EPOCHS = 4, (50, 200, 1438), 3
KINDS = [("noise", 0.5), ("noise", 1.0), ("shift", 1.0), ("shift", 2.0), ("thickness", -0.5)]


def result(variant, seed, images, rng):
    """Return a run that never was, with accuracies of its own."""
    share = 0.1 if variant == ZEROS else rng.uniform(0.6, 0.98)
    whole = images == SIZES[-1]
    return RunResult(
        plan=RunPlan("handwriting", variant, seed, 0.1, EPOCHS, 1, 1, None if whole else images),
        images=images,
        test_images=359,
        epochs=EPOCHS,
        train_accuracy=1.0,
        test_accuracy=share,
        first_gradient=None,
        last_gradient=None,
        filter_change=0.0,
        seconds=1.0,
        fingerprint="",
        curve=tuple(share * np.array([0.5, 0.9, 1.0])) if whole else (),
        robust={key: share / (2 + i) for i, key in enumerate(KINDS)} if whole else {},
        filter_history=np.zeros((0, variant.filters, 1, 3, 3), np.float32),
        confusion=np.zeros((10, 10), np.int64),
        state={},
    )


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(0)
    runs = [
        result(variant, seed, images, rng)
        for seed in range(SEEDS)
        for images in SIZES
        for variant in VARIANTS
    ]
    return Study("handwriting", runs, [])


def shares(study, variant, images=None):
    return np.array([run.test_accuracy for run in study.of(variant, images)])


def words(figure):
    """Return all texts that are seen: matplotlib keeps tick labels beyond the ends, too."""
    for ax in figure.axes:
        if not ax.get_visible():
            continue
        yield from (ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts)
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high and tick.label1.get_visible():
                    yield tick.label1
    for legend in figure.legends:
        yield from legend.get_texts()


def assert_legible(figure):
    figure.draw_without_rendering()
    boxes = [(text.get_text(), plain_extent(text)) for text in words(figure)]
    boxes = [(text, box) for text, box in boxes if text.strip()]
    assert len(boxes) > 10
    touching = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    assert [pair for pair in touching if not any(text.startswith("\n") for text in pair)] == []
    assert all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 for _, box in boxes)


def plain_extent(text):
    """Return the room of the words, without the leader that an annotation may have."""
    from matplotlib.text import Text

    return Text.get_window_extent(text)


def test_images_chart_has_every_arm_but_zeros(study):
    figure = charts.draw_images(study)
    above, below = figure.axes
    names = {line.get_label() for ax in (above, below) for line in ax.lines}
    assert names == {variant.name for variant in VARIANTS if variant != ZEROS}
    line = next(line for line in above.lines if line.get_label() == LEARNED.name)
    expected = [100 * shares(study, LEARNED, n).mean() for n in SIZES]
    np.testing.assert_allclose(line.get_xydata(), np.transpose([SIZES, expected]))
    again = next(line for line in below.lines if line.get_label() == LEARNED.name)
    assert again.get_color() == line.get_color()
    assert "zeros, trained, 10.0 %" in figure.get_suptitle()
    assert_legible(figure)


@pytest.mark.parametrize("chart", [charts.draw_images, charts.draw_epochs])
def test_no_two_arms_look_alike(study, chart):
    lines = {line.get_label(): line for ax in chart(study).axes for line in ax.lines}
    for look in ("get_color", "get_marker"):
        assert len({getattr(line, look)() for line in lines.values()}) == len(lines)


def test_words_are_legible_on_a_phone(study):
    """A chart is scaled down to the 328 pixels between the margins of a page 360 wide."""
    for chart in (
        charts.draw_images,
        charts.draw_epochs,
        charts.draw_differences,
        charts.draw_robustness,
    ):
        figure = chart(study)
        figure.draw_without_rendering()
        inch = 328 / figure.get_size_inches()[0]
        assert min(text.get_fontsize() for text in words(figure)) / 72 * inch > 10


def test_lines_and_bands_are_inside_the_scale(study):
    for chart in (charts.draw_images(study), charts.draw_epochs(study)):
        for ax in chart.axes:
            low, high = ax.get_ylim()
            for line in ax.lines:
                assert low < line.get_ydata().min()
                assert line.get_ydata().max() < high


def test_epochs_chart_has_whole_epochs_as_ticks(study):
    figure = charts.draw_epochs(study)
    figure.draw_without_rendering()
    for ax in figure.axes:
        assert all(tick == round(tick) for tick in ax.get_xticks())
    assert_legible(figure)


def test_differences_are_paired(study):
    figure = charts.draw_differences(study)
    above = figure.axes[0]
    names = [label.get_text() for label in above.get_yticklabels()]
    row = names.index(LEARNED.name)
    difference = 100 * (shares(study, LEARNED) - shares(study, HAND_SET))
    dot = next(line for line in above.lines if list(line.get_ydata()) == [row])
    np.testing.assert_allclose(dot.get_xdata(), [difference.mean()])
    bar = next(line for line in above.lines if list(line.get_ydata()) == [row, row])
    expected = stats.t.interval(0.95, SEEDS - 1, difference.mean(), stats.sem(difference))
    np.testing.assert_allclose(bar.get_xdata(), expected, rtol=1e-4)
    assert_legible(figure)


def test_a_single_seed_has_dots_without_intervals():
    rng = np.random.default_rng(1)
    runs = [result(variant, 0, images, rng) for images in SIZES for variant in VARIANTS]
    figure = charts.draw_differences(Study("handwriting", runs, []))
    for ax in figure.axes:
        assert {len(line.get_xdata()) for line in ax.lines[:-1]} == {1}  # the last one is at 0


def test_robustness_begins_with_the_undisturbed_image(study):
    figure = charts.draw_robustness(study)
    noise, shift, thickness = (ax for ax in figure.axes if ax.get_visible())
    whole = 100 * shares(study, HAND_SET).mean()
    np.testing.assert_allclose(
        noise.lines[0].get_xydata(), [[0, whole], [0.5, whole / 2], [1, whole / 3]]
    )
    assert list(shift.lines[0].get_xdata()) == [0, 1, 2]
    np.testing.assert_allclose(thickness.lines[0].get_xydata(), [[-0.5, whole / 6], [0, whole]])
    assert len(figure.legends[0].get_texts()) == 4
    assert_legible(figure)


def test_wild_intervals_do_not_stretch_the_scale_beyond_what_accuracy_can_be(study):
    wild = [
        replace(run, robust=dict.fromkeys(run.robust, (0.05, 0.95)[run.plan.seed % 2]))
        for run in study.results
        if run.plan.seed < 2
    ]
    figure = charts.draw_robustness(Study("handwriting", wild, []))
    assert figure.axes[0].get_ylim()[0] > -5
    assert figure.axes[0].get_ylim()[1] < 105
