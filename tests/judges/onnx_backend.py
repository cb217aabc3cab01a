"""Runs ONNX graphs with our layers, so that the ONNX project's own test cases can judge them.

A backend is what those tests ask for. This one lives in the tests: it covers what the layers
can express and says why for the rest. The weights of a graph are folded into a layer's weights
beforehand (alpha and beta of Gemm, a broadcast bias); the data goes into the layers as it is,
or transposed where Gemm says so. (Only element-wise functions take a vector as a column.)
"""

import numpy as np
import pytest

import minitorchcnn as mt
from tests.judges import NEEDED
from tests.judges.tally import InexpressibleError

pytest.importorskip("onnx", reason=NEEDED)
from onnx import helper, numpy_helper
from onnx.backend.base import Backend, BackendRep


class GraphRunner(BackendRep):
    """A graph ready to run on inputs."""

    def __init__(self, model):
        self.graph = model.graph
        self.opset = max(entry.version for entry in model.opset_import if not entry.domain)

    def run(self, inputs, **kwargs):
        """Return the graph's outputs for a list of arrays."""
        held = {tensor.name: numpy_helper.to_array(tensor) for tensor in self.graph.initializer}
        fed = [entry.name for entry in self.graph.input if entry.name not in held]
        held.update(zip(fed, inputs, strict=True))
        for node in self.graph.node:
            given = [held[name] if name else None for name in node.input]
            outputs = run_node(node, given, self.opset)
            held.update(zip(node.output, outputs, strict=True))
        return [held[output.name] for output in self.graph.output]


class LayerBackend(Backend):
    """The entry point that ONNX's tests know."""

    @classmethod
    def prepare(cls, model, device="CPU", **kwargs):
        """Return a `GraphRunner`, or raise `InexpressibleError` for operations we have not."""
        foreign = sorted({node.op_type for node in model.graph.node} - {*NODES, *GLUE})
        if foreign:
            raise InexpressibleError("the graph consists of other operations as well")
        return GraphRunner(model)


def run_node(node, inputs, opset):
    """Return the list of a node's outputs."""
    attributes = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    if node.op_type in GLUE:
        return GLUE[node.op_type](attributes, *inputs)
    if len(node.output) > 1:
        raise InexpressibleError(MORE_OUTPUTS[node.op_type])
    return [NODES[node.op_type]({**attributes, "opset": opset}, *inputs)]


MORE_OUTPUTS = {
    "MaxPool": "our pooling gives no indices",
    "BatchNormalization": "training_mode: running_var follows the biased variance in ONNX, the "
    "unbiased in PyTorch and here",
}


def through_layer(layer, x, state=None):
    """Run one batch through a model of one layer, as in use (not in training)."""
    if x.ndim < 2:
        raise InexpressibleError(f"{x.ndim}-D input: a layer's has an axis for the batch and more")
    if x.dtype not in (np.float32, np.float64):
        raise InexpressibleError(f"{x.dtype} input: ours takes float32 and float64")
    model = mt.Sequential([layer], input_shape=x.shape[1:], dtype=x.dtype.name)
    if state:
        model.load_state_dict({f"0.{name}": value for name, value in state.items()})
    return model.forward(x, training=False)


def need_images(x):
    if x.ndim != 4:
        raise InexpressibleError(f"{x.ndim - 2}-D images: ours have height and width")


def window(attributes, x, kernel_size):
    """Return the options that all sliding windows share; auto_pad becomes pixels."""
    need_images(x)
    options = {
        "stride": tuple(attributes.get("strides", (1, 1))),
        "dilation": tuple(attributes.get("dilations", (1, 1))),
    }
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    options["padding"] = ((top, bottom), (left, right))
    rule = attributes.get("auto_pad", b"NOTSET")
    if rule in (b"SAME_UPPER", b"SAME_LOWER"):
        options["padding"] = tuple(
            same_padding(*sizes, upper=rule == b"SAME_UPPER")
            for sizes in zip(
                x.shape[2:], kernel_size, options["stride"], options["dilation"], strict=True
            )
        )
    return options


def same_padding(size, kernel, stride, dilation, *, upper):
    """Return (before, after) so that the output has ceil(size / stride) elements."""
    outputs = (size + stride - 1) // stride
    total = max(0, (outputs - 1) * stride + 1 + (kernel - 1) * dilation - size)
    less, more = total // 2, total - total // 2
    return (less, more) if upper else (more, less)


