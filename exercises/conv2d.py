"""Exercise 6: convolution, the layer that gives these networks their name.

With x_padded for x with self.above rows of zeros above and below it, and self.before columns of
zeros on either side,

    y[n, f, i, j] = bias[f] + sum over c, u, v of
                    weight[f, c, u, v] * x_padded[n, c, i * down + u, j * right + v]

for sample n, filter f, channel c and kernel element (u, v). There are as many windows below each
other as whole ones fit: (height of x_padded - height of kernel) // down + 1.

Check it:  minitorchcnn check exercises/conv2d.py
"""


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
        """Return y. Keep in `self` what backward will need."""
        raise NotImplementedError

    def backward(self, grad_y):
        """Return grad_x; keep the gradients of weight and bias.

        Set self.grad_weight and self.grad_bias, arrays of the shapes of weight and bias. Every
        product weight * x in the formula gives a gradient to both of its factors: the weight's is
        grad_y * x, the pixel's is grad_y * weight. Add up all that each of them gets.
        """
        raise NotImplementedError
