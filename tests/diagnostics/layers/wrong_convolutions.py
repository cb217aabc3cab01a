"""Convolutions whose windows go wrong, and the name that the check must give to it."""

import numpy as np

from tests.diagnostics.layers.bases import Conv, pair


class Flipped(Conv):
    def filters(self):
        return self.weight[:, :, ::-1, ::-1]

    def learn(self, grad, window):
        self.grad_weight += np.tensordot(grad, window, axes=(0, 0))[:, :, ::-1, ::-1]


class FlippedInBackward(Conv):
    def filters_backward(self):
        return self.weight[:, :, ::-1, ::-1]


class KernelTransposed(Conv):
    """Only square kernels run at all."""

    def answer(self, window):
        turned = self.weight.swapaxes(2, 3)
        return np.tensordot(window, turned, axes=([1, 2, 3], [1, 2, 3]))


class Assigns(Conv):
    def give(self, window, share):
        window[...] = share


class LastFilterWins(Conv):
    def give(self, window, share):
        window[...] = share

    def backward(self, grad_y):
        super().backward(grad_y)
        grad_padded = np.zeros(self.padded.shape)
        for f, i, j in np.ndindex(*grad_y.shape[1:]):
            grad = grad_y[:, f, i, j].reshape(-1, 1, 1, 1)
            self.window(grad_padded, self.start(i, j))[...] = grad * self.weight[f]
        return self.crop(grad_padded, self.x.shape)


class ForgetsTheStride(Conv):
    def start_backward(self, i, j):
        return i, j


class SwapsStride(Conv):
    def __init__(self, weight, bias=None, stride=1, padding=0):
        super().__init__(weight, bias, stride, padding)
        self.stride = self.stride[::-1]


class StrideOfHeight(Conv):
    def __init__(self, weight, bias=None, stride=1, padding=0):
        super().__init__(weight, bias, pair(stride)[0], padding)


class StridesInsideTheWindow(Conv):
    """The first defect of the list: as_strided with its two pairs of steps exchanged."""

    def window(self, padded, start):
        i, j = start[0] // self.stride[0], start[1] // self.stride[1]
        (down, right), (height, width) = self.stride, self.size
        return padded[:, :, i : i + height * down : down, j : j + width * right : right]


class ForgetsThePadding(Conv):
    def pad(self, x):
        return x

    def crop(self, padded, shape):
        return padded


class PadsOneSide(Conv):
    def pad(self, x):
        p, q = self.padding
        return np.pad(x, ((0, 0), (0, 0), (p, 0), (q, 0)))


class PadsWithTheBorder(Conv):
    def pad(self, x):
        p, q = self.padding
        return np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)), mode="edge")


class CutsAtTheCorner(Conv):
    def crop(self, padded, shape):
        return padded[:, :, : shape[2], : shape[3]]


class ForgetsToCrop(Conv):
    def crop(self, padded, shape):
        return padded


class CropsByMinusPadding(Conv):
    def crop(self, padded, shape):
        p, q = self.padding
        return padded[:, :, p:-p, q:-q]


class SameByHalfTheKernel(Conv):
    def __init__(self, weight, bias=None, stride=1, padding=0):
        if padding == "same":
            padding = weight.shape[2] // 2, weight.shape[3] // 2
        super().__init__(weight, bias, stride, padding)


class RoundsUp(Conv):
    def outputs(self, size, kernel, step):
        return -(-(size - kernel) // step) + 1

    def window(self, padded, start):
        found = super().window(padded, start)
        missing = [(0, k - size) for k, size in zip(self.size, found.shape[2:], strict=True)]
        return np.pad(found, ((0, 0), (0, 0), *missing)) if any(map(sum, missing)) else found


class OneTooFew(Conv):
    def outputs(self, size, kernel, step):
        return (size - kernel) // step


class AssignsAndForgetsTheStride(ForgetsTheStride):
    def give(self, window, share):
        window[...] = share


# kind of the finding, arrays it is about
CONVOLUTIONS = {
    Flipped: ("flipped", "y grad_x grad_weight"),
    FlippedInBackward: ("flipped", "grad_x"),
    KernelTransposed: ("kernel transposed", "y"),
    Assigns: ("assigns", "grad_x"),
    LastFilterWins: ("last filter only", "grad_x"),
    ForgetsTheStride: ("stride missing", "grad_x grad_weight"),
    SwapsStride: ("stride swapped", "y"),
    StrideOfHeight: ("stride of height", "y"),
    StridesInsideTheWindow: ("steps exchanged", "y grad_x grad_weight"),
    ForgetsThePadding: ("padding missing", "y"),
    PadsOneSide: ("padding on one side", "y"),
    PadsWithTheBorder: ("pads with the border", "y grad_weight"),
    CutsAtTheCorner: ("crop at the corner", "grad_x"),
    ForgetsToCrop: ("not cropped", "grad_x"),
    CropsByMinusPadding: ("empty", "grad_x"),
    SameByHalfTheKernel: ('"same" by half the kernel', "y grad_x grad_weight"),
    RoundsUp: ("rounded up", "y"),
    OneTooFew: ("one output too few", "y"),
    AssignsAndForgetsTheStride: ("assigns", "grad_x"),
}
