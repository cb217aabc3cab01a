"""minitorchcnn: a small convolutional-network framework that trains by backpropagation.

Everything public is named here; `filters`, `datasets`, `initializers` and `plots` are modules.
"""

from minitorchcnn import datasets, filters, initializers, plots
from minitorchcnn.attribution import grad_cam, saliency
from minitorchcnn.augmentation import Augmentation
from minitorchcnn.callbacks import (
    Callback,
    Checkpoint,
    CSVLog,
    EarlyStopping,
    RecordFilters,
    ThawAt,
)
from minitorchcnn.conformance import LayerReport, check_layer
from minitorchcnn.doctor import Doctor, Finding
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
from minitorchcnn.gradcheck import GradientReport, check_gradients
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
