"""minitorchcnn: a small convolutional-network framework that trains by backpropagation.

Everything public is named here; `filters`, `datasets`, `initializers` and `plots` are modules.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from minitorchcnn import filters, initializers
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
from minitorchcnn.layers.parameter import Parameter
from minitorchcnn.model.cost import Estimate
from minitorchcnn.model.loading import load_model
from minitorchcnn.model.sequential import Sequential
from minitorchcnn.ops.loss import (
    binary_cross_entropy,
    mean_squared_error,
    softmax,
    softmax_cross_entropy,
)
from minitorchcnn.optimizers.base import Optimizer
from minitorchcnn.optimizers.schedules import CosineSchedule, StepSchedule
from minitorchcnn.optimizers.sgd import SGD
from minitorchcnn.training import checkpointing
from minitorchcnn.training.callbacks import (
    Callback,
    Checkpoint,
    CSVLog,
    EarlyStopping,
    RecordFilters,
    ThawAt,
)
from minitorchcnn.training.checkpointing import read_checkpoint
from minitorchcnn.training.data_checks import PreflightReport
from minitorchcnn.training.history import History
from minitorchcnn.training.trainer import Trainer

if TYPE_CHECKING:
    from minitorchcnn import datasets, plots
    from minitorchcnn.datasets.augmentation import Augmentation
    from minitorchcnn.diagnostics.gradients import GradientReport, check_gradients
    from minitorchcnn.diagnostics.layers import LayerReport, check_layer
    from minitorchcnn.diagnostics.training import Doctor, Finding
    from minitorchcnn.model.attribution import grad_cam, saliency

# What training does without is imported when it is first named: half of the time of an import.
_LATER = {
    "Augmentation": "datasets.augmentation",
    "Doctor": "diagnostics.training",
    "Finding": "diagnostics.training",
    "GradientReport": "diagnostics.gradients",
    "LayerReport": "diagnostics.layers",
    "check_gradients": "diagnostics.gradients",
    "check_layer": "diagnostics.layers",
    "datasets": "datasets",
    "grad_cam": "model.attribution",
    "plots": "plots",
    "saliency": "model.attribution",
}

__version__ = "0.1.0"

# where 0.1.0 had `read_checkpoint`: people import it from there
sys.modules["minitorchcnn.checkpoints"] = checkpoints = checkpointing

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
    "Optimizer",
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
    "read_checkpoint",
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
