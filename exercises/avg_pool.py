"""Exercise 4: average-pooling, which makes images smaller by taking means.

A window slides over every channel of every image by itself: down by self.down pixels and right by
self.right pixels at a time. y[n, c, i, j] is the mean of the pixels under window (i, j), whose
upper left pixel is x[n, c, i * self.down, j * self.right]. Only whole windows count: what is left
over at the bottom and right is dropped, so there are

    (height of x - height of window) // down + 1

windows below each other. x has shape (samples, channels, height, width).

Check it:  minitorchcnn check exercises/avg_pool.py
"""


def pair(size):
    """Write 2 as (2, 2)."""
    return size if isinstance(size, tuple) else (size, size)


class MyAvgPool:
    """The mean of each window."""

    def __init__(self, pool_size, stride=None):
        self.height, self.width = pair(pool_size)
        self.down, self.right = pair(pool_size if stride is None else stride)

    def forward(self, x):
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x.

        Every pixel of a window has an equal share in its mean. If down is smaller than height,
        windows overlap: what does a pixel get that lies in two of them?
        """
        raise NotImplementedError
