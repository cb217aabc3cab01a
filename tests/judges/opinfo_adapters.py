"""Says a PyTorch sample in our words, one function for each operation.

An adapter takes a sample of OpInfo and returns an `Expressed`: the same question put to our
public classes. Arrays go in as they are, with the strides they have: an adapter that may
rearrange could repair what the layers get wrong. (Only element-wise functions, where nothing
can be repaired, take a vector as a column.) What our options cannot say raises
`InexpressibleError` with the reason.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import minitorchcnn as mt
from tests.judges.tally import InexpressibleError


class Expressed(NamedTuple):
    """A sample as forward and backward of ours, and the tensors that autograd is to follow."""

    forward: Callable[[], Any]  # () -> y
    backward: Callable[[Any], dict]  # grad_y -> gradients by the names in `leaves`
    leaves: dict
    buffers: Callable[[], list] = list  # running statistics after forward


def array(tensor):
    return tensor.detach().numpy()


def through_layer(layer, x, state, leaves, *, training=True):
    """Put a layer, its state and one batch into a model of one layer."""
    if x.dim() < 2:
        raise InexpressibleError(
            f"{x.dim()}-D input: a layer's has an axis for the batch and another"
        )
    model = mt.Sequential([layer], input_shape=tuple(x.shape[1:]), dtype=str(x.dtype)[6:])
    model.load_state_dict({f"0.{name}": array(value) for name, value in state.items()})

    def backward(grad_y):
        grad_x = model.backward(grad_y)
        names = [parameter.name.removeprefix("0.") for parameter in model.parameters()]
        grads = dict(zip(names, (p.grad for p in model.parameters()), strict=True))
        return {"x": grad_x, **grads}

    def buffers():
        kept = model.state_dict().items()
        return [value for name, value in kept if name.startswith("0.running")]

    return Expressed(
        lambda: model.forward(array(x), training=training), backward, {"x": x, **leaves}, buffers
    )


def option(value):
    """PyTorch takes (2,) for the same number along both axes."""
    if isinstance(value, (tuple, list)) and len(value) == 1:
        return value[0]
    return value


def need_images(x):
    if x.dim() == 3:
        raise InexpressibleError("an image without a batch axis")


def conv2d(sample):
    return _conv2d(sample.input, *sample.args, **sample.kwargs)


def _conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    need_images(x)
    layer = mt.Conv2D(
        len(weight),
        tuple(weight.shape[2:]),
        stride=option(stride),
        padding=option(padding),
        dilation=option(dilation),
        groups=groups,
        bias=bias is not None,
        weight=array(weight),
    )
    leaves = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return through_layer(layer, x, leaves, leaves)


def max_pool2d(sample):
    """Return the sample in our words.

    We return no indices, but our gradient lands on them: with a random cotangent, one wrong
    index is one wrong gradient. So samples with `return_indices` are judged too.
    """
    kwargs = {name: value for name, value in sample.kwargs.items() if name != "return_indices"}
    return _max_pool2d(sample.input, *sample.args, **kwargs)


def _max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    need_images(x)
    layer = mt.MaxPool(
        option(kernel_size),
        stride=option(stride),
        padding=option(padding),
        dilation=option(dilation),
        ceil_mode=ceil_mode,
    )
    return through_layer(layer, x, {}, {})


def avg_pool2d(sample):
    return _avg_pool2d(sample.input, *sample.args, **sample.kwargs)


def _avg_pool2d(
    x,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    need_images(x)
    if divisor_override is not None:
        raise InexpressibleError("divisor_override: we divide by the number of elements only")
    layer = mt.AvgPool(
        option(kernel_size),
        stride=option(stride) or None,  # PyTorch takes () for "as the kernel"
        padding=option(padding),
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
    return through_layer(layer, x, {}, {})


def linear(sample):
    weight, *rest = sample.args
    if sample.input.dim() > 2:
        raise InexpressibleError("more than one axis before the features: Dense takes flat rows")
    leaves = {"weight": weight, **({"bias": rest[0]} if rest else {})}
    layer = mt.Dense(len(weight), bias=bool(rest), weight=array(weight))
    return through_layer(layer, sample.input, leaves, leaves)


def relu(sample):
    return _elementwise(mt.ReLU(), sample.input)


def leaky_relu(sample):
    return _elementwise(mt.LeakyReLU(sample.kwargs.get("negative_slope", 0.01)), sample.input)


def sigmoid(sample):
    return _elementwise(mt.Sigmoid(), sample.input)


def tanh(sample):
    return _elementwise(mt.Tanh(), sample.input)


def _elementwise(layer, x):
    if x.dim() > 1:
        return through_layer(layer, x, {}, {})
    column = through_layer(layer, x.reshape(-1, 1), {}, {})
    return Expressed(
        lambda: column.forward().reshape(x.shape),
        lambda grad_y: {"x": column.backward(grad_y.reshape(-1, 1))["x"].reshape(x.shape)},
        {"x": x},
    )


def batch_norm(sample):
    return _batch_norm(sample.input, *sample.args, **sample.kwargs)


def _batch_norm(x, mean, variance, weight, bias, training=False, momentum=0.1, eps=1e-5):
    if x.dim() == 3:
        raise InexpressibleError(
            "sequences (N, C, L): ours takes rows (N, C) or images (N, C, H, W)"
        )
    if training and not 0 <= momentum < 1:
        raise InexpressibleError("momentum outside [0, 1) is refused by design")
    # with the running statistics in use, momentum has no effect
    layer = mt.BatchNorm(momentum if training else 0.1, eps)
    leaves = {"weight": weight, "bias": bias}
    counter = x.new_zeros(()).long()
    state = {"running_mean": mean, "running_var": variance, "num_batches_tracked": counter}
    return through_layer(layer, x, {**leaves, **state}, leaves, training=training)


def cross_entropy(sample):
    logits, labels = sample.input, sample.args[0]
    _need_plain_mean(sample.kwargs)
    if labels.dtype.is_floating_point:
        raise InexpressibleError("class probabilities as targets: ours takes labels")
    if logits.dim() != 2:
        raise InexpressibleError("a label per pixel: ours takes rows (N, classes)")
    return _through_loss(mt.softmax_cross_entropy, logits, labels)


def mse_loss(sample):
    _need_plain_mean(sample.kwargs)
    return _through_loss(mt.mean_squared_error, sample.input, sample.args[0])


def _need_plain_mean(kwargs):
    reduction = kwargs.get("reduction", "mean")
    if reduction != "mean":
        raise InexpressibleError(f'reduction="{reduction}": our losses are batch means')
    for name in ("weight", "ignore_index", "label_smoothing"):
        if name in kwargs:
            raise InexpressibleError(f"{name}: not an option of ours")


def _through_loss(loss, y, targets):
    def both():
        return loss(array(y), array(targets))

    return Expressed(
        lambda: both()[0],
        lambda grad: {"y": grad * both()[1]},
        {"y": y},
    )


ADAPTERS = {
    "nn.functional.conv2d": conv2d,
    "nn.functional.max_pool2d": max_pool2d,
    "nn.functional.avg_pool2d": avg_pool2d,
    "nn.functional.linear": linear,
    "nn.functional.relu": relu,
    "nn.functional.leaky_relu": leaky_relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "nn.functional.cross_entropy": cross_entropy,
    "nn.functional.mse_loss": mse_loss,
    "nn.functional.batch_norm": batch_norm,
}
