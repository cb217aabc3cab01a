"""Exercise 3: Dense, the fully connected layer.

    y[n, u] = bias[u] + sum over f of weight[u, f] * x[n, f]

for sample n, unit u and feature f. x has shape (samples, features), y (samples, units).

Check it:  minitorchcnn check exercises/dense.py
"""


class MyDense:
    """Every output is a weighted sum of all features, plus a bias."""

    def __init__(self, weight, bias):
        self.weight = weight  # (units, features)
        self.bias = bias  # (units,)

    def forward(self, x):
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x; keep the gradients of weight and bias.

        Set self.grad_weight and self.grad_bias, arrays of the shapes of weight and bias. Look at
        the formula above: which y does weight[u, f] help to make? Its gradient is a sum over all
        of them.
        """
        raise NotImplementedError
