"""Drawing by itself: how much ink, where, and how dark the edges are."""

import numpy as np
import pytest

from minitorchcnn.datasets.synthetic.pen import draw, fit_to_box


def bar(length, radius, samples=200):
    """An upright stroke around (0, 0), in pixels."""
    line = np.stack([np.zeros(samples), np.linspace(-length / 2, length / 2, samples)], axis=1)
    return line, np.full(samples, radius)


@pytest.mark.parametrize("radius", [1.0, 1.5, 2.25])
def test_a_stroke_has_the_area_of_its_length_and_two_half_discs(radius):
    line, width = bar(16, radius)
    image = draw([line], [width], np.zeros((1, 2)), 28)[0]
    assert image.sum() == pytest.approx(2 * radius * 16 + np.pi * radius**2, rel=0.1)


def test_edges_are_grey_and_the_middle_is_full():
    line, width = bar(16, 1.6)
    image = draw([line], [width], np.zeros((1, 2)), 28)[0]
    assert image.max() == 1
    assert image.min() == 0
    assert ((image > 0) & (image < 1)).any()


@pytest.mark.parametrize("shift", [(0, 0), (1.5, -2), (-3.25, 0.5)])
def test_the_mass_lies_where_the_shift_puts_it(shift):
    line, width = bar(10, 1.5)
    lines = [line + np.array([4, -3]), line[:40]]
    images = draw(lines, [width, width[:40]], np.array([shift, shift]), 28)
    row, column = np.indices((28, 28))
    for image in images:
        assert (image * column).sum() / image.sum() == pytest.approx(13.5 + shift[0], abs=0.2)
        assert (image * row).sum() / image.sum() == pytest.approx(13.5 + shift[1], abs=0.2)


def test_a_shift_beyond_the_frame_stops_at_it():
    line, width = bar(10, 1.5)
    inside = draw([line], [width], np.zeros((1, 2)), 28)
    pushed = draw([line], [width], np.array([[100.0, -100.0]]), 28)
    assert pushed.sum() == pytest.approx(inside.sum())
    assert pushed[0, 0].max() > 0
    assert pushed[0, :, -1].max() > 0


def test_fit_to_box_keeps_the_shape_and_fills_the_box_with_ink():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 2)) * [1, 3]
    radius = rng.uniform(0.5, 1.5, 50)
    fitted = fit_to_box(points, radius, 20.0)
    extent = np.ptp(fitted, axis=0)
    assert extent.max() + 2 * radius.max() == pytest.approx(20)
    assert extent[0] / extent[1] == pytest.approx(np.ptp(points[:, 0]) / np.ptp(points[:, 1]))
    np.testing.assert_allclose(fitted.max(axis=0), -fitted.min(axis=0), atol=1e-12)
