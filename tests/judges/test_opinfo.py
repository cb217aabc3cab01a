"""PyTorch's own test samples (OpInfo): our layers must give what autograd gives, in float64."""

import warnings
from itertools import islice

import numpy as np
import pytest

from tests.judges import NEEDED
from tests.judges.tally import InexpressibleError, Tally

torch = pytest.importorskip("torch", reason=NEEDED)
pytest.importorskip("expecttest", reason=NEEDED)

from minitorchcnn import MinitorchcnnError  # noqa: E402
from minitorchcnn.ops.engine.convolution import convolve_backward  # noqa: E402
from minitorchcnn.ops.normalization import batch_statistics  # noqa: E402
from minitorchcnn.ops.pooling import max_pool_backward  # noqa: E402
from tests.judges.opinfo_adapters import ADAPTERS, array  # noqa: E402

pytestmark = pytest.mark.torch

# How many cases could be put to our layers when this was written, with PyTorch 2.13: a judge that
# has less to say than before is a fault, not a pass.
LEAST_SAMPLES = {
    "nn.functional.avg_pool2d": 2,
    "nn.functional.batch_norm": 6,
    "nn.functional.batch_norm (without_cudnn)": 6,
    "nn.functional.conv2d": 15,
    "nn.functional.cross_entropy": 2,
    "nn.functional.leaky_relu": 9,
    "nn.functional.linear": 4,
    "nn.functional.max_pool2d": 1152,
    "nn.functional.mse_loss": 4,
    "nn.functional.relu": 27,
    "sigmoid": 23,
    "tanh": 21,
}
LEAST_ERRORS = {
    "nn.functional.avg_pool2d": 4,
    "nn.functional.conv2d": 10,
    "nn.functional.max_pool2d": 7,
}


def operations():
    """Return PyTorch's descriptions of the operations we have, variants apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, at import
        from torch.testing._internal.common_methods_invocations import op_db
    return [op for op in op_db if op.name in ADAPTERS]


def label(op):
    return f"{op.name} ({op.variant_test_name})" if op.variant_test_name else op.name


def samples(op):
    """Yield OpInfo's samples; for element-wise functions also large and oddly strided ones."""
    torch.manual_seed(0)
    return enumerate(op.reference_inputs("cpu", torch.float64, requires_grad=True))


def autograd(op, sample, leaves, grad_y):
    """Return PyTorch's y, its gradients of all leaves, and the statistics it has updated."""
    # training changes the running statistics, which ours must start from: work on copies
    args = [a.clone() if _is_buffer(a) else a for a in sample.args]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # padding="same" tells that it makes a copy
        y = op(sample.input, *args, **sample.kwargs)
    y = y[0] if isinstance(y, tuple) else y
    cotangent = torch.from_numpy(np.asarray(grad_y))
    grads = torch.autograd.grad(y, list(leaves.values()), grad_outputs=cotangent)
    return array(y), dict(zip(leaves, map(array, grads), strict=True)), filter(_is_buffer, args)


def _is_buffer(value):
    """Tell running statistics from parameters (which are followed) and labels (whole numbers)."""
    tensor = isinstance(value, torch.Tensor)
    return tensor and not value.requires_grad and value.dtype.is_floating_point


def compare(op, sample, rng):
    """Raise AssertionError unless ours and PyTorch's forward and backward agree."""
    if sample.input.numel() == 0:
        raise InexpressibleError("an empty batch or image is refused by design")
    if sample.input.isnan().any():
        raise InexpressibleError("NaN is refused where data enters; no slope is defined for it")
    sample.input = sample.input.detach().requires_grad_()  # strides stay as they are
    ours = ADAPTERS[op.name](sample)
    y = ours.forward()
    grad_y = rng.standard_normal(np.shape(y))
    grads = ours.backward(grad_y)
    want_y, want_grads, want_buffers = autograd(op, sample, ours.leaves, grad_y)
    agree("y", y, want_y)
    assert grads.keys() == want_grads.keys()
    for name, want in want_grads.items():
        agree(f"grad_{name}", grads[name], want)
    for got, want in zip(ours.buffers(), want_buffers, strict=True):
        agree("running statistics", got, array(want))


