"""Tests mirror the package; `reference` holds what they expect, worked out independently."""
