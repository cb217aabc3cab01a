"""Convolutions whose sums go wrong: over channels, filters, samples, places; and bad manners."""

import numpy as np

from tests.diagnostics.layers.bases import Conv


class NoBias(Conv):
    def biased(self, y):
        return y


class BiasPerChannel(Conv):
    def biased(self, y):
        for _ in range(self.x.shape[1] if self.bias is not None else 0):
            y = super().biased(y)
        return y


class BiasOfEverySample(Conv):
    def learn_bias(self, grad_y):
        self.grad_bias = grad_y.sum(axis=(2, 3))


class BiasOfEveryPlace(Conv):
    def learn_bias(self, grad_y):
        self.grad_bias = grad_y.sum(axis=0)


class AveragesTheBatch(Conv):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.grad_weight /= len(grad_y)
        self.grad_bias = self.grad_bias / len(grad_y)
        return grad_x


class LastSample(Conv):
    def learn(self, grad, window):
        self.grad_weight += np.tensordot(grad[-1:], window[-1:], axes=(0, 0))


class LastWindow(Conv):
    def learn(self, grad, window):
        self.grad_weight = np.tensordot(grad, window, axes=(0, 0))


class PilesUp(Conv):
    def begin(self):
        if not hasattr(self, "grad_weight"):
            super().begin()


class FirstChannel(Conv):
    def answer(self, window):
        return np.tensordot(window[:, 0], self.weight[:, 0], axes=([1, 2], [1, 2]))


class TakesTheMean(Conv):
    def answer(self, window):
        return super().answer(window) / (self.size[0] * self.size[1])


class Float32(Conv):
    def new(self, shape):
        return np.zeros(shape, dtype=np.float32)


class WholeNumbers(Conv):
    def new(self, shape):
        return np.zeros(shape, dtype=int)


class ChangesX(Conv):
    def backward(self, grad_y):
        grad_x = super().backward(grad_y)
        self.x[...] = 0
        return grad_x


class ChangesGradY(Conv):
    def learn_bias(self, grad_y):
        super().learn_bias(grad_y)
        grad_y *= 2


class WrongSign(Conv):
    def backward(self, grad_y):
        return -super().backward(grad_y)


class ForgetsGradY(Conv):
    def backward(self, grad_y):
        return super().backward(np.ones(grad_y.shape))


class TwiceTooLarge(Conv):
    def backward(self, grad_y):
        return 2 * super().backward(grad_y)


# kind of the finding, arrays it is about
SUMS = {
    NoBias: ("bias missing", "y"),
    BiasPerChannel: ("bias per channel", "y"),
    BiasOfEverySample: ("bias not summed over the batch", "grad_bias"),
    BiasOfEveryPlace: ("bias not summed over places", "grad_bias"),
    AveragesTheBatch: ("batch average", "grad_weight grad_bias"),
    LastSample: ("last sample only", "grad_weight"),
    LastWindow: ("last window only", "grad_weight"),
    PilesUp: ("piles up", "grad_weight"),
    FirstChannel: ("first channel only", "y"),
    TakesTheMean: ("mean of the window", "y"),
    Float32: ("float32", "y"),
    WholeNumbers: ("whole numbers", "y"),
    ChangesX: ("modifies its input", ""),
    ChangesGradY: ("modifies its input", ""),
    WrongSign: ("sign", "grad_x"),
    ForgetsGradY: ("grad_y unused", "grad_x grad_weight grad_bias"),
    TwiceTooLarge: ("factor", "grad_x"),
}
