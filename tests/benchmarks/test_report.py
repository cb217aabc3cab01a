"""The page says what was measured, and no target is called reached that was missed."""

import pytest

from benchmarks import costs
from benchmarks.figures import draw
from benchmarks.report import page, table
from benchmarks.share import share
from benchmarks.suite import HELD, NUMPY_PACKAGES, ONNX, OURS, TORCH, Effort, Measured
from benchmarks.targets import PREDICT, TRAIN, fastest_of_numpy, ratio, verdicts
from benchmarks.turns import Result
from benchmarks.workloads import WORKLOADS


def row(ours=0.5, torch=1.0, slow=4.0, **more):
    names = {OURS: ours, HELD: ours * 2, TORCH: torch, **dict.fromkeys(NUMPY_PACKAGES, slow)}
    return {name: Result(t, 10**7, 10**8) for name, t in {**names, **more}.items()}


def measured(**changes):
    works = {name: row() for name in WORKLOADS}
    points = [(n, {k: row(n)[k] for k in (OURS, HELD, TORCH)}) for n in (1, 2)]
    base = Measured(
        machine={"processor": "Z80"},
        told="OPENBLAS_CORETYPE=Z80",
        effort=Effort(),
        speed={1: {OURS: 1e11, HELD: 5e10}},
        train={1: works, 2: works},
        predict={1: {name: row(**{ONNX: 0.1}) for name in WORKLOADS}},
        memory={"W4, batch 64": row(), "W5, batch 1": row()},
        facts={
            "import minitorchcnn": 0.03,
            "import torch": 1.2,
            "own size": 6e5,
            "size": 3.7e8,
            "size of torch": 8.6e8,
            "digits": 1.5,
        },
        numpy_share=0.4,
        growth={title: {1: points, 2: points} for title in ("a (x)", "b (y)", "c")},
    )
    return base._replace(**changes)


def lines(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def test_ratios():
    assert ratio(row(0.5, 2.0), OURS) == 0.25
    assert ratio(row(), "nobody") is None
    assert ratio({**row(), TORCH: Result(error="none")}, OURS) is None
    assert fastest_of_numpy({**row(), "PyDyNet": Result(3.0)}, OURS) == 6.0
    assert fastest_of_numpy({OURS: Result(1.0)}, OURS) is None


def test_targets_are_those_of_all_workloads():
    assert set(PREDICT) == set(TRAIN[1]) == set(TRAIN[2]) == set(WORKLOADS)


def test_a_ratio_is_reached_or_not():
    text = page(measured())
    # one core: 0.5 against at most 0.4 for W1 and 0.75 for W2
    assert lines(text, "| W1")[0].endswith("| 0.50 | <= 0.4 | **no** | 1.00 |")
    assert lines(text, "| W2")[0].endswith("| 0.50 | <= 0.75 | yes | 1.00 |")
    assert lines(text, "| W5")[2].endswith("| 0.50 | <= 0.5 | yes | 1.00 | 5.00 |")


def test_the_limit_follows_from_arithmetic_and_speed():
    (line,) = lines(page(measured()), "| W3, minitorchcnn | 1 ")
    # 64 * 2 * (26^2 * 32 * 9 + 24^2 * 64 * 288 + 9216 * 128 + 1280) * 3 / 1e11 seconds
    assert line == "| W3, minitorchcnn | 1 | 46.1 | 10.86 | <= 2 | **no** |"


def test_other_verdicts():
    found = {v.name: v for v in verdicts(measured(numpy_share=None))}
    assert [v.reached for v in found.values()] == [True, True, True, True, False, True, True]
    assert found["import above `import numpy`"].measured == "30 ms"
    slower = measured(facts={**measured().facts, "import minitorchcnn": 0.041}, numpy_share=None)
    assert not verdicts(slower)[-1].reached
    small = {OURS: Result(1.0, 9, 9), TORCH: Result(1.0, 10, 10)}
    lean = verdicts(measured(memory={"W4, batch 64": small}))
    assert [v.reached for v in lean if v.name.startswith("memory")] == [True]


def test_what_is_missing_is_explained():
    broken = {**row(), "PyDyNet": Result(error="MemoryError: 7 GB")}
    text = page(measured(train={1: {"W5": broken}}), notes="## Notes\n\nby hand\n")
    assert "PyDyNet did not run W5: MemoryError: 7 GB" in text
    assert lines(text, "| W5")[0].count("| - |") == 1
    assert text.endswith("## Notes\n\nby hand\n")


def test_a_shell_that_pins_nothing_has_no_second_column():
    def without(by_cores):
        return {
            cores: {n: {k: v for k, v in r.items() if k != HELD} for n, r in rows.items()}
            for cores, rows in by_cores.items()
        }

    some = measured()
    plain = page(
        some._replace(
            told="",
            train=without(some.train),
            predict=without(some.predict),
            speed={1: {OURS: 1e11}},
            growth={},
        )
    )
    assert "pins" not in plain
    assert lines(plain, "| W1")[0].endswith("| 0.50 | <= 0.4 | **no** |")


def test_tables_are_markdown():
    assert table(("a", "b"), [(1, 2)]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |\n"


def test_the_figure_is_drawn(tmp_path):
    draw(measured(), tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 10_000


def test_a_figure_without_some_curve_is_drawn_all_the_same(tmp_path):
    points = [(1, {OURS: Result(1.0), TORCH: Result(error="none")})]
    draw(measured(growth={t: {1: points} for t in "abc"}), tmp_path / "growth.png")
    assert (tmp_path / "growth.png").exists()


def test_requirements_are_followed(monkeypatch):
    needs = {
        "a": ["b>=1", "c ; python_version > '3'", "d ; extra == 'more'"],
        "b": ["a", "Some.Name[x]"],
        "c": None,
        "some-name": [],
    }

    def requires(name):
        if name not in needs:
            raise costs.metadata.PackageNotFoundError(name)
        return needs[name]

    monkeypatch.setattr(costs.metadata, "requires", requires)
    assert costs.required("a") == {"a", "b", "c", "some-name"}


def test_own_size_is_plausible():
    assert 10**5 < costs.own_size() < 10**7


@pytest.mark.parametrize("package", ["minitorchcnn"])
def test_import_time_is_a_number(package):
    assert 0 < costs.import_seconds(package, 1) < 60


def test_share_counts_samples_within_steps_that_have_numpy_below():
    stacks = [
        "run (a.py:1);Trainer.step (t.py:2);_copy (_multiarray_umath.cpython-311.so) 5",
        "run (a.py:1);Trainer.step (t.py:2);gemm (libscipy_openblas64_.so);memcpy (libc.so) 1",
        "run (a.py:1);Trainer.step (t.py:2);plan (f.py:3) 4",
        "array (_multiarray_umath.cpython-311.so);other (b.py:1) 100",
    ]
    assert share(stacks) == 0.6
    assert share(stacks[3:]) is None


def test_the_share_of_numpy_is_a_target():
    found = {v.name: v for v in verdicts(measured())}
    (missed,) = (v for name, v in found.items() if "inside NumPy" in name)
    assert (missed.measured, missed.reached) == ("40%", False)
    reached = verdicts(measured(numpy_share=0.5))[-1]
    assert reached.reached
    assert len(verdicts(measured(numpy_share=None))) == len(found) - 1
