"""Tensors with gradients, and the comparison of PyTorch's results with the naive loops'.

A test module that imports this one is skipped where PyTorch is not installed.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
functional = torch.nn.functional


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def tied(*shape, seed=0):
    """Draw whole numbers of a small range, so that windows have several greatest elements."""
    return np.random.default_rng(seed).integers(-2, 2, shape).astype(np.float64)


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def agree(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)


def pad(x, padding, value=0.0):
    (top, bottom), (left, right) = padding
    return functional.pad(x, (left, right, top, bottom), value=value)
