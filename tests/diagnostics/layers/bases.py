"""Right layers as a learner writes them, with a method for each step that may go wrong.

Written without looking at the package's own loops, so that a wrong layer made from these does not
share a mistake's code with the check that shall name it.
"""

import numpy as np


def pair(size):
    return tuple(size) if isinstance(size, (tuple, list)) else (size, size)


class Windows:
    """Steps that convolution and pooling share."""

    fill = 0.0

    def places(self, count):
        return [(i, j) for i in range(count[0]) for j in range(count[1])]

    def count(self, padded):
        return tuple(
            self.outputs(size, kernel, step)
            for size, kernel, step in zip(padded.shape[2:], self.size, self.stride, strict=True)
        )

    def outputs(self, size, kernel, step):
        return (size - kernel) // step + 1

    def pad(self, x):
        (p, q), filled = self.padding, self.fill
        return np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)), constant_values=filled)

    def crop(self, padded, shape):
        p, q = self.padding
        return padded[:, :, p : p + shape[2], q : q + shape[3]]

    def start(self, i, j):
        return i * self.stride[0], j * self.stride[1]

    def start_backward(self, i, j):
        return self.start(i, j)

    def window(self, padded, start):
        top, left = start
        return padded[:, :, top : top + self.size[0], left : left + self.size[1]]


class Conv(Windows):
    def __init__(self, weight, bias=None, stride=1, padding=0):
        self.weight, self.bias = weight, bias
        self.size, self.stride, self.padding = weight.shape[2:], pair(stride), pair(padding)

    def filters(self):
        return self.weight

    def filters_backward(self):
        return self.filters()

    def forward(self, x):
        self.x, self.padded = x, self.pad(x)
        rows, columns = self.count(self.padded)
        y = self.new((len(x), len(self.weight), rows, columns))
        for i, j in self.places((rows, columns)):
            window = self.window(self.padded, self.start(i, j))
            y[:, :, i, j] = self.answer(window)
        return self.biased(y)

    def new(self, shape):
        return np.zeros(shape)

    def answer(self, window):
        return np.tensordot(window, self.filters(), axes=([1, 2, 3], [1, 2, 3]))

    def biased(self, y):
        return y if self.bias is None else y + self.bias.reshape(1, -1, 1, 1)

    def backward(self, grad_y):
        self.begin()
        grad_padded = np.zeros(self.padded.shape)
        for i, j in self.places(grad_y.shape[2:]):
            grad, start = grad_y[:, :, i, j], self.start_backward(i, j)
            self.give(
                self.window(grad_padded, start), np.tensordot(grad, self.filters_backward(), axes=1)
            )
            self.learn(grad, self.window(self.padded, start))
        self.learn_bias(grad_y)
        return self.crop(grad_padded, self.x.shape)

    def begin(self):
        self.grad_weight = np.zeros(self.weight.shape)

    def give(self, window, share):
        window += share[:, :, : window.shape[2], : window.shape[3]]

    def learn(self, grad, window):
        self.grad_weight += np.tensordot(grad, window, axes=(0, 0))

    def learn_bias(self, grad_y):
        self.grad_bias = grad_y.sum(axis=(0, 2, 3))


class Pool(Windows):
    def __init__(self, pool_size, stride=None, padding=0):
        self.size, self.padding = pair(pool_size), pair(padding)
        self.stride = self.size if stride is None else pair(stride)

    def forward(self, x):
        self.x, self.padded = x, self.pad(x)
        rows, columns = self.count(self.padded)
        y = np.zeros((*x.shape[:2], rows, columns))
        for i, j in self.places((rows, columns)):
            window = self.window(self.padded, self.start(i, j))
            for n, c in np.ndindex(*x.shape[:2]):
                y[n, c, i, j] = self.answer(window[n, c])
        return y

    def backward(self, grad_y):
        grad_padded = np.zeros(self.padded.shape)
        for i, j in self.places(grad_y.shape[2:]):
            start = self.start_backward(i, j)
            pixels, grads = self.window(self.padded, start), self.window(grad_padded, start)
            for n, c in np.ndindex(*grad_y.shape[:2]):
                self.give(grads[n, c], pixels[n, c], grad_y[n, c, i, j])
        return self.crop(grad_padded, self.x.shape)


class Max(Pool):
    fill = -np.inf

    def answer(self, pixels):
        return pixels.max()

    def winner(self, pixels):
        return np.unravel_index(np.argmax(pixels), pixels.shape)

    def give(self, grads, pixels, grad):
        grads[self.winner(pixels)] += grad


class Average(Pool):
    def answer(self, pixels):
        return pixels.sum() / (self.size[0] * self.size[1])

    def give(self, grads, pixels, grad):
        grads += grad / (self.size[0] * self.size[1])


class Linear:
    def __init__(self, weight, bias=None):
        self.weight, self.bias = weight, bias

    def forward(self, x):
        self.x = x
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias

    def backward(self, grad_y):
        self.grad_weight, self.grad_bias = grad_y.T @ self.x, grad_y.sum(axis=0)
        return grad_y @ self.weight


class Rectifier:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad_y):
        return np.where(self.x > 0, grad_y, 0)


class Rows:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, grad_y):
        return grad_y.reshape(self.shape)


class Normalizer:
    def __init__(self, weight, bias, epsilon=1e-5):
        self.weight, self.bias, self.epsilon = weight, bias, epsilon

    def along(self, values):
        return values.reshape((1, -1) + (1,) * (self.x.ndim - 2))

    def axes(self):
        return (0, *range(2, self.x.ndim))

    def variance(self, x):
        return x.var(axis=self.axes(), keepdims=True)

    def deviation(self, variance):
        return np.sqrt(variance + self.epsilon)

    def forward(self, x):
        self.x = x
        centred = x - x.mean(axis=self.axes(), keepdims=True)
        self.spread = self.deviation(self.variance(x))
        self.normal = centred / self.spread
        return self.normal * self.along(self.weight) + self.along(self.bias)

    def backward(self, grad_y):
        axes = self.axes()
        self.grad_weight = (grad_y * self.normal).sum(axis=axes)
        self.grad_bias = grad_y.sum(axis=axes)
        return self.grad_input(grad_y * self.along(self.weight), axes)

    def grad_input(self, grad, axes):
        mean = grad.mean(axis=axes, keepdims=True)
        along = (grad * self.normal).mean(axis=axes, keepdims=True)
        return (grad - mean - self.normal * along) / self.spread