def agree(name, ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-11, err_msg=name)


def refuse(op, error):
    """Raise AssertionError unless we refuse what PyTorch refuses."""
    sample = error.sample_input
    if sample.input.dim() == 3:  # the fault is another one than the missing batch axis
        sample.input = sample.input.unsqueeze(0)
    try:
        ADAPTERS[op.name](sample).forward()
    except MinitorchcnnError as error_of_ours:
        refusal = error_of_ours
    else:
        # Padding above half the kernel is refused by PyTorch and required by ONNX: allowed here,
        # because `build` refuses a window that sees nothing but padding.
        assert "at most half" in error.error_regex, f"accepted: {error.error_regex}"
        return
    assert isinstance(refusal, ValueError), f"{refusal!r} is no ValueError"


def judge_samples(ops, limit=None):
    tally, rng = Tally(), np.random.default_rng(0)
    for op in ops:
        for index, sample in islice(samples(op), limit):
            with tally.case(label(op), f"{index} {tuple(sample.input.shape)}"):
                compare(op, sample, rng)
    return tally


def judge_errors(ops):
    tally = Tally()
    for op in ops:
        errors = op.error_inputs("cpu") if op.error_inputs_func else ()
        for index, error in enumerate(errors):
            with tally.case(label(op), f'{index} "{error.error_regex}"'):
                refuse(op, error)
    return tally


def test_samples_agree_with_autograd():
    tally = judge_samples(operations())
    print(tally.report("PyTorch OpInfo samples: forward and backward in float64", "samples"))
    tally.check(LEAST_SAMPLES)


def test_error_inputs_are_refused():
    tally = judge_errors(operations())
    print(tally.report("PyTorch OpInfo error inputs: refused with our ValueError", "error inputs"))
    tally.check(LEAST_ERRORS)


def test_batch_norm_of_images_in_training():
    # OpInfo's only such sample has momentum -1, which is refused here: ask both sides with 0.3
    op = next(op for op in operations() if op.name == "nn.functional.batch_norm")
    kept = [s for _, s in samples(op) if s.input.dim() == 4 and s.kwargs["training"]]
    for sample in kept:
        sample.kwargs["momentum"] = 0.3
        compare(op, sample, np.random.default_rng(0))
    assert kept


def mirrored_weight(grad_y, saved, **needs):
    grad_x, grad_weight, grad_bias = convolve_backward(grad_y, saved, **needs)
    return grad_x, grad_weight[..., ::-1], grad_bias


def half_a_gradient(grad_y, saved):
    grad_x = max_pool_backward(grad_y, saved)
    return np.where(grad_x > 0, grad_x, 0)


FAULTS = {
    "nn.functional.conv2d": ("minitorchcnn.layers.conv.convolve_backward", mirrored_weight),
    "nn.functional.max_pool2d": ("minitorchcnn.layers.pooling.max_pool_backward", half_a_gradient),
    "sigmoid": ("minitorchcnn.ops.activation.sigmoid_backward", lambda grad_y, y: grad_y * y),
    "nn.functional.batch_norm": (
        "minitorchcnn.layers.normalization.batch_statistics",
        lambda x: batch_statistics(x * 1.00001),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(monkeypatch, name):
    monkeypatch.setattr(*FAULTS[name])
    tally = judge_samples([op for op in operations() if op.name == name], limit=30)
    assert tally.failed[name]
    with pytest.raises(AssertionError, match=name):
        tally.check({})


def test_an_accepted_error_input_is_found(monkeypatch):
    monkeypatch.setattr("minitorchcnn.geometry.integer", lambda value, name, *, minimum: value)
    tally = judge_errors([op for op in operations() if op.name == "nn.functional.conv2d"])
    assert tally.failed["nn.functional.conv2d"]
