"""Max-pooling, written out."""

import numpy as np


def pair(size):
    """Write 2 as (2, 2)."""
    return size if isinstance(size, tuple) else (size, size)


class MyMaxPool:
    """The largest pixel of each window."""

    def __init__(self, pool_size, stride=None, padding=0):
        self.height, self.width = pair(pool_size)
        self.down, self.right = pair(pool_size if stride is None else stride)
        self.above, self.before = pair(padding)

    def forward(self, x):
        """Return y[n, c, i, j], the largest pixel of window (i, j)."""
        self.x = x
        sides = ((0, 0), (0, 0), (self.above, self.above), (self.before, self.before))
        self.padded = np.pad(x, sides, constant_values=-np.inf)  # padding must never win
        samples, channels, height, width = self.padded.shape
        rows = (height - self.height) // self.down + 1
        columns = (width - self.width) // self.right + 1
        y = np.zeros((samples, channels, rows, columns), dtype=x.dtype)
        for n, c, i, j in np.ndindex(*y.shape):
            y[n, c, i, j] = self.window(self.padded, n, c, i, j).max()
        return y

    def backward(self, grad_y):
        """Give the gradient of each window to its largest pixel."""
        grad_padded = np.zeros_like(self.padded)
        for n, c, i, j in np.ndindex(*grad_y.shape):
            pixels = self.window(self.padded, n, c, i, j)
            # argmax finds the first of equal pixels, so a tie is paid once
            winner = np.unravel_index(pixels.argmax(), pixels.shape)
            # a pixel may win in several windows: += and not =
            self.window(grad_padded, n, c, i, j)[winner] += grad_y[n, c, i, j]
        height, width = self.x.shape[2:]
        return grad_padded[
            :, :, self.above : self.above + height, self.before : self.before + width
        ]

    def window(self, padded, n, c, i, j):
        """Return the pixels of window (i, j); writing into them writes into `padded`."""
        top, left = i * self.down, j * self.right
        return padded[n, c, top : top + self.height, left : left + self.width]
