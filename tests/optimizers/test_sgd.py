"""The update rule, worked out in plain Python beside it, and what the optimizer remembers."""

import numpy as np
import pytest

from minitorchcnn import SGD, ArgumentError, CallOrderError, CosineSchedule, Parameter, StepSchedule

GRADIENTS = [0.5, -1.0, 0.25, 2.0, 0.0, -0.125]


def parameter(value, trainable=True, name="weight"):
    return Parameter(name, np.array(value, dtype=np.float64), trainable)


def by_hand(value, *, learning_rate, momentum, nesterov, weight_decay):
    """Follow one number through GRADIENTS, written from PyTorch's description of SGD."""
    velocity, path = 0.0, []
    for gradient in GRADIENTS:
        g = gradient + weight_decay * value
        velocity = momentum * velocity + g
        direction = g + momentum * velocity if nesterov else velocity
        value = value - learning_rate * direction
        path.append(value)
    return path


@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.5, True), (0.9, True)]
)
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("learning_rate", [0.1, 1.0])
def test_rule_over_several_steps(momentum, nesterov, weight_decay, learning_rate):
    options = {
        "learning_rate": learning_rate,
        "momentum": momentum,
        "nesterov": nesterov,
        "weight_decay": weight_decay,
    }
    optimizer = SGD(**options)
    one = parameter([1.5])
    path = []
    for gradient in GRADIENTS:
        one.grad = np.array([gradient])
        optimizer.step([one])
        path.append(float(one.value[0]))
    assert path == pytest.approx(by_hand(1.5, **options), rel=1e-13, abs=1e-15)


def test_three_steps_written_out():
    one, optimizer = parameter([1.0]), SGD(0.5, momentum=0.5)
    values = []
    for _ in range(3):
        one.grad = np.array([1.0])
        optimizer.step([one])
        values.append(float(one.value[0]))
    assert values == [0.5, -0.25, -1.125]  # velocities 1, 1.5, 1.75


def test_value_changes_in_place_and_gradient_not_at_all():
    one = parameter([1.0, 2.0])
    kept, grad = one.value, np.array([1.0, 1.0])
    one.grad = grad
    SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.5).step([one])
    assert one.value is kept
    assert grad.tolist() == [1.0, 1.0]


def test_float32_stays_float32():
    one = Parameter("weight", np.ones(2, np.float32))
    optimizer = SGD(0.1, momentum=0.9, weight_decay=0.1, schedule=lambda epoch: np.float64(0.5))
    one.grad = np.ones(2, np.float32)
    optimizer.step([one])
    assert one.value.dtype == np.float32
    # 1 - 0.1 * 0.5 * (1 + 0.1)
    assert one.value == pytest.approx([0.945, 0.945], rel=1e-6)


def test_velocities_are_kept_by_name_not_by_object_or_place():
    first, second = parameter([0.0], name="a"), parameter([0.0], name="b")
    optimizer = SGD(1.0, momentum=0.5)
    first.grad, second.grad = np.array([1.0]), np.array([0.0])
    optimizer.step([first, second])
    again = parameter([0.0], name="a")
    again.grad = np.array([0.0])
    optimizer.step([second, again])
    assert again.value.tolist() == [-0.5]
    assert second.value.tolist() == [0.0]


def test_frozen_parameter_is_passed_over_without_a_gradient():
    frozen = parameter([1.0], trainable=False)
    SGD(1.0, weight_decay=0.5).step([frozen])
    assert frozen.value.tolist() == [1.0]


@pytest.mark.parametrize("nesterov", [False, True])
def test_frozen_filters_keep_their_bytes_and_thaw_from_rest(nesterov):
    one = parameter([[0.1, 0.3], [0.7, 0.9]], trainable=[True, False])
    before = one.value[1].tobytes()
    optimizer = SGD(0.1, momentum=0.9, nesterov=nesterov, weight_decay=0.01)
    for _ in range(5):
        one.grad = np.ones((2, 2))
        optimizer.step([one])
    assert one.value[1].tobytes() == before
    assert one.value[0, 0] < 0.1
    one.trainable = True
    one.grad = np.array([[0.0, 0.0], [1.0, 1.0]])
    optimizer.step([one])
    # velocity starts at 0, so the first step is that of a new optimizer
    gradient = 1.0 + 0.01 * 0.7
    factor = 1.9 if nesterov else 1.0
    assert one.value[1, 0] == pytest.approx(0.7 - 0.1 * factor * gradient, rel=1e-14)


def test_schedule_multiplies_the_learning_rate():
    one, optimizer = parameter([0.0]), SGD(0.8, schedule=StepSchedule(1, gamma=0.5))
    rates = []
    for epoch in range(3):
        optimizer.epoch = epoch
        rates.append(optimizer.current_learning_rate)
        one.grad = np.array([1.0])
        optimizer.step([one])
    assert rates == [0.8, 0.4, 0.2]
    assert one.value.tolist() == pytest.approx([-1.4])


def test_same_names_are_refused():
    with pytest.raises(ArgumentError, match=r"must have different names, got \['a', 'a'\]"):
        SGD().step([parameter([0.0], name="a"), parameter([0.0], name="a")])


def test_missing_gradient_is_refused_before_anything_moves():
    ready, waiting = parameter([1.0], name="a"), parameter([1.0], name="b")
    ready.grad = np.array([1.0])
    with pytest.raises(CallOrderError, match="b has no gradient: call backward before step"):
        SGD(1.0).step([ready, waiting])
    assert ready.value.tolist() == [1.0]


def test_another_models_parameters_are_refused():
    optimizer = SGD(0.1, momentum=0.9)
    one, other = parameter([0.0, 0.0]), parameter([0.0, 0.0, 0.0])
    one.grad, other.grad = np.ones(2), np.ones(3)
    optimizer.step([one])
    with pytest.raises(ArgumentError, match=r"had shape \(2,\) before and has \(3,\) now"):
        optimizer.step([other])


def test_repr_names_what_was_chosen():
    assert repr(SGD(0.1)) == "SGD(learning_rate=0.1)"
    assert repr(SGD(0.1, 0.9, True, schedule=StepSchedule(2))) == (
        "SGD(learning_rate=0.1, momentum=0.9, nesterov=True, schedule=StepSchedule(2, gamma=0.1))"
    )
    assert repr(CosineSchedule(5)) == "CosineSchedule(5, minimum=0.0)"
