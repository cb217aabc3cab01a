"""Exercise 2: Flatten, which makes images into rows for a Dense layer.

x has shape (samples, channels, height, width), y has shape (samples, channels * height * width):
channel by channel, each row by row. Rows stay as they are.

Check it:  minitorchcnn check exercises/flatten.py
"""


class MyFlatten:
    """Lays every sample out as one row."""

    def forward(self, x):
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x, in the shape that x had."""
        raise NotImplementedError
