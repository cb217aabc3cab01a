"""Exercise 5: max-pooling, which keeps the strongest answer of each window.

Windows slide as in exercise 4, but around the image there may be padding: self.above rows above and
as many below, self.before columns on the left and as many on the right. Padding never wins, however
small the pixels are. y[n, c, i, j] is the largest pixel under window (i, j).

Check it:  minitorchcnn check exercises/max_pool.py
"""


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
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x.

        The largest pixel of a window gets the whole gradient of its output, the others nothing. Of
        equal pixels the first does, row by row. A pixel may win in several windows.
        """
        raise NotImplementedError
