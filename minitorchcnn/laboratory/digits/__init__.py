"""The best small network for digits."""
