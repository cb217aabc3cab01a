"""Faults planted in the convolution, alone and computed together with its neighbours."""

from minitorchcnn import Conv2D, Dense, Flatten, LeakyReLU, MaxPool, ReLU
from tests.certificate.fault import Fault, between, edit
from tests.certificate.mutants import Edit

ENGINE, BACK = "engine.convolution", "engine.convolution_gradients"


def conv(kernel_size=(3, 2), **options):
    return lambda: between(Conv2D(3, kernel_size, **options))


def joined():
    return [LeakyReLU(0.5), Conv2D(4, 3), ReLU(), MaxPool(2), Flatten(), Dense(3)]


def misread(**changed):
    """Let the weight's gradient read x through another window."""
    fields = ("input_size", "kernel_size", "stride", "padding", "dilation", "output_size")
    values = ", ".join(str(changed.get(field, f"geometry.{field}")) for field in fields)
    new = f"window_columns(x[tile.samples], type(geometry)({values}), groups"
    return Edit(
        f"ops.{BACK}:weight_gradient",
        "window_columns(x[tile.samples], geometry, groups",
        new,
    )


WIDE = {"stride": (2, 1), "padding": ((1, 0), (0, 2))}
SCATTERED = "pixels = grad_x[tile.samples, :, rows_in, columns_in]"
NO_STEP = "slice(columns_in.start, columns_in.start + columns_out.stop - columns_out.start)"
FLIPPED = "kernel[:, :, ::-1, ::-1]"
JOIN = "join_kernel(parts, sums[0].shape), ordered_sum"
BIAS = "grad_maps.sum(axis=(0, 2, 3))"

