"""Exercise 1: ReLU, the layer that makes a network more than one big sum.

y = x where x is positive, otherwise 0. x may have any shape.

Check it:  minitorchcnn check exercises/relu.py
"""


class MyReLU:
    """Sets negative numbers to 0."""

    def forward(self, x):
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x.

        grad_y says how much the loss grows for each number of y. How much does it grow for each
        number of x? At x = 0 exactly, take the slope to be 0.
        """
        raise NotImplementedError
