"""The checker passes what is right and finds what is wrong, and says where."""

import numpy as np
import pytest

from minitorchcnn import (
    ArgumentError,
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    FormatError,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sequential,
    ShapeError,
    Sigmoid,
    Tanh,
    check_gradients,
)
from tests.planted import MISTAKES, spoiled


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


RIGHT_LAYERS = {
    "convolution": (
        lambda: Conv2D(
            4, (3, 2), stride=(2, 1), padding=((1, 0), (0, 2)), dilation=(1, 2), groups=2
        ),
        (2, 2, 6, 5),
    ),
    "same": (lambda: Conv2D(2, 4, stride=2, padding="same", bias=False), (1, 1, 7, 5)),
    "max pool": (lambda: MaxPool((2, 3), stride=(1, 2), padding=1, ceil_mode=True), (2, 2, 5, 4)),
    "average pool": (
        lambda: AvgPool(3, stride=2, padding=1, count_include_pad=False),
        (2, 2, 6, 5),
    ),
    "global": (GlobalAvgPool, (2, 3, 4, 5)),
    "flatten": (Flatten, (2, 3, 2, 2)),
    "dense": (lambda: Dense(3), (4, 5)),
    "relu": (ReLU, (3, 8)),
    "leaky": (lambda: LeakyReLU(-0.3), (3, 8)),
    "sigmoid": (Sigmoid, (3, 8)),
    "tanh": (Tanh, (3, 2, 2, 2)),
    "dropout": (lambda: Dropout(0.5), (4, 10)),
    "norm of rows": (BatchNorm, (6, 3)),
    "norm of images": (lambda: BatchNorm(momentum=0.3, epsilon=0.01), (3, 2, 3, 3)),
}


def every_layer(dtype="float64", **first):
    layers = [
        Conv2D(3, 3, padding="same", **first),
        BatchNorm(),
        ReLU(),
        MaxPool(2, stride=1),
        Conv2D(4, 2, groups=1, stride=2),
        LeakyReLU(),
        AvgPool(2, stride=1),
        Tanh(),
        Flatten(),
        Dropout(0.3),
        Dense(6),
        Sigmoid(),
        Dense(3),
    ]
    return Sequential(layers, input_shape=(1, 7, 8), seed=1, dtype=dtype)


class TestRight:
    @pytest.mark.parametrize("name", RIGHT_LAYERS)
    def test_layer_alone(self, name):
        layer, shape = RIGHT_LAYERS[name]
        report = check_gradients(layer(), normal(*shape))
        assert report.passed, report

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("labels", [None, np.array([2, 0])])
    def test_net_of_every_layer(self, dtype, labels):
        model, x = every_layer(dtype), normal(2, 1, 7, 8).astype(dtype)
        report = check_gradients(model, x, labels, max_elements=30)
        assert report.passed, report
        assert [row.name for row in report.rows] == ["x", *(p.name for p in model.parameters())]

    def test_images_of_ink_and_paper_only(self):
        x = np.where(normal(2, 1, 7, 8) > 0, 1.0, -1.0)
        assert check_gradients(every_layer(), x, max_elements=40).passed

    @pytest.mark.parametrize("value", [-1.0, 1.0])
    def test_constant_images_where_every_window_is_a_tie(self, value):
        x = np.full((2, 1, 6, 6), value)
        model = Sequential(
            [MaxPool(2, stride=1), ReLU(), MaxPool(3), Flatten(), Dense(2)], (1, 6, 6)
        )
        report = check_gradients(model, x)
        assert report.passed, report
        # ink ties in the first pool and is spread; paper stops at ReLU, flat on both sides
        assert (report.rows[0].kinks > 0) is (value == 1.0)

    def test_zero_weights_stand_on_the_kink_of_relu(self):
        layers = [
            Conv2D(2, 3, initializer="zeros"),
            ReLU(),
            Flatten(),
            Dense(3, initializer="zeros"),
        ]
        model = Sequential(layers, (1, 5, 5))
        report = check_gradients(model, normal(2, 1, 5, 5), np.array([0, 2]))
        assert report.passed, report

    def test_zero_input(self):
        assert check_gradients(every_layer(), np.zeros((2, 1, 7, 8)), max_elements=20).passed

    @pytest.mark.parametrize("trainable", [False, [True, False, True]])
    def test_frozen_filters_are_checked_thawed_and_marked(self, trainable):
        report = check_gradients(
            every_layer(trainable=trainable), normal(2, 1, 7, 8), max_elements=20
        )
        assert report.passed, report
        assert [row.name for row in report.rows if row.frozen] == ["0.weight", "0.bias"]
        assert str(report).count("(frozen, checked thawed)") == 2

    @pytest.mark.parametrize(
        ("loss", "outputs", "targets"),
        [
            ("softmax_cross_entropy", 3, np.array([2, 0, 1, 1])),
            ("binary_cross_entropy", 1, np.array([1, 0, 0, 1])),
            ("mean_squared_error", 2, normal(4, 2, seed=2)),
            (lambda y, t: (float((y**3).sum()), 3 * y**2), 2, np.zeros(4)),
        ],
    )
    def test_losses(self, loss, outputs, targets):
        model = Sequential([Dense(5), Tanh(), Dense(outputs)], (3,))
        report = check_gradients(model, normal(4, 3), targets, loss=loss)
        assert report.passed, report

    @pytest.mark.parametrize("seed", range(100))
    def test_random_nets_with_kinks_never_fail(self, seed):
        rng = np.random.default_rng(seed)
        layers = []
        for _ in range(rng.integers(1, 4)):
            kernel = tuple(rng.integers(1, 4, 2).tolist())
            layers += [Conv2D(int(rng.integers(1, 4)), kernel, padding="same"), ReLU()]
            if rng.random() < 0.7:
                layers.append(MaxPool(int(rng.integers(2, 4)), stride=1, padding=1))
        layers += [Flatten(), Dense(4), ReLU(), Dense(2)]
        model = Sequential(layers, (2, 5, 6), seed=seed)
        x = rng.normal(size=(2, 2, 5, 6)) if seed % 2 else rng.choice([-1.0, 1.0], (2, 2, 5, 6))
        labels = np.array([0, 1]) if seed % 3 else None
        report = check_gradients(model, x, labels, seed=seed, max_elements=15)
        assert report.passed, report