CONVOLUTION = {
    "x: sign": Fault(
        edit(f"{BACK}:_scattered", "return grad_x", "return -grad_x"),
        conv(**WIDE),
        "1.x sign",
    ),
    "x: kernel not flipped": Fault(edit(f"{BACK}:_flip", FLIPPED, "kernel"), conv(), "1.x flipped"),
    "x: only rows flipped": Fault(
        edit(f"{BACK}:_flip", FLIPPED, "kernel[:, :, ::-1]"),
        conv(),
        "1.x flipped",
    ),
    "x: near and far padding exchanged": Fault(
        edit(f"{BACK}:_backwards", "(r - a, r - b)", "(r - b, r - a)"),
        conv(padding=((1, 0), (1, 0))),
        "1.x shifted/padding",
    ),
    "x: overlaps assigned": Fault(
        edit(f"{BACK}:_scattered", "pixels += ", "pixels[...] = "),
        conv(**WIDE),
        "1.x overlap",
    ),
    "x: stride of the columns ignored": Fault(
        edit(
            f"{BACK}:_scattered",
            SCATTERED,
            SCATTERED.replace("columns_in]", NO_STEP + "]"),
        ),
        conv((2, 3), stride=(1, 2)),
        "1.x stride",
    ),
    "x: kernel transposed": Fault(
        edit(
            f"{BACK}:_scattered",
            "tap.row, tap.column,",
            "tap.column, tap.row,",
        ),
        conv((3, 3), stride=2, padding=1),
        "1.x transposed",
    ),
    "x: row of the kernel off by one": Fault(
        edit(f"{BACK}:_scattered", "tap.row, tap", "tap.row - 1, tap"),
        conv(**WIDE),
        "1.x ?",
    ),
    "x: last filter forgotten": Fault(
        edit(
            f"{BACK}:_scattered",
            "multiply([kernel], [grad_rows],",
            "multiply([kernel[..., :-1]], [grad_rows[:, :, :-1]],",
        ),
        conv(**WIDE),
        "1.x ?",
    ),
    "weight: doubled": Fault(
        edit(f"{BACK}:_WeightSum.add", "part += np", "part += 2 * np"),
        conv(**WIDE),
        "1.weight scaled",
    ),
    "weight: flipped": Fault(
        edit(f"{BACK}:_totals", JOIN, JOIN.replace("),", ")[..., ::-1, ::-1],")),
        conv(),
        "1.weight flipped",
    ),
    "weight: transposed kernel": Fault(
        edit(f"{BACK}:_totals", JOIN, JOIN.replace("),", ").swapaxes(2, 3),")),
        conv((3, 3)),
        "1.weight transposed",
    ),
    "weight: filters reversed": Fault(
        edit(f"{BACK}:_totals", JOIN, JOIN.replace("),", ")[::-1],")),
        conv(),
        "1.weight flipped/permuted",
    ),
    "weight: one sample only": Fault(
        edit(
            f"{BACK}:_WeightSum.add",
            "np.matmul(*factors).sum(axis=(0, 2))",
            "np.matmul(*factors)[-1].sum(axis=1)",
        ),
        conv(),
        "1.weight samples",
    ),
    "weight: not flipped back where it shares the columns of x's gradient": Fault(
        edit(
            f"{BACK}:_gathered",
            "(_flip(grad_flipped, groups)",
            "(_flip(grad_flipped, groups)[..., ::-1, ::-1]",
        ),
        conv((3, 3), padding=1),
        "1.weight flipped",
    ),
    "bias: last row left out where it shares the columns of x's gradient": Fault(
        edit(f"{BACK}:_gathered", "[:, :, own]", "[:, :, own][:, :, :-1]"),
        conv((3, 3), padding=1),
        "1.bias border",
    ),
    "weight: stride ignored": Fault(misread(stride=(1, 1)), conv(**WIDE), "1.weight stride"),
    "weight: dilation ignored": Fault(
        misread(dilation=(1, 1)), conv((2, 2), dilation=(2, 1)), "1.weight dilation"
    ),
    "weight: padding ignored": Fault(
        misread(padding=((0, 0), (0, 0))), conv(padding=(1, 0)), "1.weight padding/shifted"
    ),
    "bias: gradient missing": Fault(
        edit(
            f"{ENGINE}:convolve_backward",
            "None if saved.bias is None else grad_bias",
            "None",
        ),
        conv(),
        "1.bias missing",
    ),
    "bias: gradient zero": Fault(
        edit(f"{BACK}:weight_gradient", BIAS, "0"), conv(), "1.bias missing"
    ),
    "bias: mean for sum": Fault(
        edit(f"{BACK}:weight_gradient", BIAS, BIAS.replace("sum", "mean")),
        conv(),
        "1.bias scaled",
    ),
    "bias: one sample only": Fault(
        edit(f"{BACK}:weight_gradient", BIAS, "grad_maps[0].sum(axis=(1, 2))"),
        conv(),
        "1.bias samples",
    ),
    "bias: last row of outputs left out": Fault(
        edit(
            f"{BACK}:weight_gradient",
            BIAS,
            "grad_maps[:, :, :-1].sum(axis=(0, 2, 3))",
        ),
        conv(),
        "1.bias border",
    ),
    "bias: added twice": Fault(
        edit(f"{ENGINE}:_convolve", "maps += bias[", "maps += 2 * bias["),
        conv(),
        "1.bias scaled",
    ),
    "bias: not added": Fault(
        edit(f"{ENGINE}:_convolve", "if bias is not None:", "if False:"),
        conv(),
        "1.bias unused",
    ),
}

POOLING = "engine.block_pooling"
TOGETHER = {
    "winner": Fault(edit(f"{POOLING}:unpool_blocks", "won == k", "won >= k"), joined, "1.x joined"),
    "closed windows": Fault(
        edit(f"{ENGINE}:_convolve", "if won is not None:", "if False:"),
        joined,
        "1.x joined",
    ),
    "order of equals": Fault(
        edit(f"{POOLING}:pool_blocks", "element < y", "element <= y"),
        joined,
        "1.x joined",
    ),
    "ReLU": Fault(
        edit(
            f"{BACK}:_grad_maps",
            "return np.multiply(grad_rows, grad_maps, out=grad_maps)",
            "return grad_rows",
        ),
        lambda: [LeakyReLU(0.5), Conv2D(2, 3), ReLU(), Flatten()],
        "1.x joined",
    ),
}
