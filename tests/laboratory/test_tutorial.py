"""The tutorial's numbers, worked out here by hand and by naive loops."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from experiments import tutorial as script
from minitorchcnn import filters
from minitorchcnn.cli import tutorial
from minitorchcnn.laboratory.tutorial.classifier import HELD_OUT, build_classifier, train
from minitorchcnn.laboratory.tutorial.stages import compute_stages, ninths
from minitorchcnn.laboratory.tutorial.walkthrough import conclude, format_probability

NINE = [
    [-1, 1, 1, 1, -1],
    [-1, 1, -1, 1, -1],
    [-1, 1, 1, 1, -1],
    [-1, -1, -1, 1, -1],
    [-1, -1, -1, 1, -1],
    [-1, -1, 1, -1, -1],
    [-1, 1, -1, -1, -1],
]
FILTERS = {
    "box": [[1, 1, 1], [1, -1, 1], [1, 1, 1]],
    "vertical": [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]],
    "diagonal": [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
}
BOX_MAP = [[-1, 9, -1], [-5, 1, -3], [-3, 3, -3], [-5, -1, -5], [-3, -5, -3]]
BOX_POOLED = [[9, 9], [3, 3], [3, 3], [0, 0]]


def answers(kernel):
    """Sum pixel times weight in every window, in whole numbers."""
    return [
        [
            sum(NINE[i + u][j + v] * kernel[u][v] for u in range(3) for v in range(3))
            for j in range(3)
        ]
        for i in range(5)
    ]


def pooled(plane, combine):
    """Combine every 2 x 2 neighbours of a plane of 5 x 3."""
    return [
        [combine([plane[i + u][j + v] for u in (0, 1) for v in (0, 1)]) for j in range(2)]
        for i in range(4)
    ]


@pytest.fixture(scope="module")
def stages():
    return compute_stages()


def in_ninths(array):
    return (9 * array).round(9)


def test_image_is_the_tutorials(stages):
    np.testing.assert_array_equal(stages.image, NINE)


def test_box_map_is_the_one_in_the_tutorial(stages):
    np.testing.assert_array_equal(in_ninths(stages.maps[0]), BOX_MAP)
    np.testing.assert_array_equal(in_ninths(stages.max_pooled[0]), BOX_POOLED)


@pytest.mark.parametrize("index", range(3))
def test_every_stage_equals_naive_loops(stages, index):
    kernel = list(FILTERS.values())[index]
    expected = answers(kernel)
    rectified = [[max(value, 0) for value in row] for row in expected]
    np.testing.assert_array_equal(in_ninths(stages.filters[index]), kernel)
    np.testing.assert_array_equal(in_ninths(stages.maps[index]), expected)
    np.testing.assert_array_equal(in_ninths(stages.rectified[index]), rectified)
    np.testing.assert_array_equal(in_ninths(stages.max_pooled[index]), pooled(rectified, max))
    average = pooled(rectified, lambda window: sum(window) / 4)
    np.testing.assert_array_equal(in_ninths(stages.average_pooled[index]), average)


def test_features_hold_every_filter_once(stages):
    expected = [
        pooled([[max(value, 0) for value in row] for row in answers(kernel)], max)
        for kernel in FILTERS.values()
    ]
    np.testing.assert_array_equal(in_ninths(stages.features), np.ravel(expected))
    box, vertical, diagonal = stages.features.reshape(3, 8)
    assert not np.array_equal(vertical, diagonal)
    np.testing.assert_array_equal(stages.tutorial_features, np.r_[box, diagonal, diagonal])


def test_ninths_have_no_minus_zero():
    assert [ninths(value) for value in (-1e-12, 1.0, -5 / 9, 2.5 / 9)] == [
        "0",
        "9",
        "-5",
        "2.5",
    ]


@pytest.fixture(scope="module")
def classifiers():
    return {learn: train(learn_filters=learn, seed=0) for learn in (False, True)}


def test_both_classifiers_start_equal_and_only_one_learns_filters(classifiers):
    for classifier in classifiers.values():
        np.testing.assert_allclose(classifier.before, filters.tutorial(), rtol=1e-6)
    np.testing.assert_array_equal(classifiers[False].after, classifiers[False].before)
    assert np.abs(classifiers[True].after - classifiers[True].before).max() > 0.1
    first, second = (build_classifier(learn_filters=f, seed=3) for f in (False, True))
    for name, value in first.state_dict().items():
        np.testing.assert_array_equal(value, second.state_dict()[name])


@pytest.mark.parametrize("learn", [False, True])
def test_classifiers_know_a_nine(classifiers, learn):
    classifier = classifiers[learn]
    assert classifier.accuracy > 0.97  # always saying "not nine" is right for 0.9
    assert classifier.found > 0.75 * classifier.nines
    assert classifier.probability > 0.9
    assert classifier.nines + classifier.others == HELD_OUT
    right = HELD_OUT - classifier.mistakes
    assert classifier.accuracy == pytest.approx(right / HELD_OUT)


def test_correlation_with_the_start(classifiers):
    np.testing.assert_allclose(classifiers[False].kept, 1.0, rtol=1e-6)


def test_same_seed_same_text_and_other_seed_other_text(capsys):
    printed = []
    for seed in ("1", "1", "2"):
        assert tutorial.main(["--no-figures", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


def test_text_fits_a_terminal_and_says_what_matters(capsys):
    assert tutorial.main(["--no-figures"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    assert "      -1   9  -1       5  -5   5       1  -5   1\n" in text
    assert "   box       9  9  3  3  3  3  0  0      9  9  3  3  3  3  0  0\n" in text
    assert "   vertical  5  7  5  7  3  7  3  5      1  1  3  0  3  5  9  9   <- diagonal\n" in text
    assert "The tutorial's own code puts the diagonal" in text
    assert "   box:      a perfect match at row 1, column 2\n" in text
    assert "1 is ink, -1 is paper" in text


def test_certainty_is_never_printed():
    assert [format_probability(p) for p in (1.0, 0.5, 0.0)] == ["> 99.99%", "50.00%", "< 0.01%"]


def test_conclusion_follows_the_numbers(classifiers):
    fixed, learned = classifiers[False], classifiers[True]
    numbers = f"leaves {learned.mistakes} mistakes instead of {fixed.mistakes}"
    assert numbers in conclude(fixed, learned)
    assert f"lead to {fixed.mistakes} mistakes" in conclude(fixed, fixed)


def test_figures_and_animations_go_to_the_folder(tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    assert tutorial.main(["--output", str(folder), "--animations"]) == 0
    printed = capsys.readouterr().out
    pictures = {"stages.png", "features.png", "filters_learned.png"}
    films = {"box_filter.gif", "vertical_filter.gif", "diagonal_filter.gif", "max_pool.gif"}
    assert {path.name for path in folder.iterdir()} == pictures | films
    for path in folder.iterdir():
        assert str(path) in printed
        with Image.open(path) as image:
            assert image.format == path.suffix[1:].upper()
            assert min(image.size) > 200


def test_output_that_is_a_file_is_refused_before_the_work(tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    assert tutorial.main(["--output", str(file)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"error: cannot make the folder {file}: a file is in its place.\n"


def test_the_script_prints_what_the_command_prints(capsys):
    words = ["--no-figures", "--seed", "3"]
    run = subprocess.run(
        [sys.executable, script.__file__, *words], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("A nine, step by step")
    assert tutorial.main(words) == 0
    assert run.stdout == capsys.readouterr().out
