"""Activations and their slopes, one number at a time.

Decimal numbers have no overflow in reach, so the formulas stand as in a textbook even at 1e4.
"""

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np


def each(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """Apply a function of one number to every element."""
    y = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        y[index] = function(float(x[index]))
    return y


def relu(x: np.ndarray) -> np.ndarray:
    """Give x where it is positive, else 0."""
    return each(lambda value: value if value > 0 else 0.0, x)


def relu_gradient(x: np.ndarray, grad_y: np.ndarray) -> np.ndarray:
    """Give grad_x; the slope at 0 is 0."""
    return each(lambda value: 1.0 if value > 0 else 0.0, x) * grad_y


def leaky_relu(x: np.ndarray, slope: float) -> np.ndarray:
    """Give x where it is positive, else slope * x."""
    return each(lambda value: value if value > 0 else slope * value, x)


def leaky_relu_gradient(x: np.ndarray, grad_y: np.ndarray, slope: float) -> np.ndarray:
    """Give grad_x; the slope at 0 is `slope`, as in PyTorch."""
    return each(lambda value: 1.0 if value > 0 else slope, x) * grad_y


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Give 1 / (1 + exp(-x))."""
    return each(lambda value: float(1 / (1 + (-Decimal(value)).exp())), x)


def sigmoid_gradient(x: np.ndarray, grad_y: np.ndarray) -> np.ndarray:
    """Give grad_x, with slope exp(-x) / (1 + exp(-x))^2."""

    def slope(value: float) -> float:
        power = (-Decimal(value)).exp()
        return float(power / (1 + power) ** 2)

    return each(slope, x) * grad_y


def tanh(x: np.ndarray) -> np.ndarray:
    """Give the hyperbolic tangent."""
    return each(math.tanh, x)


def tanh_gradient(x: np.ndarray, grad_y: np.ndarray) -> np.ndarray:
    """Give grad_x, with slope 1 / cosh(x)^2 = 4 / (exp(x) + exp(-x))^2."""
    return each(lambda v: float(4 / (Decimal(v).exp() + (-Decimal(v)).exp()) ** 2), x) * grad_y