class TestUntouched:
    def test_model_and_its_memory_stay_as_they_were(self):
        model, x = every_layer("float32"), normal(2, 1, 7, 8).astype(np.float32)
        model.layers[0].trainable = [True, False, True]
        model.backward(model.forward(x))
        state = {name: value.tobytes() for name, value in model.state_dict().items()}
        grads = [parameter.grad for parameter in model.parameters()]
        kept = [layer._kept for layer in model.layers]
        stream = str(model.layers[9].rng.bit_generator.state)
        x_before = x.copy()
        check_gradients(model, x, np.array([0, 1]), max_elements=5)
        assert {name: value.tobytes() for name, value in model.state_dict().items()} == state
        assert all(p.grad is g for p, g in zip(model.parameters(), grads, strict=True))
        assert all(layer._kept is k for layer, k in zip(model.layers, kept, strict=True))
        assert str(model.layers[9].rng.bit_generator.state) == stream
        assert model.layers[0].trainable == (True, False, True)
        assert model.dtype == np.float32
        assert np.array_equal(x, x_before)

    def test_layer_that_is_not_built_stays_so(self):
        layer = Conv2D(2, 3)
        assert check_gradients(layer, normal(1, 1, 4, 4)).passed
        assert layer.input_shape is None
        assert layer.parameters() == []

    def test_same_seed_gives_the_same_report(self):
        model, x = every_layer(), normal(2, 1, 7, 8)
        first, again = (check_gradients(model, x, seed=4, max_elements=5) for _ in range(2))
        assert first == again
        assert str(first) == str(again)


