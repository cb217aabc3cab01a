"""Trainings that are interrupted: what goes on must end as if nothing had happened."""
