"""The fully connected layer, written out."""

import numpy as np


class MyDense:
    """Every output is a weighted sum of all features, plus a bias."""

    def __init__(self, weight, bias):
        self.weight = weight  # (units, features)
        self.bias = bias  # (units,)

    def forward(self, x):
        """Return y[n, u] = bias[u] + sum over f of weight[u, f] * x[n, f]."""
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_y):
        """Keep the gradients of weight and bias, return that of x."""
        self.grad_weight = np.zeros_like(self.weight)
        self.grad_bias = np.zeros_like(self.bias)
        grad_x = np.zeros_like(self.x)
        for n in range(len(grad_y)):
            for u in range(len(self.weight)):
                # y[n, u] is made of bias[u], and of weight[u, f] * x[n, f] for every f
                self.grad_bias[u] += grad_y[n, u]
                self.grad_weight[u] += grad_y[n, u] * self.x[n]
                grad_x[n] += grad_y[n, u] * self.weight[u]
        return grad_x
