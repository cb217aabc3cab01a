"""Flatten, written out."""


class MyFlatten:
    """Lays every sample out as one row."""

    def forward(self, x):
        """Return x as (samples, numbers of a sample)."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad_y):
        """Put every number back where it came from."""
        return grad_y.reshape(self.shape)
