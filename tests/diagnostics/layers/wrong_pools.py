"""Poolings with one mistake each, and the name that the check must give to it."""

import numpy as np

from tests.diagnostics.layers.bases import Average, Max, pair


class PadsWithZero(Max):
    fill = 0.0


class BeginsAtZero(Max):
    def answer(self, pixels):
        best = 0
        for pixel in pixels.flat:
            if pixel > best:
                best = pixel
        return best

    def give(self, grads, pixels, grad):
        if pixels.max() > 0:
            super().give(grads, pixels, grad)


class PaysEveryWinner(Max):
    def give(self, grads, pixels, grad):
        grads += grad * (pixels == pixels.max())


class SharesAmongWinners(Max):
    def give(self, grads, pixels, grad):
        mask = pixels == pixels.max()
        grads += grad * mask / mask.sum()


class PaysTheLastWinner(Max):
    def winner(self, pixels):
        best = (0, 0)
        for index in np.ndindex(*pixels.shape):
            if pixels[index] >= pixels[best]:
                best = index
        return best


class Assigns(Max):
    def give(self, grads, pixels, grad):
        grads[self.winner(pixels)] = grad


class AssignsTheWindow(Max):
    def give(self, grads, pixels, grad):
        grads[...] = 0
        grads[self.winner(pixels)] = grad


class ForgetsTheStride(Max):
    def start_backward(self, i, j):
        return i, j


class SwapsTheWindow(Max):
    def __init__(self, pool_size, stride=None, padding=0):
        super().__init__(pool_size, pool_size if stride is None else stride, padding)
        self.size = self.size[::-1]


class StepsByOne(Max):
    def __init__(self, pool_size, stride=1, padding=0):
        super().__init__(pool_size, stride, padding)


class SpreadsEvenly(Max):
    def give(self, grads, pixels, grad):
        grads += grad / pixels.size


class PaysEverybody(Max):
    def give(self, grads, pixels, grad):
        grads += grad


class TakesTheMean(Max):
    """Without an option for padding: the mean of -inf is another matter."""

    def __init__(self, pool_size, stride=None):
        super().__init__(pool_size, stride)

    def answer(self, pixels):
        return pixels.mean()

    def give(self, grads, pixels, grad):
        grads += grad / pixels.size


class RoundsUp(Max):
    def outputs(self, size, kernel, step):
        return -(-(size - kernel) // step) + 1


class CropsByMinusPadding(Max):
    def crop(self, padded, shape):
        p, q = self.padding
        return padded[:, :, p:-p, q:-q]


class Squeezes(Max):
    """Crashes for grey images with a batch of several."""

    def forward(self, x):
        x = x.squeeze()
        return super().forward(x[None, None] if x.ndim == 2 else x)


class RefusesRaggedEdges(Max):
    def outputs(self, size, kernel, step):
        if (size - kernel) % step:
            raise ValueError("the image cannot be cut into whole windows")
        return super().outputs(size, kernel, step)


class ForgetsTheStrideAndPaysTies(ForgetsTheStride):
    def give(self, grads, pixels, grad):
        if pixels.size:
            grads += grad * (pixels == pixels.max())


class SwapsInBackward(Average):
    def backward(self, grad_y):
        self.size = self.size[::-1]
        return super().backward(grad_y)


class AddsUp(Average):
    def answer(self, pixels):
        return pixels.sum()


class ForgetsToDivide(Average):
    def give(self, grads, pixels, grad):
        grads += grad


class AssignsAverages(Average):
    def give(self, grads, pixels, grad):
        grads[...] = grad / pixels.size


class CountsRealPixels(Average):
    fill = np.nan

    def answer(self, pixels):
        return np.nanmean(pixels)

    def give(self, grads, pixels, grad):
        grads += grad / np.sum(~np.isnan(pixels))


class IgnoresCounting(Average):
    def __init__(self, pool_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(pool_size, stride, padding)


class TakesTheLargest(Average):
    def answer(self, pixels):
        return pixels.max()

    def give(self, grads, pixels, grad):
        grads[np.unravel_index(pixels.argmax(), pixels.shape)] += grad


class StrideOfWidth(Average):
    def __init__(self, pool_size, stride=None, padding=0):
        super().__init__(pool_size, pair(pool_size if stride is None else stride)[1], padding)


# what it is checked like, kind of the finding, arrays it is about
POOLS = {
    PadsWithZero: ("MaxPool", "pads with zero", "y grad_x"),
    BeginsAtZero: ("MaxPool", "begins at zero", "y grad_x"),
    PaysEveryWinner: ("MaxPool", "pays every winner", "grad_x"),
    SharesAmongWinners: ("MaxPool", "shares among winners", "grad_x"),
    PaysTheLastWinner: ("MaxPool", "pays the last winner", "grad_x"),
    Assigns: ("MaxPool", "assigns", "grad_x"),
    AssignsTheWindow: ("MaxPool", "assigns", "grad_x"),
    ForgetsTheStride: ("MaxPool", "stride missing", "grad_x"),
    SwapsTheWindow: ("MaxPool", "window swapped", "y"),
    StepsByOne: ("MaxPool", "default stride", "y"),
    SpreadsEvenly: ("MaxPool", "spreads", "grad_x"),
    PaysEverybody: ("MaxPool", "pays everybody", "grad_x"),
    TakesTheMean: ("MaxPool", "mean", "y grad_x"),
    RoundsUp: ("MaxPool", "rounded up", "y"),
    CropsByMinusPadding: ("MaxPool", "empty", "grad_x"),
    Squeezes: ("MaxPool", "crash", ""),
    RefusesRaggedEdges: ("MaxPool", "crash", ""),
    ForgetsTheStrideAndPaysTies: ("MaxPool", "stride missing", "grad_x"),
    SwapsInBackward: ("AvgPool", "window swapped", "grad_x"),
    AddsUp: ("AvgPool", "sum", "y"),
    ForgetsToDivide: ("AvgPool", "sum", "grad_x"),
    AssignsAverages: ("AvgPool", "assigns", "grad_x"),
    CountsRealPixels: ("AvgPool", "counts real pixels only", "y grad_x"),
    IgnoresCounting: ("AvgPool", "counts padding", "y grad_x"),
    TakesTheLargest: ("AvgPool", "largest", "y grad_x"),
    StrideOfWidth: ("AvgPool", "stride of width", "y"),
}
