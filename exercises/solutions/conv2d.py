"""The convolution layer, written out."""

import numpy as np


def pair(size):
    """Write 2 as (2, 2)."""
    return size if isinstance(size, tuple) else (size, size)


class MyConv2D:
    """Slides filters over images."""

    def __init__(self, weight, bias, stride=1, padding=0):
        self.weight = weight  # (filters, channels, kernel height, kernel width)
        self.bias = bias  # (filters,)
        self.down, self.right = pair(stride)
        self.above, self.before = pair(padding)

    def forward(self, x):
        """Return y[n, f, i, j] = bias[f] + sum of weight[f] * window (i, j) of sample n."""
        self.x = x
        sides = ((0, 0), (0, 0), (self.above, self.above), (self.before, self.before))
        self.padded = np.pad(x, sides)
        filters, _, kernel_height, kernel_width = self.weight.shape
        samples, _, height, width = self.padded.shape
        rows = (height - kernel_height) // self.down + 1
        columns = (width - kernel_width) // self.right + 1
        y = np.zeros((samples, filters, rows, columns), dtype=x.dtype)
        for n, f, i, j in np.ndindex(*y.shape):
            y[n, f, i, j] = self.bias[f] + np.sum(
                self.weight[f] * self.window(self.padded, n, i, j)
            )
        return y

    def backward(self, grad_y):
        """Keep the gradients of weight and bias, return that of x."""
        self.grad_weight = np.zeros_like(self.weight)
        self.grad_bias = np.zeros_like(self.bias)
        grad_padded = np.zeros_like(self.padded)
        for n, f, i, j in np.ndindex(*grad_y.shape):
            grad = grad_y[n, f, i, j]
            # y[n, f, i, j] is made of bias[f], and of weight[f] times the window
            self.grad_bias[f] += grad
            self.grad_weight[f] += grad * self.window(self.padded, n, i, j)
            # windows overlap and filters share pixels: += and not =
            self.window(grad_padded, n, i, j)[...] += grad * self.weight[f]
        height, width = self.x.shape[2:]
        return grad_padded[
            :, :, self.above : self.above + height, self.before : self.before + width
        ]

    def window(self, padded, n, i, j):
        """Return all channels of window (i, j); writing into them writes into `padded`."""
        top, left = i * self.down, j * self.right
        _, _, height, width = self.weight.shape
        return padded[n, :, top : top + height, left : left + width]
