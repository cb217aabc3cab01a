"""Average-pooling, written out."""

import numpy as np


def pair(size):
    """Write 2 as (2, 2)."""
    return size if isinstance(size, tuple) else (size, size)


class MyAvgPool:
    """The mean of each window."""

    def __init__(self, pool_size, stride=None):
        self.height, self.width = pair(pool_size)
        self.down, self.right = pair(pool_size if stride is None else stride)

    def forward(self, x):
        """Return y[n, c, i, j], the mean of window (i, j)."""
        self.x = x
        samples, channels, height, width = x.shape
        rows = (height - self.height) // self.down + 1
        columns = (width - self.width) // self.right + 1
        y = np.zeros((samples, channels, rows, columns), dtype=x.dtype)
        for i in range(rows):
            for j in range(columns):
                top, left = i * self.down, j * self.right
                window = x[:, :, top : top + self.height, left : left + self.width]
                y[:, :, i, j] = window.mean(axis=(2, 3))
        return y

    def backward(self, grad_y):
        """Give every pixel its share of the gradient of each window it lies in."""
        grad_x = np.zeros_like(self.x)
        share = grad_y / (self.height * self.width)
        for i in range(grad_y.shape[2]):
            for j in range(grad_y.shape[3]):
                top, left = i * self.down, j * self.right
                window = grad_x[:, :, top : top + self.height, left : left + self.width]
                window += share[:, :, i : i + 1, j : j + 1]
        return grad_x