class TestWrong:
    @pytest.mark.parametrize("name", MISTAKES)
    @pytest.mark.parametrize("seed", [0, 1])
    def test_mistake_is_found_at_its_place(self, name, seed):
        mistake = MISTAKES[name]
        report = check_gradients(mistake.layer(), normal(*mistake.shape, seed=seed), seed=seed)
        assert not report.passed
        wrong = [row.name for row in report.rows if row.error > report.tolerance]
        assert wrong == [mistake.row], report
        assert report.worst.name == mistake.row
        assert mistake.is_wrong(report.worst.index), report
        assert f"FAILED, worst in {mistake.row} " in str(report)

    @pytest.mark.parametrize("name", [n for n, m in MISTAKES.items() if m.row != "x"])
    @pytest.mark.parametrize("labels", [None, np.array([1, 0, 1, 1])])
    def test_only_the_wrong_parameter_of_a_model_is_accused(self, name, labels):
        mistake = MISTAKES[name]
        shape = mistake.shape[1:]
        layers = [LeakyReLU(0.5), mistake.layer(), Tanh(), Flatten(), Dense(2)]
        report = check_gradients(Sequential(layers, shape, seed=3), normal(4, *shape), labels)
        wrong = [row for row in report.rows if row.error > report.tolerance]
        assert [row.name for row in wrong] == [f"1.{mistake.row}"], report
        assert mistake.is_wrong(wrong[0].index)

    def test_wrong_gradient_of_x_spoils_everything_below_it(self):
        layers = [Dense(4), MISTAKES["samples mixed"].layer(), Dense(2)]
        report = check_gradients(Sequential(layers, (3,)), normal(4, 3))
        wrong = [row.name for row in report.rows if row.error > report.tolerance]
        # the sum over samples is the same in whatever order they come
        assert wrong == ["x", "0.weight"]
        # the layer itself is named, and the innocent one below it is not
        (fault,) = report.faults
        assert (fault.layer, fault.array, fault.kind) == (1, "x", "flipped")
        assert {row.kind for row in report.rows if row.name in wrong} == {
            "spoiled by the gradient of x of layer 1"
        }

    def test_loss_that_is_a_sum_but_says_it_is_a_mean(self):
        def wrong(y, targets):
            return 0.5 * float((y**2).mean()), y

        report = check_gradients(Dense(2), normal(3, 4), np.zeros(3), loss=wrong)
        assert not report.passed
        (fault,) = report.faults
        assert (fault.layer, fault.title, fault.kind) == (None, "the loss", "scaled")
        assert report.rows[1].kind == "spoiled by the gradient of x of the loss"

    def test_one_wrong_element_of_many_is_seen_without_being_measured(self):
        def nudge(gx, g):
            grad = g[0].copy()
            grad[7, 123] += 0.5
            return gx, [grad, g[1]]

        report = check_gradients(spoiled(Dense, nudge)(40), normal(3, 500), max_elements=5)
        assert not report.passed
        assert (report.worst.name, report.worst.index) == ("weight", (7, 123))

    def test_mistake_of_a_later_sample_is_not_taken_for_one_of_the_window(self):
        """With equal strides, exchanging them explains nothing: sample 0 is right as it is."""

        def second_only(gx, g):
            factors = np.ones_like(gx)
            factors[1] = np.random.default_rng(0).uniform(1.5, 2.5, gx[1].shape)
            return factors * gx, g

        report = check_gradients(spoiled(Conv2D, second_only)(2, 3, stride=2), normal(2, 1, 6, 5))
        assert [(fault.array, fault.kind) for fault in report.faults] == [("x", "unexplained")]

    def test_mistake_that_only_large_gradients_show_is_found_and_placed(self):
        clip = spoiled(Tanh, lambda gx, g: (np.clip(gx, -20, 20), g))
        layers = [Dense(6), clip(), Dense(3, weight=60 * normal(3, 6))]
        report = check_gradients(Sequential(layers, (4,), dtype="float64"), 0.1 * normal(2, 4))
        assert [(fault.layer, fault.array) for fault in report.faults] == [(1, "x")], report

    def test_outputs_that_are_never_the_same_are_refused(self):
        class Noise(Tanh):
            def compute(self, x, *, training):
                return x + np.random.default_rng().normal(size=x.shape), x

        with pytest.raises(ArgumentError, match=r"Noise\(\) gives other outputs .* numpy.random"):
            check_gradients(Noise(), normal(2, 3))

    def test_layers_that_are_right_alone_but_not_in_a_chain(self):
        class Forgets(Tanh):
            """Keeps its memory in the class: two of them share it."""

            def compute(self, x, *, training):
                y, Forgets.memory = super().compute(x, training=training)
                return y, None

            def gradients(self, grad_y, saved, *, need_grad_x):
                return super().gradients(grad_y, Forgets.memory, need_grad_x=need_grad_x)

        layers = [Dense(3), Forgets(), Dense(3), Forgets(), Dense(2)]
        report = check_gradients(Sequential(layers, (4,), dtype="float64"), normal(2, 4))
        assert not report.passed
        assert "though every layer is right by itself" in report.faults[0].sentence

    def test_frozen_layer_with_a_mistake_is_found(self):
        layer = MISTAKES["sign of the weight"].layer()
        layer.trainable = False
        report = check_gradients(layer, normal(4, 5))
        assert (report.worst.name, report.worst.frozen) == ("weight", True)
        assert not report.passed

    def test_gradient_of_the_wrong_dtype_or_shape_is_refused(self):
        rounded = spoiled(Dense, lambda gx, g: (gx, [g[0].astype(np.float32), g[1]]))
        with pytest.raises(ShapeError, match=r"gradient for weight .* float32 .* expected float64"):
            check_gradients(rounded(3), normal(4, 5))
        turned = spoiled(Dense, lambda gx, g: (gx, [g[0].T, g[1]]))
        with pytest.raises(ShapeError, match=r"of shape \(5, 3\), expected .* \(3, 5\)"):
            check_gradients(turned(3), normal(4, 5))

    def test_mistake_smaller_than_the_tolerance_passes_and_a_stricter_one_finds_it(self):
        slightly = spoiled(Dense, lambda gx, g: (gx, [1.0001 * g[0], g[1]]))
        assert check_gradients(slightly(3), normal(4, 5), tolerance=1e-3).passed
        assert not check_gradients(slightly(3), normal(4, 5)).passed


