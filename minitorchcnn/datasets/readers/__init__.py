"""Readers for users' own images: IDX, ``.npz`` and ``.npy``, CSV, and folders of pictures.

All give the package's form, (N, channels, height, width) of float32 in [-1, 1] with 1 for ink,
and say what they did. No reader believes a size that a file claims, and none can run code.
"""
