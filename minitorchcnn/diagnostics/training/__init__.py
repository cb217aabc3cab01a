"""A callback that watches training and says in plain words what goes wrong, and what to try."""

from minitorchcnn.diagnostics.training.doctor import Doctor, Finding

__all__ = ["Doctor", "Finding"]
