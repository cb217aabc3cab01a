"""The comparison on few images: its table, its files, its fairness, and what zeros do."""

import csv
import time

import numpy as np
import pytest
from PIL import Image

from experiments import compare_filters
from minitorchcnn import DataError
from minitorchcnn.cli import compare as command
from minitorchcnn.laboratory.compare_filters import figures as compare_figures
from minitorchcnn.laboratory.compare_filters import runs, study
from minitorchcnn.laboratory.compare_filters.charts import draw_differences, draw_images
from minitorchcnn.laboratory.compare_filters.comparison import compare
from minitorchcnn.laboratory.compare_filters.plan import (
    LEARNING_RATES,
    QUICK,
    ComparisonPlan,
    RunPlan,
    StudyScale,
)
from minitorchcnn.laboratory.compare_filters.runs import run, validate_run
from minitorchcnn.laboratory.compare_filters.variants import (
    BANK,
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    RANDOM,
    THAWED,
    VARIANTS,
    ZEROS,
    Variant,
    build_network,
)
from minitorchcnn.laboratory.compare_filters.zero_init import STARTS, build_start, train_starts
from minitorchcnn.laboratory.image_sets import load_image_set

COMMAND = "minitorchcnn compare --seeds 2 --seed 0"
RATES = (0.01, 0.1)  # fewer than in earnest, to save time
SETS = ("synthetic", "handwriting", "textures", "faces")
TINY = StudyScale(
    train=40,
    test=20,
    epochs=dict.fromkeys(SETS, 1),
    images=dict.fromkeys(SETS, (30,)),
    zero_updates=12,
    rate_seeds=dict.fromkeys(SETS, 1),
)


def tiny_plan(variant, **changes):
    options = {"images": None, "validate_on_training": False, **changes}
    return RunPlan("handwriting", variant, 0, 0.1, 1, 40, 20, **options)