def conv(attributes, x, weight, bias=None):
    layer = mt.Conv2D(
        len(weight),
        weight.shape[2:],
        groups=attributes.get("group", 1),
        bias=bias is not None,
        **window(attributes, x, weight.shape[2:]),
    )
    return through_layer(layer, x, {"weight": weight, **({} if bias is None else {"bias": bias})})


def max_pool(attributes, x):
    kernel_size = tuple(attributes["kernel_shape"])
    options = window(attributes, x, kernel_size)
    ceil_mode = bool(attributes.get("ceil_mode", 0))
    return through_layer(mt.MaxPool(kernel_size, ceil_mode=ceil_mode, **options), x)


def average_pool(attributes, x):
    kernel_size = tuple(attributes["kernel_shape"])
    options = window(attributes, x, kernel_size)
    if options.pop("dilation") != (1, 1):
        raise InexpressibleError("dilated average pooling: not an option of ours, nor PyTorch's")
    layer = mt.AvgPool(
        kernel_size,
        ceil_mode=bool(attributes.get("ceil_mode", 0)),
        count_include_pad=bool(attributes.get("count_include_pad", 0)),
        **options,
    )
    return through_layer(layer, x)


def global_average_pool(attributes, x):
    need_images(x)
    # ONNX keeps the two axes of length 1
    return through_layer(mt.GlobalAvgPool(), x)[:, :, np.newaxis, np.newaxis]


def gemm(attributes, a, b, c=None):
    x = a.T if attributes.get("transA", 0) else a
    weight = (b if attributes.get("transB", 0) else b.T) * np.float32(attributes.get("alpha", 1))
    beta = np.float32(attributes.get("beta", 1))
    state = {"weight": np.ascontiguousarray(weight)}
    if c is not None and beta:
        if c.ndim == 2 and len(c) > 1:
            raise InexpressibleError("a bias per sample: ours is one per unit")
        state["bias"] = np.broadcast_to(c.reshape(-1) * beta, len(weight))
    return through_layer(mt.Dense(len(weight), bias="bias" in state), x, state)


def elementwise(layer, x):
    """Run a layer that looks at every number by itself, which may therefore be a vector's."""
    return through_layer(layer, x) if x.ndim > 1 else through_layer(layer, x[:, np.newaxis])[:, 0]


def flatten(attributes, x):
    if x.ndim > 1 and attributes.get("axis", 1) % x.ndim != 1:
        raise InexpressibleError("an axis other than 1: ours keeps the batch axis")
    return through_layer(mt.Flatten(), x)


def softmax(attributes, x):
    last = attributes.get("axis", -1 if attributes["opset"] >= 13 else 1) % x.ndim == x.ndim - 1
    if x.ndim != 2 or not last:
        raise InexpressibleError("other than over the classes of rows (N, classes)")
    return mt.softmax(x)


def batch_normalization(attributes, x, weight, bias, mean, variance):
    if x.ndim not in (2, 4):
        raise InexpressibleError(f"{x.ndim - 2}-D images: ours have height and width")
    state = {
        "weight": weight,
        "bias": bias,
        "running_mean": mean,
        "running_var": variance,
        "num_batches_tracked": np.array(0),
    }
    return through_layer(mt.BatchNorm(epsilon=attributes.get("epsilon", 1e-5)), x, state)


NODES = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": global_average_pool,
    "Gemm": gemm,
    "Flatten": flatten,
    "Relu": lambda attributes, x: elementwise(mt.ReLU(), x),
    "LeakyRelu": lambda attributes, x: elementwise(mt.LeakyReLU(attributes.get("alpha", 0.01)), x),
    "Sigmoid": lambda attributes, x: elementwise(mt.Sigmoid(), x),
    "Tanh": lambda attributes, x: elementwise(mt.Tanh(), x),
    "Softmax": softmax,
    "BatchNormalization": batch_normalization,
}

# Operations without learned or sliding parts that a few of the graphs put around ours.
GLUE = {
    "Constant": lambda attributes: [numpy_helper.to_array(attributes["value"])],
    "Neg": lambda attributes, x: [-x],
    "Add": lambda attributes, a, b: [a + b],
    "Mul": lambda attributes, a, b: [a * b],
    "Squeeze": lambda attributes, x: [x.squeeze(tuple(attributes["axes"]))],
    "Unsqueeze": lambda attributes, x: [np.expand_dims(x, tuple(attributes["axes"]))],
    "Split": lambda attributes, x: np.split(x, 2, attributes["axis"]),
}
