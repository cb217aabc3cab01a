"""Faults planted in pooling, Dense and Flatten."""

from minitorchcnn import AvgPool, Dense, Flatten, GlobalAvgPool, LeakyReLU, MaxPool, Tanh
from tests.certificate.fault import Fault, between, edit, square
from tests.certificate.mutants import Edit


def pool(kind, size, **options):
    return lambda: between(kind(size, **options))


RESHAPE = "grad_y.reshape(saved), []"
TURNED = "grad_y.reshape(saved[0], *saved[:0:-1]).transpose(0, 3, 2, 1), []"
WINS = "grad_y[..., *tap.outputs] * wins"

POOLING = {
    "max: overlaps assigned": Fault(
        edit(
            "pooling:max_pool_backward",
            f"pixels += {WINS}",
            "pixels[...] = np.where(wins, grad_y[..., *tap.outputs], pixels)",
        ),
        pool(MaxPool, 3, stride=1),
        "1.x overlap",
    ),
    "max: tie counted twice": Fault(
        edit("pooling:max_pool_backward", "wins &= still_open", "pass"), pool(MaxPool, 2), "1.x tie"
    ),
    "max: tie counted twice, ink and paper": Fault(
        edit("pooling:max_pool_backward", "wins &= still_open", "pass"),
        pool(MaxPool, (2, 3), stride=1),
        "1.x tie",
        look="ink and paper",
    ),
    "max: everybody wins": Fault(
        edit("pooling:max_pool_backward", WINS, "grad_y[..., *tap.outputs]"),
        pool(MaxPool, 2),
        "1.x leak",
    ),
    "max: sign": Fault(
        edit("pooling:max_pool_backward", f"pixels += {WINS}", f"pixels -= {WINS}"),
        pool(MaxPool, 2),
        "1.x sign",
    ),
    "average: wrong count": Fault(
        edit("pooling:avg_pool_backward", "grad_y * saved.share", "grad_y * saved.share.min()"),
        pool(AvgPool, 3, stride=1, padding=1, count_include_pad=False),
        "1.x border",
    ),
    "average: not divided": Fault(
        edit("pooling:avg_pool_backward", "grad_y * saved.share", "grad_y"),
        pool(AvgPool, (2, 3)),
        "1.x scaled",
    ),
    "average: overlaps assigned": Fault(
        edit("pooling:avg_pool_backward", "pixels += ", "pixels[...] = "),
        pool(AvgPool, 3, stride=1),
        "1.x overlap",
    ),
    "average: last column left out": Fault(
        edit(
            "pooling:avg_pool_backward",
            "grad_y * saved.share",
            "grad_y * saved.share * (np.arange(grad_y.shape[3]) < grad_y.shape[3] - 1)",
        ),
        pool(AvgPool, 2, stride=1),
        "1.x border",
    ),
    "global: not divided": Fault(
        edit("pooling:global_avg_pool_backward", "(grad_y / (height * width))", "grad_y"),
        lambda: [LeakyReLU(), GlobalAvgPool(), Dense(2)],
        "1.x scaled",
    ),
    "global: height for width": Fault(
        edit("pooling:global_avg_pool_backward", "height * width", "height * height"),
        lambda: [LeakyReLU(), GlobalAvgPool(), Dense(2)],
        "1.x scaled",
    ),
}

DENSE = {
    "x: weight transposed": Fault(
        edit("dense:dense_backward", "grad_y @ weight", "grad_y @ weight.T"),
        square,
        "2.x transposed",
    ),
    "weight: transposed": Fault(
        edit("dense:dense_backward", "grad_y.T @ x", "x.T @ grad_y"), square, "2.weight transposed"
    ),
    "weight: wrong order of memory": Fault(
        edit("dense:dense_backward", "grad_y.T @ x", "(x.T @ grad_y).reshape(weight.shape)"),
        lambda: [Flatten(), Tanh(), Dense(4)],
        "2.weight transposed",
    ),
    "weight: sign": Fault(
        edit("dense:dense_backward", "grad_y.T @ x", "-grad_y.T @ x"),
        lambda: [Flatten(), Tanh(), Dense(4)],
        "2.weight sign",
    ),
    "bias: mean for sum": Fault(
        edit("dense:dense_backward", "grad_y.sum(axis=0)", "grad_y.mean(axis=0)"),
        lambda: [Flatten(), Tanh(), Dense(4)],
        "2.bias scaled",
    ),
    "flatten: axes turned": Fault(
        Edit("layers.dense:Flatten.gradients", RESHAPE, TURNED),
        lambda: [LeakyReLU(0.5), Flatten(), Tanh(), Dense(2)],
        "1.x transposed",
    ),
}