def tiny_comparison(*data, **changes):
    return ComparisonPlan(data, (0, 1), TINY, **{"learning_rates": RATES, **changes})


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Run the comparison on textures and faces once, with one process."""
    folder = tmp_path_factory.mktemp("compare")
    compare(tiny_comparison("textures", "faces"), folder, 1, COMMAND)
    return folder


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_report_has_every_arm_and_fits_the_screen(output):
    text = (output / "report.txt").read_text(encoding="utf-8")
    for variant in VARIANTS:
        assert text.count(f"\n{variant.name} ") == 4, variant.name  # two tables for each data set
    for start in STARTS:
        assert text.count(f"\n{start.name} ") == 2
    assert "In short: on textures" in text
    assert "exactly zero in 4 of 4 runs" in text
    assert max(map(len, text.splitlines())) <= 98  # two seeds make wide intervals


def test_runs_have_a_row_each(output):
    found = rows(output / "results.csv")
    assert len(found) == 2 * len(VARIANTS) * 2 * 2
    keys = {(r["data"], r["arm"], r["seed"], r["training_images"]) for r in found}
    assert len(keys) == len(found)
    assert {float(r["learning_rate"]) for r in found} <= set(RATES)
    assert all(0 <= float(r["test_accuracy"]) <= 1 for r in found)


def test_frozen_filters_do_not_move_and_zeros_cannot(output):
    for row in rows(output / "results.csv"):
        change = float(row["filter_change"])
        if row["arm"] == ZEROS.name:
            assert float(row["first_filter_gradient"]) == 0.0
            assert float(row["last_filter_gradient"]) == 0.0
            assert change == 0.0
        elif row["arm"] == THAWED.name:
            assert row["first_filter_gradient"] == ""  # frozen at first, but not at last
        elif row["filters_trained"] == "False":
            assert row["first_filter_gradient"] == ""
            assert change == 0.0
        else:
            assert float(row["first_filter_gradient"]) > 0
            assert change > 0


def test_the_page_says_how_far_to_trust_it(output):
    page = " ".join((output / "report.html").read_text(encoding="utf-8").split())
    assert "How to read it" in page
    assert "of 0.01, 0.1, whose worst seed is best" in page
    assert "the smallest or the largest was chosen on textures" in page  # of two, one always is
    assert "not corrected for the number of questions" in page
    for question in ("When do hand-set", "From how many", "What do learned", "What do zeros"):
        assert f"<li>{question}" in page


def test_disturbances_are_named_in_every_row(output):
    text = (output / "report.txt").read_text(encoding="utf-8")
    for name in ("noise 0.1", "noise 0.2", "rotation 10", "rotation 90", "shift 4"):
        assert f"\n{name} " in text


def test_training_never_gets_the_test_part_and_its_time_is_its_own(monkeypatch):
    from minitorchcnn.laboratory.compare_filters import runs

    given = []

    class Watched(runs.Trainer):
        def fit(self, *data, **options):
            given.append(options.get("validation"))
            return super().fit(*data, **options)

        def evaluate(self, x, y):
            time.sleep(0.2)
            return super().evaluate(x, y)

    monkeypatch.setattr(runs, "Trainer", Watched)
    result = run(RunPlan("handwriting", LEARNED, 0, 0.1, 2, 40, 20))
    assert given == [None]
    assert len(result.curve) == 2
    assert result.curve[-1] == result.test_accuracy
    whole = 2 * 0.2
    assert result.seconds < whole


def test_curves_are_of_the_whole_training_part(output):
    found = rows(output / "curves.csv")
    assert len(found) == 2 * len(VARIANTS) * 2  # data sets, variants, seeds; one epoch
    assert {row["epoch"] for row in found} == {"1"}


def test_figures_are_drawn(output):
    names = sorted(path.stem for path in output.glob("*.png"))
    kinds = "confusion differences epochs filters_hand-set filters_learned filters_nearest "
    kinds += "grad_cam images layers maps_hand-set maps_learned mistakes robustness window"
    assert names == sorted(f"{d}_{k}" for d in ("textures", "faces") for k in kinds.split())
    for name in ("textures", "faces"):
        with Image.open(output / f"{name}_film.gif") as film:
            assert film.n_frames == 2  # at the start, and after the only epoch
    for path in output.glob("*.png"):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L"), dtype=float)
        assert min(pixels.shape) > 200, path.name
        assert pixels.std() > 5, path.name


def test_same_seeds_give_the_same_results_on_two_processes(output, tmp_path, monkeypatch):
    monkeypatch.setattr(compare_figures, "add_figures", lambda page, study: 0)  # to save time
    compare(tiny_comparison("faces"), tmp_path, 2, "")
    found = [
        [{**row, "seconds": ""} for row in rows(folder / "results.csv")]
        for folder in (output, tmp_path)
    ]
    assert [row for row in found[0] if row["data"] == "faces"] == found[1]


def test_the_card_tells_all_it_takes_to_run_it_again(output):
    page = (output / "report.html").read_text(encoding="utf-8")
    assert COMMAND in page
    assert page.count("<img ") == 2 * 15
    assert "Data: faces" in page


def test_numbers_of_parameters_are_those_of_the_layers(output):
    found = {(row["data"], row["arm"]): row for row in rows(output / "results.csv")}
    # 16 x 16 pixels: 7 x 7 maps of 3 filters after pooling, 3 classes
    hand_set, learned = (found["textures", variant.name] for variant in (HAND_SET, LEARNED))
    assert hand_set["parameters_trained"] == str(147 * 3 + 3)
    assert hand_set["parameters"] == learned["parameters"] == str(147 * 3 + 3 + 30)
    assert learned["parameters_trained"] == learned["parameters"]


def test_disturbances_have_a_row_each(output):
    found = rows(output / "robustness.csv")
    kinds = {row["disturbance"] for row in found if row["data"] == "faces"}
    assert kinds == {"noise", "shift", "rotation"}
    assert len({tuple(row.values())[:5] for row in found}) == len(found)


def test_arms_differ_in_their_filters_only():
    models = [
        build_network(variant, (1, 8, 8), seed=3) for variant in (HAND_SET, LEARNED, RANDOM, ZEROS)
    ]
    states = [model.state_dict() for model in models]
    for state in states[1:]:
        np.testing.assert_array_equal(state["4.weight"], states[0]["4.weight"])
    np.testing.assert_array_equal(states[1]["0.weight"], states[2]["0.weight"])
    assert not states[3]["0.weight"].any()


def test_trials_never_see_the_test_part(monkeypatch):
    from minitorchcnn.laboratory.compare_filters import runs

    real = load_image_set("handwriting", 0, 40, 20)
    broken = type(real)(real.x_train, real.y_train, np.full_like(real.x_test, np.nan), real.y_test)
    monkeypatch.setattr(runs, "load_image_set", lambda *_: broken)
    assert 0 < validate_run(tiny_plan(LEARNED, validate_on_training=True)) <= 1


def test_every_number_of_images_chooses_its_own_rate(monkeypatch):
    best = {None: 0.03, 30: 1.0}

    def accuracies(task, plans, jobs, title):
        assert all(plan.validate_on_training for plan in plans)
        return [float(plan.learning_rate == best[plan.images]) for plan in plans]

    monkeypatch.setattr(study, "parallel_map", accuracies)
    plan = tiny_comparison("faces", learning_rates=LEARNING_RATES)
    found = study.choose_rates(plan, 1)
    assert found["faces", LEARNED, None] == 0.03
    assert found["faces", LEARNED, 30] == 1.0
    assert found["faces", ZEROS, 30] == min(LEARNING_RATES)


def test_trials_with_few_images_train_on_them_alone():
    from minitorchcnn.laboratory.compare_filters import runs

    whole, few = (
        runs._split(tiny_plan(LEARNED, validate_on_training=True, images=images))
        for images in (None, 30)
    )
    assert len(few[0]) == 30
    np.testing.assert_array_equal(few[0], whole[0][:30])
    np.testing.assert_array_equal(few[2], whole[2])  # measured on the same images set aside


def test_a_rate_that_diverges_is_no_good():
    plan = RunPlan("handwriting", LEARNED, 0, 1e30, 1, 40, 20, validate_on_training=True)
    assert validate_run(plan) <= 0.2


def test_small_sets_take_turns_through_the_classes_and_nest():
    digits = load_image_set("handwriting", 0, 40, 20)
    assert sorted(digits.y_train[:10]) == list(range(10))
    assert sorted(digits.y_train[10:20]) == list(range(10))
    small = run(tiny_plan(HAND_SET, images=30))
    assert small.images == 30
    assert small.epochs > 1  # few images are seen more often
    assert small.curve == ()


def test_synthetic_writers_are_not_in_both_parts():
    digits = load_image_set("synthetic", 0, 40, 20)
    assert digits.x_train.shape == (40, 1, 28, 28)
    for image in digits.x_test:
        assert np.abs(digits.x_train - image).max(axis=(1, 2, 3)).min() > 0.1


def test_zeros_stay_without_bias_and_move_with_one():
    digits = load_image_set("handwriting", 0, 40, 20)
    found = {r.start.name: r for r in train_starts(digits, seed=0, updates=12)}
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
        weight, bias, dense, _ = build_start(start, (1, 8, 8), seed=0).parameters()
        assert weight.value.any() == (start.filter_scale > 0)
        assert np.allclose(bias.value, start.bias)
        assert dense.value.any() == (start.dense_scale > 0)


def planned(main, words, monkeypatch, module):
    """Return what a command passes on to the laboratory."""
    got = []
    monkeypatch.setattr(module, "compare", lambda *given: got.append(given) or [])
    assert main(words) == 0
    return got[0]


@pytest.mark.parametrize("module", [command, compare_filters])
def test_command_line_reads_its_options(module, monkeypatch, tmp_path):
    words = ["--data", "handwriting", "--seeds", "3", "--seed", "7", "--jobs", "1", "--quick"]
    words += ["--output", str(tmp_path)]
    plan, output, jobs, typed = planned(module.main, words, monkeypatch, module)
    assert plan == ComparisonPlan(("handwriting",), range(7, 10), QUICK)
    assert (output, jobs) == (tmp_path, 1)
    for part in ("compare", "--quick", "--data handwriting", "--seeds 3", "--seed 7"):
        assert part in typed


@pytest.mark.parametrize("module", [command, compare_filters])
@pytest.mark.parametrize(
    ("words", "data", "seeds"),
    [([], SETS, 10), (["--quick"], SETS[:2], 4), (["--quick", "--data", "all"], SETS, 4)],
)
def test_a_full_comparison_has_all_data_and_ten_seeds(module, monkeypatch, words, data, seeds):
    plan = planned(module.main, words, monkeypatch, module)[0]
    assert plan.data == data
    assert len(plan.seeds) == seeds


def test_the_command_is_what_it_takes_to_run_it_again(monkeypatch):
    typed = planned(command.main, ["--quick"], monkeypatch, command)[3]
    assert typed == "minitorchcnn compare --quick --data both --seeds 4 --seed 0"


@pytest.mark.parametrize("words", [["--seeds", "0"], ["--data", "mnist"], ["--jobs", "x"]])
def test_bad_usage_is_one_line_and_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(words)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_in_the_place_of_the_folder_is_told_before_the_work(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert command.main(["--quick", "--output", str(tmp_path / "taken")]) == 2
    assert "a file is in its place" in capsys.readouterr().err


def test_a_variant_that_the_report_asks_about_must_be_planned(tmp_path):
    plan = tiny_comparison("faces", variants=VARIANTS[1:])
    with pytest.raises(DataError, match="asks about variants that are not planned: hand-set, f"):
        compare(plan, tmp_path, 1, "")


def test_a_variant_of_ones_own_is_in_tables_charts_and_files(tmp_path, monkeypatch):
    own = Variant("5 random, trained", "random", 5, trained=True)
    monkeypatch.setattr(compare_figures, "add_figures", lambda page, study: 0)  # to save time
    plan = tiny_comparison("faces", variants=(*VARIANTS, own), learning_rates=(0.1,))
    studies = compare(plan, tmp_path, 1, "")
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert text.count(f"\n{own.name} ") == 2
    assert {row["arm"] for row in rows(tmp_path / "curves.csv")} >= {own.name}
    for chart in (draw_images, draw_differences):
        words = [line.get_label() for ax in chart(studies[0]).axes for line in ax.lines]
        labels = [t.get_text() for ax in chart(studies[0]).axes for t in ax.get_yticklabels()]
        assert own.name in words + labels
    answer = compare_filters.answer(studies)
    assert answer.startswith("\nHand-set or learned?\n  Faces and backgrounds: ")


def test_thawed_filters_are_frozen_first():
    result = run(RunPlan("handwriting", THAWED, 0, 0.1, 6, 40, 20))
    frames = result.filter_history
    assert len(frames) == 7
    assert all(np.array_equal(frames[0], frame) for frame in frames[1:3])
    assert not np.array_equal(frames[2], frames[3])
    always = run(RunPlan("handwriting", HAND_SET_TRAINED, 0, 0.1, 6, 40, 20))
    assert not np.array_equal(always.filter_history[0], always.filter_history[1])
    np.testing.assert_array_equal(always.filter_history[0], frames[0])


def test_the_bank_is_frozen_whole():
    model = build_network(BANK, (1, 8, 8), 0, classes=3)
    weight = model.parameters()[0]
    assert weight.frozen
    assert weight.value.shape[0] == BANK.filters >= 20
    assert model.output_shape == (3,)


def test_a_rate_that_is_far_too_high_gives_no_warning(recwarn):
    """Filters of 1e30 are finite, but not the square of their length."""
    assert runs._length(np.full(4, 1e30, np.float32)) == np.inf
    assert runs._length(np.array([3.0, -4.0])) == 5.0
    assert not recwarn.list
