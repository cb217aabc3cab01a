"""Batch normalization by its definition; the gradient by the whole Jacobian, no shortcuts.

Arrays are (N, C) or (N, C, H, W); a channel's m numbers are normalized together.
"""

import math
from collections.abc import Iterator

import numpy as np


def channels(x: np.ndarray) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
    """Yield each channel with the indices of its numbers."""
    for c in range(x.shape[1]):
        yield c, [index for index in np.ndindex(*x.shape) if index[1] == c]


def mean_and_variance(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean and the biased variance (divided by m) of every channel, shape (C,) each."""
    mean, variance = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for c, indices in channels(x):
        mean[c] = math.fsum(x[index] for index in indices) / len(indices)
        variance[c] = math.fsum((x[index] - mean[c]) ** 2 for index in indices) / len(indices)
    return mean, variance


def batch_norm(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    *,
    epsilon: float,
) -> np.ndarray:
    """Give weight * (x - mean) / sqrt(variance + epsilon) + bias, channel by channel.

    In training, mean and variance are the batch's own; in use, the running ones.
    """
    y = np.zeros(x.shape)
    for c, indices in channels(x):
        deviation = math.sqrt(variance[c] + epsilon)
        for index in indices:
            y[index] = weight[c] * (x[index] - mean[c]) / deviation + bias[c]
    return y


def running_statistics(
    x: np.ndarray, running_mean: np.ndarray, running_var: np.ndarray, *, momentum: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the running mean and variance after one batch; the variance enters divided by m - 1."""
    mean, variance = mean_and_variance(x)
    new_mean, new_var = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for c, indices in channels(x):
        m = len(indices)
        new_mean[c] = (1 - momentum) * running_mean[c] + momentum * mean[c]
        new_var[c] = (1 - momentum) * running_var[c] + momentum * variance[c] * m / (m - 1)
    return new_mean, new_var


def parameter_gradients(
    x: np.ndarray, grad_y: np.ndarray, mean: np.ndarray, variance: np.ndarray, *, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give (grad_weight, grad_bias)."""
    normal = batch_norm(x, np.ones(len(mean)), np.zeros(len(mean)), mean, variance, epsilon=epsilon)
    grad_weight, grad_bias = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for c, indices in channels(x):
        grad_weight[c] = math.fsum(grad_y[index] * normal[index] for index in indices)
        grad_bias[c] = math.fsum(grad_y[index] for index in indices)
    return grad_weight, grad_bias


def training_gradient(
    x: np.ndarray, weight: np.ndarray, grad_y: np.ndarray, *, epsilon: float
) -> np.ndarray:
    """Give grad_x in training, where the mean and the variance also depend on x.

    With d = x - mean and s^2 = variance + epsilon, the Jacobian of the normalized numbers is
    d normal[a] / d x[b] = ((a == b) - 1/m) / s - d[a] * d[b] / (m * s^3).
    """
    mean, variance = mean_and_variance(x)
    grad_x = np.zeros(x.shape)
    for c, indices in channels(x):
        m, s = len(indices), math.sqrt(variance[c] + epsilon)
        for b in indices:
            for a in indices:
                slope = ((a == b) - 1 / m) / s
                slope -= (x[a] - mean[c]) * (x[b] - mean[c]) / (m * s**3)
                grad_x[b] += grad_y[a] * weight[c] * slope
    return grad_x


def inference_gradient(
    weight: np.ndarray, grad_y: np.ndarray, variance: np.ndarray, *, epsilon: float
) -> np.ndarray:
    """Give grad_x in use, where mean and variance are constants."""
    grad_x = np.zeros(grad_y.shape)
    for c, indices in channels(grad_y):
        for index in indices:
            grad_x[index] = grad_y[index] * weight[c] / math.sqrt(variance[c] + epsilon)
    return grad_x
