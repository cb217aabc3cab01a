"""The comparison on few images: its table, its files, its fairness, and what zeros do."""

import csv

import numpy as np
import pytest
from minitorchcnn.experiments import compare_filters
from minitorchcnn.experiments.arms import ARMS, HAND_SET, LEARNED, RANDOM, ZEROS, network
from minitorchcnn.experiments.compare_tables import RUN_COLUMNS
from minitorchcnn.experiments.digit_sets import digit_set
from minitorchcnn.experiments.runs import Plan, run, trial_accuracy
from minitorchcnn.experiments.study import LEARNING_RATES, Scale
from minitorchcnn.experiments.zeros import STARTS, started, zero_results
from PIL import Image

TINY = Scale(40, 20, {"synthetic": 1, "handwriting": 1}, (30,), 12)


def tiny_plan(arm, **changes):
    options = {"images": None, "trial": False, **changes}
    return Plan("handwriting", arm, 0, 0.1, 1, 40, 20, **options)


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Run the comparison on both data sets once, with one process."""
    folder = tmp_path_factory.mktemp("compare")
    assert compare_filters.run(["synthetic", "handwriting"], TINY, [0, 1], folder, 1) == 0
    return folder


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_report_has_every_arm_and_fits_the_screen(output):
    text = (output / "report.txt").read_text(encoding="utf-8")
    for arm in ARMS:
        assert text.count(f"\n{arm.name} ") == 4, arm.name  # two tables for each data set
    for start in STARTS:
        assert text.count(f"\n{start.name} ") == 2
    assert "In short: on synthetic digits" in text
    assert max(map(len, text.splitlines())) <= 92


def test_runs_have_a_row_each(output):
    found = rows(output / "runs.csv")
    assert tuple(found[0]) == RUN_COLUMNS
    assert len(found) == 2 * len(ARMS) * 2 * 2
    keys = {(r["data"], r["arm"], r["seed"], r["training_images"]) for r in found}
    assert len(keys) == len(found)
    assert {float(r["learning_rate"]) for r in found} <= set(LEARNING_RATES)
    assert all(0 <= float(r["test_accuracy"]) <= 1 for r in found)


def test_frozen_filters_do_not_move_and_zeros_cannot(output):
    for row in rows(output / "runs.csv"):
        change = float(row["filter_change"])
        if row["arm"] == ZEROS.name:
            assert float(row["first_filter_gradient"]) == 0.0
            assert float(row["last_filter_gradient"]) == 0.0
            assert change == 0.0
        elif row["filters_trained"] == "False":
            assert row["first_filter_gradient"] == ""
            assert change == 0.0
        else:
            assert float(row["first_filter_gradient"]) > 0
            assert change > 0


def test_curves_are_of_the_whole_training_part(output):
    found = rows(output / "curves.csv")
    assert len(found) == 2 * len(ARMS) * 2  # data sets, arms, seeds; one epoch
    assert {row["epoch"] for row in found} == {"1"}


def test_figures_are_drawn(output):
    names = sorted(path.stem for path in output.glob("*.png"))
    kinds = "confusion epochs filters_hand-set filters_learned images maps_hand-set maps_learned"
    assert names == sorted(f"{d}_{k}" for d in ("synthetic", "handwriting") for k in kinds.split())
    for path in output.glob("*.png"):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L"), dtype=float)
        assert min(pixels.shape) > 200, path.name
        assert pixels.std() > 5, path.name


def test_same_seeds_give_the_same_bytes_on_two_processes(output, tmp_path):
    assert compare_filters.run(["handwriting"], TINY, [0, 1], tmp_path, 2) == 0
    whole = (output / "runs.csv").read_text(encoding="utf-8").splitlines()
    expected = [whole[0], *(line for line in whole if line.startswith("handwriting"))]
    assert (tmp_path / "runs.csv").read_text(encoding="utf-8").splitlines() == expected


def test_arms_differ_in_their_filters_only():
    models = [network(arm, (1, 8, 8), seed=3) for arm in (HAND_SET, LEARNED, RANDOM, ZEROS)]
    states = [model.state_dict() for model in models]
    for state in states[1:]:
        np.testing.assert_array_equal(state["4.weight"], states[0]["4.weight"])
    np.testing.assert_array_equal(states[1]["0.weight"], states[2]["0.weight"])
    assert not states[3]["0.weight"].any()


def test_trials_never_see_the_test_part(monkeypatch):
    from minitorchcnn.experiments import runs

    real = digit_set("handwriting", 0, 40, 20)
    broken = type(real)(real.x_train, real.y_train, np.full_like(real.x_test, np.nan), real.y_test)
    monkeypatch.setattr(runs, "digit_set", lambda *_: broken)
    assert 0 < trial_accuracy(tiny_plan(LEARNED, trial=True)) <= 1


def test_a_rate_that_diverges_is_no_good():
    plan = Plan("handwriting", LEARNED, 0, 1e30, 1, 40, 20, trial=True)
    assert trial_accuracy(plan) <= 0.2


def test_small_sets_take_turns_through_the_classes_and_nest():
    digits = digit_set("handwriting", 0, 40, 20)
    assert sorted(digits.y_train[:10]) == list(range(10))
    assert sorted(digits.y_train[10:20]) == list(range(10))
    small = run(tiny_plan(HAND_SET, images=30))
    assert small.images == 30
    assert small.epochs > 1  # few images are seen more often
    assert small.curve == ()


def test_synthetic_writers_are_not_in_both_parts():
    digits = digit_set("synthetic", 0, 40, 20)
    assert digits.x_train.shape == (40, 1, 28, 28)
    for image in digits.x_test:
        assert np.abs(digits.x_train - image).max(axis=(1, 2, 3)).min() > 0.1


def test_zeros_stay_without_bias_and_move_with_one():
    digits = digit_set("handwriting", 0, 40, 20)
    found = {r.start.name: r for r in zero_results(digits, seed=0, updates=12)}
    stuck = [r for r in found.values() if r.start.filter_scale == 0 and r.start.bias == 0]
    assert len(stuck) == 2
    for result in stuck:
        assert result.largest_gradient == 0.0
        assert result.largest_weight == 0.0
    free = [r for r in found.values() if r not in stuck]
    assert all(r.largest_gradient > 0 for r in free)
    assert found["filters and Dense 0, biases 0.1"].early_difference < 1e-5
    assert found["filters 0, biases 0.1"].early_difference > 1e-3


def test_starts_are_what_their_names_say():
    for start in STARTS:
        weight, bias, dense, _ = started(start, (1, 8, 8), seed=0).parameters()
        assert weight.value.any() == (start.filter_scale > 0)
        assert np.allclose(bias.value, start.bias)
        assert dense.value.any() == (start.dense_scale > 0)


def test_command_line_reads_its_options(monkeypatch, tmp_path):
    got = []
    monkeypatch.setattr(compare_filters, "run", lambda *words: got.append(words) or 0)
    words = ["--data", "handwriting", "--seeds", "3", "--seed", "7", "--jobs", "1", "--quick"]
    assert compare_filters.main([*words, "--output", str(tmp_path)]) == 0
    assert got == [(("handwriting",), compare_filters.QUICK, range(7, 10), tmp_path, 1)]


@pytest.mark.parametrize("words", [["--seeds", "0"], ["--data", "mnist"], ["--jobs", "x"]])
def test_bad_usage_is_one_line_and_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        compare_filters.main(words)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_in_the_place_of_the_folder_is_told_before_the_work(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert compare_filters.main(["--quick", "--output", str(tmp_path / "taken")]) == 2
    assert "a file is in its place" in capsys.readouterr().err
