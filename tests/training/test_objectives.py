"""What each loss takes as targets, and which outputs count as right."""

import numpy as np
import pytest

from minitorchcnn import ArgumentError, DataError, ShapeError, mean_squared_error
from minitorchcnn.training.objectives import find_objective

LABELS = np.array([2, 0, 1])


def test_class_labels_pass_unchanged():
    assert find_objective("softmax_cross_entropy").prepare(LABELS, 3, (3,)) is LABELS


def test_largest_output_is_the_answer():
    outputs = np.array([[0.0, 1.0, 5.0], [3.0, -1.0, 2.0], [0.1, 0.0, 0.05]])
    right = find_objective("softmax_cross_entropy").correct(outputs, LABELS)
    assert right.tolist() == [True, True, False]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.float32])
def test_yes_or_no_labels_get_the_models_column(dtype):
    labels = np.array([1, 0, 1], dtype=dtype)
    targets = find_objective("binary_cross_entropy").prepare(labels, 3, (1,))
    assert targets.shape == (3, 1)
    assert targets[:, 0].tolist() == labels.tolist()


def test_positive_outputs_mean_yes_and_every_output_of_a_sample_must_be_right():
    correct = find_objective("binary_cross_entropy").correct
    one = np.array([[2.0], [-0.1], [0.0], [3.0]])
    assert correct(one, np.array([[1], [0], [0], [0]])).tolist() == [True, True, True, False]
    two = np.array([[2.0, -1.0], [2.0, 1.0]])
    assert correct(two, np.array([[1, 0], [1, 0]])).tolist() == [True, False]
    assert correct(one, np.array([[True], [False], [False], [False]])).sum() == 3


def test_regression_has_no_accuracy():
    chosen = find_objective("mean_squared_error")
    assert chosen.correct is None
    targets = np.array([[1.0, 2.0]])
    assert chosen.prepare(targets, 1, (2,)) is targets


def test_own_function_is_used_with_its_result_checked():
    def absolute(outputs, targets):
        return np.abs(outputs - targets).mean(), np.sign(outputs - targets) / outputs.size

    chosen = find_objective(absolute)
    outputs, targets = np.array([[1.0], [3.0]]), np.array([[2.0], [1.0]])
    loss, grad = chosen.loss(outputs, targets)
    assert (loss, type(loss)) == (1.5, float)
    assert grad.tolist() == [[-0.5], [0.5]]
    assert chosen.correct is None
    assert chosen.prepare(targets, 2, (1,)) is targets


@pytest.mark.parametrize(
    ("result", "error", "match"),
    [
        (1.0, ArgumentError, r"must return \(loss, grad_outputs\) .*, got float 1.0"),
        ((np.ones(2), np.ones((2, 1))), ArgumentError, "with one number as loss"),
        ((1.0, np.ones(2)), ShapeError, r"float64 of shape \(2,\), expected .* \(2, 1\)"),
        ((1.0, np.ones((2, 1), np.float32)), ShapeError, "float32 of .*, expected float64"),
        ((1.0, [[1.0], [1.0]]), ShapeError, "grad_outputs list of shape"),
    ],
)
def test_own_functions_wrong_result_is_refused(result, error, match):
    chosen = find_objective(lambda outputs, targets: result)
    with pytest.raises(error, match=match):
        chosen.loss(np.ones((2, 1)), np.ones((2, 1)))


def test_unknown_names_list_the_known_ones():
    for unknown in ("crossentropy", None, ["mean_squared_error"]):
        with pytest.raises(ArgumentError, match="binary_cross_entropy, mean_squared_error, soft"):
            find_objective(unknown)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("targets", [np.array(1.0), np.ones(2), [1, 0, 1], None])
def test_targets_must_be_an_array_of_as_many_entries_as_samples(name, targets):
    with pytest.raises(DataError, match="one entry for each of 3 samples, got"):
        find_objective(name).prepare(targets, 3, (1,))


def test_regression_by_the_public_function_is_the_named_loss():
    outputs, targets = np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])
    by_name, by_function = find_objective("mean_squared_error"), find_objective(mean_squared_error)
    assert by_name.loss(outputs, targets)[0] == by_function.loss(outputs, targets)[0] == 2.5
