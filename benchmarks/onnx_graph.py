"""A workload as an ONNX file in memory, written by hand so that no exporter is needed."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.workloads import Workload


def graph(work: Workload) -> bytes:
    """Return the ONNX model with random weights: input "x", one output of 10 scores.

    Parameters
    ----------
    work : Workload
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng, nodes, weights = np.random.default_rng(0), [], []
    channels, value = work.size[0], "x"
    features = _features(work)

    def learned(index: int, *shape: int) -> list[str]:
        scale = math.sqrt(2 / math.prod(shape[1:]))
        arrays = [rng.normal(0, scale, shape), np.zeros(shape[0])]
        names = [f"{index}.weight", f"{index}.bias"]
        for name, array in zip(names, arrays, strict=True):
            weights.append(numpy_helper.from_array(array.astype(np.float32), name))
        return names

    for index, (kind, *options) in enumerate(work.layers):
        inputs, outputs = [value], [f"y{index}"]
        if kind == "conv":
            filters, kernel, padding = options
            inputs += learned(index, filters, channels, kernel, kernel)
            node = helper.make_node("Conv", inputs, outputs, pads=[padding] * 4)
            channels = filters
        elif kind == "dense":
            inputs += learned(index, options[0], features)
            node = helper.make_node("Gemm", inputs, outputs, transB=1)
            features = options[0]
        elif kind == "pool":
            shape = [options[0]] * 2
            node = helper.make_node("MaxPool", inputs, outputs, kernel_shape=shape, strides=shape)
        elif kind == "average":
            nodes.append(helper.make_node("GlobalAveragePool", inputs, [f"mean{index}"]))
            node = helper.make_node("Flatten", [f"mean{index}"], outputs)
        else:
            node = helper.make_node({"relu": "Relu", "flatten": "Flatten"}[kind], inputs, outputs)
        nodes.append(node)
        value = outputs[0]
    whole = helper.make_graph(
        nodes,
        work.name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [work.batch, *work.size])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [work.batch, features])],
        weights,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _features(work: Workload) -> int:
    """Return how many numbers of a sample reach the first dense layer."""
    channels, height, width = work.size
    for kind, *options in work.layers:
        if kind == "conv":
            channels = options[0]
            height, width = (side + 2 * options[2] - options[1] + 1 for side in (height, width))
        elif kind == "pool":
            height, width = height // options[0], width // options[0]
        elif kind == "average":
            height = width = 1
        elif kind == "dense":
            break
    return channels * height * width
