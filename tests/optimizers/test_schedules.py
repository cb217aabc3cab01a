"""The factors of each schedule, written out."""

import math

import pytest

from minitorchcnn import CosineSchedule, StepSchedule


def test_step_schedule_by_literal_values():
    schedule = StepSchedule(3, gamma=0.5)
    assert [schedule(epoch) for epoch in range(8)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert [StepSchedule(1)(epoch) for epoch in range(3)] == pytest.approx([1, 0.1, 0.01])


def test_cosine_schedule_by_literal_values():
    schedule = CosineSchedule(4)
    half = math.sqrt(0.5) / 2
    expected = [1, 0.5 + half, 0.5, 0.5 - half, 0, 0, 0]
    assert [schedule(epoch) for epoch in range(7)] == pytest.approx(expected, abs=1e-15)
    raised = CosineSchedule(2, minimum=0.2)
    assert [raised(epoch) for epoch in range(4)] == pytest.approx([1, 0.6, 0.2, 0.2])
