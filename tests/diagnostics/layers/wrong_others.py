"""Layers without windows, and losses, with one mistake each, and the name it must be given."""

import numpy as np

from tests.diagnostics.layers.bases import Linear, Normalizer, Rows


class ColumnByColumn(Rows):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), *x.shape[1:][::-1]) if x.ndim == 1 else self.lie(x)

    def lie(self, x):
        return np.stack([sample.flatten(order="F") for sample in x])

    def backward(self, grad_y):
        return np.stack([row.reshape(self.shape[1:], order="F") for row in grad_y])


class ChannelsInside(Rows):
    def forward(self, x):
        self.shape = x.shape
        return np.moveaxis(x, 1, -1).reshape(len(x), -1)


class OneRowForAll(Rows):
    def forward(self, x):
        self.shape = x.shape
        return x.flatten()


class StaysFlat(Rows):
    def backward(self, grad_y):
        return grad_y


class DenseTransposed(Linear):
    """Runs for square weights only."""

    def forward(self, x):
        self.x = x
        return x @ self.weight + (0 if self.bias is None else self.bias)


class GradientTransposed(Linear):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.grad_weight = self.x.T @ grad_y
        return grad_x


class BiasNotSummed(Linear):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.grad_bias = grad_y
        return grad_x


class BiasOverUnits(Linear):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.grad_bias = grad_y.sum(axis=1)
        return grad_x


class AveragesTheBatch(Linear):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.grad_weight, self.grad_bias = self.grad_weight / len(grad_y), grad_y.mean(axis=0)
        return grad_x


class LastSample(Linear):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        for row, grad in zip(self.x, grad_y, strict=True):
            self.grad_weight = np.outer(grad, row)
        return grad_x


class NoBias(Linear):
    def forward(self, x):
        self.x = x
        return x @ self.weight.T


class GlobalSum:
    def forward(self, x):
        self.x = x
        return x.sum(axis=(2, 3))

    def backward(self, grad_y):
        share = grad_y / (self.x.shape[2] * self.x.shape[3])
        return np.ones(self.x.shape) * share[:, :, None, None]


class GlobalGradientWhole(GlobalSum):
    def forward(self, x):
        self.x = x
        return x.mean(axis=(2, 3))

    def backward(self, grad_y):
        return np.ones(self.x.shape) * grad_y[:, :, None, None]


class KeepsAxes(GlobalSum):
    def forward(self, x):
        self.x = x
        return x.mean(axis=(2, 3), keepdims=True)


class UnbiasedVariance(Normalizer):
    def variance(self, x):
        return x.var(axis=self.axes(), keepdims=True, ddof=1)


class EpsilonOutside(Normalizer):
    def deviation(self, variance):
        return np.sqrt(variance) + self.epsilon


class ConstantStatistics(Normalizer):
    def grad_input(self, grad, axes):
        return grad / self.spread


class ConstantVariance(Normalizer):
    def grad_input(self, grad, axes):
        return (grad - grad.mean(axis=axes, keepdims=True)) / self.spread


def cross_entropy(logits, labels):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(p))
    losses = np.log(powers.sum(axis=1)) - (logits - logits.max(axis=1, keepdims=True))[rows, labels]
    grad = p.copy()
    grad[rows, labels] -= 1
    return losses, p, grad


def sums_over_the_batch(logits, labels):
    losses, _, grad = cross_entropy(logits, labels)
    return losses.sum(), grad


def gradient_of_the_sum(logits, labels):
    losses, _, grad = cross_entropy(logits, labels)
    return losses.mean(), grad


def probabilities_alone(logits, labels):
    losses, p, _ = cross_entropy(logits, labels)
    return losses.mean(), p / len(p)


def softmax_over_the_batch(logits, labels):
    p = np.exp(logits - logits.max(axis=0))
    p /= p.sum(axis=0)
    rows = np.arange(len(p))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(p)


def overflows(logits, labels):
    powers = np.exp(logits)
    p = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(p))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(p)


def loss_alone(logits, labels):
    return cross_entropy(logits, labels)[0].mean()


LOSS = "softmax_cross_entropy"

# what it is checked like, kind of the finding, arrays it is about
OTHERS = {
    ColumnByColumn: ("Flatten", "column by column", "y grad_x"),
    ChannelsInside: ("Flatten", "channels last", "y"),
    OneRowForAll: ("Flatten", "one row for all", "y"),
    StaysFlat: ("Flatten", "not unflattened", "grad_x"),
    DenseTransposed: ("Dense", "weight transposed", "y"),
    GradientTransposed: ("Dense", "grad_weight transposed", "grad_weight"),
    BiasNotSummed: ("Dense", "bias not summed over the batch", "grad_bias"),
    BiasOverUnits: ("Dense", "bias summed over units", "grad_bias"),
    AveragesTheBatch: ("Dense", "batch average", "grad_weight grad_bias"),
    LastSample: ("Dense", "last sample only", "grad_weight"),
    NoBias: ("Dense", "bias missing", "y"),
    GlobalSum: ("GlobalAvgPool", "sum", "y"),
    GlobalGradientWhole: ("GlobalAvgPool", "gradient not divided", "grad_x"),
    KeepsAxes: ("GlobalAvgPool", "axes kept", "y"),
    UnbiasedVariance: ("BatchNorm", "unbiased variance", "y grad_x grad_weight"),
    EpsilonOutside: ("BatchNorm", "epsilon outside", "y grad_x grad_weight"),
    ConstantStatistics: ("BatchNorm", "mean and variance constant", "grad_x"),
    ConstantVariance: ("BatchNorm", "variance constant", "grad_x"),
    sums_over_the_batch: (LOSS, "sum over the batch", "loss grad_logits"),
    gradient_of_the_sum: (LOSS, "sum over the batch", "grad_logits"),
    probabilities_alone: (LOSS, "right class not subtracted", "grad_logits"),
    softmax_over_the_batch: (LOSS, "wrong axis", "loss grad_logits"),
    overflows: (LOSS, "overflow", "loss grad_logits"),
    loss_alone: (LOSS, "absent", "grad_logits"),
}
