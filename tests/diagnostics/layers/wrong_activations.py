"""Activations with one mistake each, and the name that the check must give to it."""

import numpy as np

from tests.diagnostics.layers.bases import Rectifier


class SlopeAtZero(Rectifier):
    def backward(self, grad_y):
        return grad_y * (self.x >= 0)


class SignOfTheGradient(Rectifier):
    def backward(self, grad_y):
        return np.where(grad_y > 0, grad_y, 0)


class LetsEverythingThrough(Rectifier):
    def backward(self, grad_y):
        return grad_y.copy()


class MaskAlone(Rectifier):
    def backward(self, grad_y):
        return (self.x > 0).astype(float)


class InPlace(Rectifier):
    def forward(self, x):
        x[x < 0] = 0
        self.x = x
        return x


class GradientInPlace(Rectifier):
    def backward(self, grad_y):
        grad_y[self.x <= 0] = 0
        return grad_y


class FirstSampleOnly(Rectifier):
    def forward(self, x):
        self.x = x
        y = np.zeros(x.shape)
        y[0] = np.maximum(x[0], 0)
        return y


class LeakyWithoutSlope(Rectifier):
    def __init__(self, slope=0.01):
        self.slope = slope


class LeakyByHabit:
    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.01 * x)

    def backward(self, grad_y):
        return np.where(self.x > 0, grad_y, 0.01 * grad_y)


class SigmoidSlopeOfX:
    def forward(self, x):
        self.x = x
        return 1 / (1 + np.exp(-x))

    def backward(self, grad_y):
        return grad_y * self.x * (1 - self.x)


class SigmoidTwice(SigmoidSlopeOfX):
    def forward(self, x):
        self.y = super().forward(x)
        return self.y

    def backward(self, grad_y):
        again = 1 / (1 + np.exp(-self.y))
        return grad_y * again * (1 - again)


class TanhNotSquared:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad_y):
        return grad_y * (1 - self.y)


class TanhOverflows:
    def forward(self, x):
        up, down = np.exp(x), np.exp(-x)
        self.y = (up - down) / (up + down)
        return self.y

    def backward(self, grad_y):
        return grad_y * (1 - self.y**2)


# what it is checked like, kind of the finding, arrays it is about
ACTIVATIONS = {
    SlopeAtZero: ("ReLU", "slope at zero", "grad_x"),
    SignOfTheGradient: ("ReLU", "sign of grad_y", "grad_x"),
    LetsEverythingThrough: ("ReLU", "gradient unmasked", "grad_x"),
    MaskAlone: ("ReLU", "mask alone", "grad_x"),
    InPlace: ("ReLU", "modifies its input", ""),
    GradientInPlace: ("ReLU", "modifies its input", ""),
    FirstSampleOnly: ("ReLU", "first sample only", "y"),
    LeakyWithoutSlope: ("LeakyReLU", "no slope", "y grad_x"),
    LeakyByHabit: ("LeakyReLU", "default slope", "y grad_x"),
    SigmoidSlopeOfX: ("Sigmoid", "slope of x", "grad_x"),
    SigmoidTwice: ("Sigmoid", "sigmoid twice", "grad_x"),
    TanhNotSquared: ("Tanh", "not squared", "grad_x"),
    TanhOverflows: ("Tanh", "overflow", "y grad_x"),
}
