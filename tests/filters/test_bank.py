"""The bank's filters answer as scikit-image's functions do, or are the drawings written here."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import filters as theirs

from minitorchcnn import ArgumentError, Conv2D, Sequential, filters

PICTURE = np.random.default_rng(5).uniform(-1, 1, (19, 23))

# Scale: what the absolute values of scikit-image's kernel add up to, from its documentation.
EDGES = {
    "sobel_horizontal": (theirs.sobel_h, 2.0),
    "sobel_vertical": (theirs.sobel_v, 2.0),
    "prewitt_horizontal": (theirs.prewitt_h, 2.0),
    "prewitt_vertical": (theirs.prewitt_v, 2.0),
    "scharr_horizontal": (theirs.scharr_h, 2.0),
    "scharr_vertical": (theirs.scharr_v, 2.0),
    "laplacian": (theirs.laplace, 8.0),
}


def answers(kernel, picture=PICTURE):
    """Filter a picture by our own layer, without padding."""
    layer = Conv2D(1, kernel.shape, bias=False, weight=kernel[np.newaxis, np.newaxis])
    model = Sequential([layer], (1, *picture.shape), dtype="float64")
    return model.predict(picture[np.newaxis, np.newaxis])[0, 0]


@pytest.mark.parametrize("name", EDGES)
def test_edges_answer_as_scikit_image(name):
    function, scale = EDGES[name]
    expected = function(PICTURE)[1:-1, 1:-1] / scale
    np.testing.assert_allclose(answers(filters.bank()[name]), expected, atol=1e-12)


def test_edges_as_the_definitions_say():
    bank = filters.bank()
    sobel = np.outer([-1, 0, 1], [1, 2, 1]) / 8
    scharr = np.outer([-1, 0, 1], [3, 10, 3]) / 32
    prewitt = np.outer([-1, 0, 1], [1, 1, 1]) / 6
    for name, drawn in [("sobel", sobel), ("scharr", scharr), ("prewitt", prewitt)]:
        # scikit-image's sign: bright below dark is positive, bright to the right of dark is too
        np.testing.assert_allclose(np.abs(bank[f"{name}_horizontal"]), np.abs(drawn), atol=1e-15)
        np.testing.assert_allclose(np.abs(bank[f"{name}_vertical"]), np.abs(drawn.T), atol=1e-15)
    laplacian = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 8
    np.testing.assert_allclose(bank["laplacian"], laplacian, atol=1e-15)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_gaussian_is_the_bell_and_sharpen_subtracts_it(size):
    bank = filters.bank(size)
    away = np.arange(size) - size // 2
    bell = np.exp(-(away**2) / (2 * (size / 3) ** 2))
    whole = np.exp(-(np.arange(-99, 100) ** 2) / (2 * (size / 3) ** 2)).sum()
    blur = np.outer(bell, bell)
    np.testing.assert_allclose(bank["gaussian"], blur / blur.sum(), rtol=1e-3)
    sharpen = -blur / whole**2
    sharpen[size // 2, size // 2] += 2
    np.testing.assert_allclose(bank["sharpen"], sharpen / np.abs(sharpen).sum(), atol=1e-4)


@pytest.mark.parametrize(
    ("angle", "frequency", "phase"), [(0, 0.3, 0), (30, 0.25, 90), (75, 0.4, 45)]
)
def test_gabor_answers_as_scikit_image_where_the_kernel_is_whole(angle, frequency, phase):
    kernel = theirs.gabor_kernel(frequency, np.deg2rad(angle), offset=np.deg2rad(phase))
    size = max(kernel.shape)
    ours = filters.gabor(angle, frequency, size=size, phase=phase)
    assert ours.shape == (size, size)
    picture = np.random.default_rng(0).uniform(-1, 1, (size + 6, size + 8))
    real, _ = theirs.gabor(picture, frequency, np.deg2rad(angle), offset=np.deg2rad(phase))
    half = size // 2
    np.testing.assert_allclose(answers(ours, picture), real[half:-half, half:-half], atol=1e-9)


def test_gabor_is_cut_and_filled_around_its_middle():
    whole = theirs.gabor_kernel(0.5, 0.3).real
    middle = np.array(whole.shape) // 2
    cut = whole[middle[0] - 1 : middle[0] + 2, middle[1] - 1 : middle[1] + 2]
    np.testing.assert_allclose(filters.gabor(np.rad2deg(0.3), 0.5), cut, atol=1e-12)
    wide = filters.gabor(0, 0.5, size=21)
    assert wide[10, 10] == wide.max()
    assert not wide[0].any()


@pytest.mark.parametrize(
    ("angle", "stroke"),
    [(0, "vertical"), (45, "diagonal"), (90, "horizontal"), (135, "antidiagonal")],
)
def test_angles_find_the_strokes_they_say(angle, stroke):
    strokes = ("vertical", "diagonal", "horizontal", "antidiagonal")
    image = {name: np.sign(getattr(filters, name)) for name in strokes}
    kernel = filters.bank()[f"gabor_{angle}"]
    assert max(strokes, key=lambda name: (kernel * image[name]).sum()) == stroke


def test_drawings_grow_with_the_size():
    bank = filters.bank(5)
    drawn = {
        "box": ["#####", "#...#", "#...#", "#...#", "#####"],
        "vertical": ["..#..", "..#..", "..#..", "..#..", "..#.."],
        "diagonal": ["....#", "...#.", "..#..", ".#...", "#...."],
        "corner_top_right": ["#####", "....#", "....#", "....#", "....#"],
        "corner_bottom_left": ["#....", "#....", "#....", "#....", "#####"],
    }
    for name, rows in drawn.items():
        pixels = np.array([[1 if mark == "#" else -1 for mark in row] for row in rows])
        np.testing.assert_array_equal(np.sign(bank[name]), pixels, err_msg=name)
        np.testing.assert_allclose(np.abs(bank[name]), 1 / 25)


def test_four_corners_are_one_turned():
    bank, turned = filters.bank(), filters.bank()["corner_top_left"]
    for name in ("bottom_left", "bottom_right", "top_right"):
        turned = np.rot90(turned)
        np.testing.assert_array_equal(bank[f"corner_{name}"], turned)


@pytest.mark.parametrize("size", [3, 5, 9])
@pytest.mark.parametrize("normalization", ["tutorial", "unit"])
def test_all_filters_have_the_scale_asked_for(size, normalization):
    for name, kernel in filters.bank(size, normalization=normalization).items():
        assert kernel.shape == (size, size)
        total = np.abs(kernel).sum() if normalization == "tutorial" else (kernel**2).sum()
        assert total == pytest.approx(1.0, abs=1e-12), name


def test_angles_and_frequency_are_chosen():
    names = [name for name in filters.bank(angles=[15, 22.5]) if name.startswith("gabor")]
    assert names == ["gabor_15", "gabor_22.5"]
    slow, fast = (filters.bank(frequency=f)["gabor_0"][1] for f in (0.1, 0.5))
    assert slow.min() > 0  # a tenth of a wave: all of one sign
    assert fast[0] < 0 < fast[1]


def test_other_sizes_do_without_what_is_three_by_three():
    assert set(filters.bank()) - set(filters.bank(5)) == set(EDGES)


def test_no_two_filters_are_the_same():
    stacked = np.stack([k.ravel() for k in filters.bank(normalization="unit").values()])
    cosines = np.abs(stacked @ stacked.T) - np.eye(len(stacked))
    assert cosines.max() < 0.9999


def test_convolution_turns_and_cross_correlation_does_not():
    kernel = filters.bank()["sobel_vertical"]
    np.testing.assert_allclose(
        answers(kernel), ndimage.correlate(PICTURE, kernel)[1:-1, 1:-1], atol=1e-12
    )


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: filters.bank(4), "bank: size must be odd, .* got 4"),
        (lambda: filters.bank(1), "bank: size must be >= 3, got 1"),
        (lambda: filters.bank(normalization="max"), '"tutorial" or "unit", got \'max\''),
        (lambda: filters.bank(angles=45), "angles must be a list of degrees, got 45"),
        (lambda: filters.bank(frequency=0.7), "frequency must be .* at most 0.5, got 0.7"),
        (lambda: filters.gabor(0, 0), "gabor: frequency must be at least 0.02 .* got 0"),
        (lambda: filters.gabor("left"), "gabor: angle must be a finite number, got 'left'"),
        (lambda: filters.gabor(0, size=6), "gabor: size must be odd"),
    ],
)
def test_options_that_cannot_work_are_refused(do, words):
    with pytest.raises(ArgumentError, match=words):
        do()
