"""Settings that make every run of the tests the same run, on any machine."""

import os

from hypothesis import settings

# Figures are drawn into files: a test must not need a screen.
os.environ.setdefault("MPLBACKEND", "Agg")

# No deadline: a slow machine is not a wrong result. Derandomized: a red run stays red.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
