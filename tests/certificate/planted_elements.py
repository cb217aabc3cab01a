"""Faults planted in activations, Dropout, BatchNorm and the losses."""

from minitorchcnn import BatchNorm, Dense, Dropout, Flatten, LeakyReLU, ReLU, Sigmoid, Tanh
from tests.certificate.fault import Fault, between, edit, rows

MEAN = "_along(grad_bias, grad_y) + normalized * _along(grad_weight, grad_y)"

ELEMENTS = {
    "relu: mask forgotten": Fault(
        edit("activation:relu_backward", "saved > 0", "saved >= 0"), rows(ReLU), "2.x derivative"
    ),
    "relu: wrong half": Fault(
        edit("activation:relu_backward", "saved > 0", "saved <= 0"), rows(ReLU), "2.x one side"
    ),
    "leaky: slope squared": Fault(
        edit("activation:leaky_relu_backward", "grad_y * slope", "grad_y * slope * slope"),
        rows(lambda: LeakyReLU(0.3)),
        "2.x one side",
    ),
    "leaky: halves exchanged": Fault(
        edit("activation:leaky_relu_backward", "saved > 0", "saved <= 0"),
        rows(lambda: LeakyReLU(0.3)),
        "2.x one side",
    ),
    "sigmoid: factor missing": Fault(
        edit("activation:sigmoid_backward", "grad_y * saved * (1 - saved)", "grad_y * (1 - saved)"),
        rows(Sigmoid),
        "2.x ?",
    ),
    "tanh: not squared": Fault(
        edit("activation:tanh_backward", "saved * saved", "saved"),
        lambda: [Flatten(), Tanh(), Dense(2)],
        "1.x ?",
    ),
    "tanh: derivative missing": Fault(
        edit("activation:tanh_backward", "grad_y * (1 - saved * saved)", "grad_y"),
        lambda: [Flatten(), Tanh(), Dense(2)],
        "1.x derivative",
    ),
    "dropout: factor missing": Fault(
        edit("activation:dropout_backward", "grad_y * saved", "grad_y * (saved > 0)"),
        rows(lambda: Dropout(0.4)),
        "2.x scaled",
    ),
    "dropout: choice forgotten": Fault(
        edit("activation:dropout_backward", "grad_y * saved", "grad_y"),
        rows(lambda: Dropout(0.4), 9),
        "2.x derivative",
    ),
    "dropout: dropped ones let through": Fault(
        edit("activation:dropout_backward", "grad_y * saved", "grad_y * saved.max()"),
        rows(lambda: Dropout(0.4), 9),
        "2.x leak",
    ),
}

NORMALIZATION = {
    "term of the mean": Fault(
        edit("normalization:batch_norm_backward", MEAN, MEAN.partition(" + ")[2]),
        lambda: between(BatchNorm()),
        "1.x statistics",
    ),
    "term of the variance": Fault(
        edit("normalization:batch_norm_backward", MEAN, MEAN.partition(" + ")[0]),
        lambda: between(BatchNorm()),
        "1.x statistics",
    ),
    "both terms": Fault(
        edit("normalization:batch_norm_backward", "if from_batch:", "if False:"),
        lambda: between(BatchNorm()),
        "1.x statistics",
    ),
    "wrong number of values": Fault(
        edit("normalization:batch_norm_backward", "for axis in axes)", "for axis in axes[:1])"),
        lambda: between(BatchNorm()),
        "1.x statistics",
    ),
    "weight left out": Fault(
        edit(
            "normalization:batch_norm_backward", "weight * inverse_deviation", "inverse_deviation"
        ),
        lambda: between(BatchNorm()),
        "1.x scaled",
    ),
    "deviation left out": Fault(
        edit("normalization:batch_norm_backward", "weight * inverse_deviation", "weight"),
        lambda: between(BatchNorm()),
        "1.x scaled",
    ),
    "bias averaged": Fault(
        edit(
            "normalization:batch_norm_backward", "grad_y.sum(axis=axes)", "grad_y.mean(axis=axes)"
        ),
        lambda: between(BatchNorm()),
        "1.bias scaled",
    ),
    "weight: input not normalized": Fault(
        edit("normalization:batch_norm_backward", "(grad_y * normalized).sum", "(grad_y).sum"),
        lambda: between(BatchNorm()),
        "1.weight ?",
    ),
}

LOSSES = {
    "cross-entropy: sum for mean": Fault(
        edit("loss:softmax_cross_entropy", "grad_logits /= n", "pass"),
        rows(Sigmoid),
        "loss.x scaled",
        loss="softmax_cross_entropy",
    ),
    "cross-entropy: sign": Fault(
        edit("loss:softmax_cross_entropy", "] -= 1", "] += 1"),
        rows(Sigmoid),
        "loss.x ?",
        loss="softmax_cross_entropy",
    ),
    "squared error: factor 2 missing": Fault(
        edit("loss:mean_squared_error", "(2 / y.size)", "(1 / y.size)"),
        rows(Sigmoid),
        "loss.x scaled",
        loss="mean_squared_error",
    ),
}