class TestReport:
    def test_saved_page_names_layer_parameter_index_and_kind(self, tmp_path):
        layers = [LeakyReLU(0.5), MISTAKES["flipped kernel"].layer(), Flatten(), Dense(2)]
        report = check_gradients(Sequential(layers, (1, 5, 5), seed=3), normal(2, 1, 5, 5))
        report.save(tmp_path / "report.md")
        page = (tmp_path / "report.md").read_text(encoding="utf-8")
        assert page == report.to_markdown()
        assert "**gradient check FAILED, worst in 1.weight" in page
        (fault,) = report.faults
        row = next(line for line in page.splitlines() if "flipped kernel" in line)
        assert row.startswith("| 1 | `Spoiled(2, 3)` | weight | (")
        assert f"| {fault.analytic:.6e} | {fault.numeric:.6e} | flipped |" in row
        assert len({line.count("|") for line in page.splitlines() if line.startswith("| 3")}) == 1

    def test_page_of_a_right_model_tells_of_frozen_and_random_layers(self):
        page = check_gradients(every_layer(trainable=False), normal(2, 1, 7, 8)).to_markdown()
        assert "# Gradient check\n\n**gradient check passed" in page
        assert "What is wrong" not in page
        assert page.count("right, frozen |") + page.count("at kinks, frozen |") == 2
        assert "- layer 9, Dropout(0.3): its random choices were held still" in page

    def test_page_that_cannot_be_written_is_refused(self, tmp_path):
        report = check_gradients(ReLU(), normal(2, 3))
        with pytest.raises(FormatError, match=r"cannot be written .* Choose another path"):
            report.save(tmp_path)

    def test_rows_hold_what_was_measured(self):
        # y = x w^T with the random weights r of the outputs: grad_w = r^T x
        x = normal(4, 3)
        report = check_gradients(Dense(2, bias=False, weight=np.ones((2, 3))), x, seed=9)
        cotangent = np.random.default_rng(9).normal(size=(4, 2))
        row = report.rows[1]
        expected = (cotangent.T @ x)[row.index]
        assert (row.name, row.elements, row.checked, row.frozen) == ("weight", 6, 6, False)
        assert row.analytic == pytest.approx(expected, rel=1e-12)
        assert row.numeric == pytest.approx(expected, rel=1e-6)

    def test_only_some_elements_of_large_arrays_are_measured(self):
        report = check_gradients(Dense(10), normal(2, 30), max_elements=7)
        assert [(row.elements, row.checked) for row in report.rows] == [(60, 7), (300, 7), (10, 7)]

    def test_table_names_everything(self):
        lines = str(check_gradients(every_layer(), normal(2, 1, 7, 8), max_elements=3)).splitlines()
        assert lines[0].split() == [
            *("checked", "error", "analytic", "numeric"),
            *("kinks", "worst", "index"),
        ]
        assert lines[1].split()[:2] == ["x", "3/112"]
        assert lines[2].split()[:2] == ["0.weight", "3/27"]
        assert len(lines) == 1 + 1 + 10 + 1 + 1
        assert lines[-2] == "layer 9, Dropout(0.3): its random choices were held still"
        assert lines[-1] == "gradient check passed (largest relative error allowed 1e-05)"
        assert "WRONG" not in "".join(lines)

    def test_table_marks_the_wrong_row_only(self):
        mistake = MISTAKES["one element"]
        lines = str(check_gradients(mistake.layer(), normal(*mistake.shape))).splitlines()
        assert [line.endswith("(1, 0, 2, 1)  WRONG") for line in lines] == [
            False,
            False,
            True,
            *[False] * 3,
        ]
        assert lines[-2].startswith("layer 0, ")
        assert "only the element (1, 0, 2, 1) is wrong" in lines[-2]
        assert lines[-1].startswith("gradient check FAILED, worst in weight (")
