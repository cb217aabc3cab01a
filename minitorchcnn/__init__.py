"""minitorchcnn: a small convolutional-network framework that trains by backpropagation.

Everything public is named here; `filters`, `datasets`, `initializers` and `plots` are modules.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from minitorchcnn import filters, initializers
from minitorchcnn.augmentation import Augmentation
from minitorchcnn.callbacks import (
    Callback,
    Checkpoint,
    CSVLog,
    EarlyStopping,
    RecordFilters,
    ThawAt,
)
from minitorchcnn.errors import (
    ArgumentError,
    CallOrderError,
    DataError,
    DataWarning,
    FormatError,
    MinitorchcnnError,
    NonFiniteError,
    ShapeError,
)
from minitorchcnn.estimate import Estimate
from minitorchcnn.history import History
from minitorchcnn.layers import (
    AvgPool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LeakyReLU,
    MaxPool,
    ReLU,
    Sigmoid,
    Tanh,
)
from minitorchcnn.ops.loss import (
    binary_cross_entropy,
    mean_squared_error,
    softmax,
    softmax_cross_entropy,
)
from minitorchcnn.optimizers import SGD, CosineSchedule, StepSchedule
from minitorchcnn.parameter import Parameter
from minitorchcnn.sequential import Sequential
from minitorchcnn.serialization import load_model
from minitorchcnn.shapewalk import PreflightReport
from minitorchcnn.trainer import Trainer

if TYPE_CHECKING:
    from minitorchcnn import datasets, plots
    from minitorchcnn.attribution import grad_cam, saliency
    from minitorchcnn.conformance import LayerReport, check_layer
    from minitorchcnn.doctor import Doctor, Finding
    from minitorchcnn.gradcheck import GradientReport, check_gradients

# What training does without is imported when it is first named: half of the time of an import.
_LATER = {
    "Doctor": "doctor",
    "Finding": "doctor",
    "GradientReport": "gradcheck",
    "LayerReport": "conformance",
    "check_gradients": "gradcheck",
    "check_layer": "conformance",
    "datasets": "datasets",
    "grad_cam": "attribution",
    "plots": "plots",
    "saliency": "attribution",
}

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "ArgumentError",
    "Augmentation",
    "AvgPool",
    "BatchNorm",
    "CSVLog",
    "CallOrderError",
    "Callback",
    "Checkpoint",
    "Conv2D",
    "CosineSchedule",
    "DataError",
    "DataWarning",
    "Dense",
    "Doctor",
    "Dropout",
    "EarlyStopping",
    "Estimate",
    "Finding",
    "Flatten",
    "FormatError",
    "GlobalAvgPool",
    "GradientReport",
    "History",
    "Layer",
    "LayerReport",
    "LeakyReLU",
    "MaxPool",
    "MinitorchcnnError",
    "NonFiniteError",
    "Parameter",
    "PreflightReport",
    "ReLU",
    "RecordFilters",
    "Sequential",
    "ShapeError",
    "Sigmoid",
    "StepSchedule",
    "Tanh",
    "ThawAt",
    "Trainer",
    "binary_cross_entropy",
    "check_gradients",
    "check_layer",
    "datasets",
    "filters",
    "grad_cam",
    "initializers",
    "load_model",
    "mean_squared_error",
    "plots",
    "saliency",
    "softmax",
    "softmax_cross_entropy",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'minitorchcnn' has no attribute {name!r}")
    module = import_module(f"minitorchcnn.{_LATER[name]}")
    globals()[name] = module if name == _LATER[name] else getattr(module, name)
    return globals()[name]


def __dir__() -> list[str]:
    return __all__
