"""Losses and their gradients straight from the definitions, in numbers of sixty digits.

No formula here is rearranged to be stable: Decimal numbers have no overflow in reach, so what
the library's stable forms must give can be computed without their tricks.
"""

from decimal import Decimal, localcontext

import numpy as np

DIGITS = 60


def _softmax_row(row: np.ndarray) -> list[Decimal]:
    powers = [Decimal(float(value)).exp() for value in row]
    return [power / sum(powers) for power in powers]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Give exp(z[n,k]) / sum over j of exp(z[n,j])."""
    with localcontext(prec=DIGITS):
        return np.array([[float(p) for p in _softmax_row(row)] for row in logits])


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Give the batch mean of -log softmax(z)[label], and its gradient by z."""
    n_rows = len(logits)
    loss, grad = Decimal(0), np.zeros(logits.shape)
    with localcontext(prec=DIGITS):
        for n, label in enumerate(labels):
            probabilities = _softmax_row(logits[n])
            loss -= probabilities[label].ln() / n_rows
            for k, probability in enumerate(probabilities):
                grad[n, k] = float((probability - int(k == label)) / n_rows)
        return float(loss), grad


def binary_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Give the mean of -t log p - (1 - t) log(1 - p) with p = 1 / (1 + exp(-z)), and its gradient.

    1 - p is written as 1 / (1 + exp(z)), which is the same number without the lost digits.
    """
    loss, grad = Decimal(0), np.zeros(logits.shape)
    with localcontext(prec=DIGITS):
        for index in np.ndindex(*logits.shape):
            z, t = Decimal(float(logits[index])), Decimal(float(targets[index]))
            p, q = 1 / (1 + (-z).exp()), 1 / (1 + z.exp())
            loss -= (t * p.ln() + (1 - t) * q.ln()) / logits.size
            grad[index] = float((p - t) / logits.size)
        return float(loss), grad


def mean_squared_error(y: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Give the mean over all numbers of (y - t)^2, and its gradient by y."""
    loss, grad = Decimal(0), np.zeros(y.shape)
    with localcontext(prec=DIGITS):
        for index in np.ndindex(*y.shape):
            difference = Decimal(float(y[index])) - Decimal(float(targets[index]))
            loss += difference**2 / y.size
            grad[index] = float(2 * difference / y.size)
        return float(loss), grad
