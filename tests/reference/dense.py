"""The fully connected layer by its definition.

Letters: n row, k unit, f feature.
"""

import numpy as np


def dense(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """Give y[n,k] = bias[k] + sum over f of weight[k,f] * x[n,f]."""
    y = np.zeros((x.shape[0], weight.shape[0]))
    for n, k in np.ndindex(*y.shape):
        y[n, k] = 0.0 if bias is None else bias[k]
        for f in range(x.shape[1]):
            y[n, k] += float(weight[k, f]) * float(x[n, f])
    return y


def dense_gradients(
    x: np.ndarray, weight: np.ndarray, grad_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give (grad_x, grad_weight, grad_bias)."""
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    grad_bias = np.zeros(weight.shape[0])
    for n, k in np.ndindex(*grad_y.shape):
        grad_bias[k] += float(grad_y[n, k])
        for f in range(x.shape[1]):
            grad_x[n, f] += float(weight[k, f]) * float(grad_y[n, k])
            grad_weight[k, f] += float(x[n, f]) * float(grad_y[n, k])
    return grad_x, grad_weight, grad_bias
