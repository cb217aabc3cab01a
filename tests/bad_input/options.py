"""Slips in what a constructor is given."""

import numpy as np

from minitorchcnn import (
    SGD,
    ArgumentError,
    AvgPool,
    BatchNorm,
    Conv2D,
    CosineSchedule,
    CSVLog,
    Dense,
    Dropout,
    EarlyStopping,
    LeakyReLU,
    MaxPool,
    Parameter,
    ReLU,
    Sequential,
    ShapeError,
    StepSchedule,
    ThawAt,
    Trainer,
)
from tests.bad_input import Slip, row_model


def refused(what, do, match):
    return Slip(what, do, ArgumentError, match)


WINDOWS = [
    refused("stride 0", lambda: Conv2D(3, 3, stride=0), r"Conv2D: stride must be >= 1, got 0"),
    refused("stride of one axis 0", lambda: MaxPool(2, stride=(1, 0)), r"MaxPool: stride .* got 0"),
    refused("kernel 0", lambda: Conv2D(3, 0), r"Conv2D: kernel_size must be >= 1, got 0"),
    refused("negative pool", lambda: AvgPool(-2), r"AvgPool: pool_size must be >= 1, got -2"),
    refused("dilation 0", lambda: MaxPool(2, dilation=0), r"MaxPool: dilation must be >= 1, got 0"),
    refused("no filters", lambda: Conv2D(0, 3), r"Conv2D: filters must be >= 1, got 0"),
    refused("no groups", lambda: Conv2D(2, 3, groups=0), r"Conv2D: groups must be >= 1, got 0"),
    refused("no units", lambda: Dense(0), r"Dense: units must be >= 1, got 0"),
    refused(
        "float kernel", lambda: Conv2D(3, 3.0), r"kernel_size must be an integer .* 3\.0 \(flo"
    ),
    refused(
        "float stride", lambda: AvgPool(2, stride=1.5), r"stride must be an integer .* got 1\.5"
    ),
    refused("bool stride", lambda: Conv2D(3, 3, stride=True), r"stride must .* got True \(bool\)"),
    refused("NumPy bool", lambda: Conv2D(3, np.True_), r"kernel_size must be an integer >= 1"),
    refused("float units", lambda: Dense(10.0), r"Dense: units must be an integer >= 1, got 10\.0"),
    refused("text units", lambda: Dense("10"), r"units must be an integer .* got '10' \(str\)"),
    refused("no kernel", lambda: Conv2D(3, None), r"kernel_size must be an integer .* got None"),
    refused("three sizes", lambda: MaxPool((2, 2, 2)), r"int or \(height, width\), got 3 values"),
    refused("negative padding", lambda: Conv2D(3, 3, padding=-1), r"padding must be >= 0, got -1"),
    refused(
        "one side negative",
        lambda: MaxPool(2, padding=((0, 1), (0, -1))),
        r"MaxPool: padding must be >= 0, got -1",
    ),
    refused("padding name", lambda: Conv2D(3, 3, padding="full"), r'"valid" or "same", got \'full'),
    refused("float padding", lambda: Conv2D(3, 3, padding=0.5), r"padding must be an integer >= 0"),
    refused("padding array", lambda: Conv2D(3, 3, padding=np.ones(2)), r"padding must be an int"),
    refused(
        "three axes of padding",
        lambda: Conv2D(3, 3, padding=((1, 1), (1, 1), (1, 1))),
        r"padding must be \(\(top, bottom\), \(left, right\)\), got",
    ),
    refused("filters not divisible", lambda: Conv2D(4, 3, groups=3), r"4 filters .* into 3 groups"),
    refused(
        "ceil_mode 1", lambda: MaxPool(2, ceil_mode=1), r"ceil_mode must be True or False, got 1"
    ),
    refused("text flag", lambda: AvgPool(2, count_include_pad="no"), r"must be True .* got 'no'"),
    refused(
        "bias None", lambda: Dense(3, bias=None), r"Dense: bias must be True or False, got None"
    ),
]

WEIGHTS = [
    refused(
        "weight without channels",
        lambda: Conv2D(3, 3, weight=np.ones((3, 3, 3))),
        r"numbers of shape \(3, any, 3, 3\), got float64 of shape \(3, 3, 3\)",
    ),
    refused(
        "weight of another kernel",
        lambda: Conv2D(3, 3, weight=np.ones((3, 1, 5, 5))),
        r"weight has shape \(3, 1, 5, 5\), expected \(3, any, 3, 3\)",
    ),
    refused(
        "weight transposed",
        lambda: Dense(2, weight=np.ones((3, 2))),
        r"Dense: weight has shape \(3, 2\), expected \(2, any\)",
    ),
    Slip(
        "weight for other channels",
        lambda: Sequential([Conv2D(3, 3, weight=np.ones((3, 2, 3, 3)))], (1, 6, 6)),
        ShapeError,
        r"layer 0: Conv2D.*weight has shape \(3, 2, 3, 3\), expected \(3, 1, 3, 3\) for this input",
    ),
    Slip(
        "initializer of another shape",
        lambda: Dense(2, initializer=lambda shape, rng: np.ones(3)).build((4,)),
        ShapeError,
        r"initializer gave shape \(3,\), expected \(2, 4\)",
    ),
    refused(
        "NaN weight", lambda: Dense(1, weight=[[1, np.nan]]), r"weight holds NaN .* expected finite"
    ),
    refused("text weight", lambda: Dense(1, weight=[["a"]]), r"must be numbers of .* got <U1"),
    refused("bool weight", lambda: Dense(1, weight=[[True]]), r"must be numbers .* got bool"),
    refused(
        "ragged weight", lambda: Dense(2, weight=[[1, 2], [3]]), r"sequences of unequal lengths"
    ),
    refused(
        "unknown initializer",
        lambda: Dense(2, initializer="xavier"),
        r"'xavier' is unknown: use one of glorot_uniform, he_normal, normal, zeros, or a function",
    ),
    refused("trainable 1", lambda: Dense(3, trainable=1), r"True, False or 3 bools, .* got 1"),
    refused(
        "two bools for three filters",
        lambda: Conv2D(3, 3, trainable=[True, False]),
        r"Conv2D: trainable must be True, False or 3 bools, one per filter, got \[True, False\]",
    ),
    refused("trainable text", lambda: BatchNorm(trainable="no"), r"BatchNorm: trainable .* 'no'"),
    refused(
        "mask of a parameter",
        lambda: Parameter("weight", np.ones((2, 3)), [True]),
        r"weight: trainable must be True, False or 2 bools",
    ),
]

NUMBERS = [
    refused(
        "rate 1", lambda: Dropout(1), r"Dropout: rate must be at least 0.0 and below 1.0, got 1"
    ),
    refused("rate in percent", lambda: Dropout(50), r"below 1\.0, got 50"),
    refused("negative rate", lambda: Dropout(-0.1), r"at least 0\.0 .* got -0\.1"),
    refused(
        "text rate", lambda: Dropout("half"), r"Dropout: rate must be a finite number, got 'half'"
    ),
    refused("NaN slope", lambda: LeakyReLU(np.nan), r"slope must be a finite number, got nan"),
    refused("bool slope", lambda: LeakyReLU(True), r"slope must be a finite number, got True"),
    refused(
        "momentum 2", lambda: BatchNorm(momentum=2.0), r"BatchNorm: momentum must be at least 0"
    ),
    refused("negative epsilon", lambda: BatchNorm(epsilon=-1e-5), r"epsilon must be at least 0\.0"),
    refused("negative rate of learning", lambda: SGD(-0.1), r"SGD: learning_rate .* got -0\.1"),
    refused("infinite rate of learning", lambda: SGD(np.inf), r"learning_rate must be a finite"),
    refused("momentum 9", lambda: SGD(0.1, momentum=9), r"SGD: momentum .* below 1\.0, got 9"),
    refused(
        "negative decay", lambda: SGD(0.1, weight_decay=-1), r"weight_decay must be at least 0"
    ),
    refused(
        "Nesterov alone", lambda: SGD(0.1, nesterov=True), r"nesterov needs a momentum above 0"
    ),
    refused(
        "nesterov 1", lambda: SGD(0.1, 0.9, nesterov=1), r"nesterov must be True or False, got 1"
    ),
    refused(
        "schedule list", lambda: SGD(0.1, schedule=[1, 2]), r"function of the epoch, got \[1, 2\]"
    ),
    refused("step 0", lambda: StepSchedule(0), r"StepSchedule: step_size must be >= 1, got 0"),
    refused("negative gamma", lambda: StepSchedule(2, gamma=-1), r"StepSchedule: gamma .* got -1"),
    refused(
        "cosine of no epochs",
        lambda: CosineSchedule(0),
        r"CosineSchedule: epochs must be >= 1, got 0",
    ),
    refused("high minimum", lambda: CosineSchedule(3, minimum=1), r"minimum .* below 1\.0, got 1"),
    refused("no patience", lambda: EarlyStopping(patience=0), r"patience must be >= 1, got 0"),
    refused(
        "negative change", lambda: EarlyStopping(minimum_change=-1), r"minimum_change must be at"
    ),
    refused(
        "restore 1", lambda: EarlyStopping(restore_best=1), r"restore_best must be True or False"
    ),
    refused("epoch 0", lambda: ThawAt(0, 0), r"ThawAt: epoch must be >= 1, got 0"),
    refused("layer -1", lambda: ThawAt(-1, 2), r"ThawAt: layer must be >= 0, got -1"),
    refused("filter -1", lambda: ThawAt(0, 2, [0, -1]), r"ThawAt: filters must be >= 0, got -1"),
    refused("one filter bare", lambda: ThawAt(0, 2, 1), r"such as \[0, 2\], or None .* got 1"),
    refused("thaw no filter", lambda: ThawAt(0, 2, []), r"ThawAt: filters must be a list"),
    refused(
        "append text", lambda: CSVLog("log.csv", append="yes"), r"append must be True or False"
    ),
]

MODELS = [
    refused("no layers", lambda: Sequential([], (3,)), r"needs at least one layer, got none"),
    refused("no list", lambda: Sequential(Dense(2), (3,)), r"got Dense\(2\): put it in brackets"),
    refused("a number", lambda: Sequential(5, (3,)), r"needs a list of layers, got 5"),
    refused(
        "class for object",
        lambda: Sequential([Dense(2), ReLU], (3,)),
        r"layer 1 is <class .*ReLU'>, expected a layer object: write ReLU\(\.\.\.\)",
    ),
    refused(
        "function", lambda: Sequential([np.tanh], (3,)), r"layer 0 is .*, expected a layer object\."
    ),
    refused(
        "same layer twice",
        lambda: Sequential([layer := Dense(3), layer], (3,)),
        r"layers 0 and 1 are the same object Dense\(3\): .* Make a new one for each place",
    ),
    refused(
        "float16", lambda: row_model(dtype="float16"), r'"float32" or "float64", got \'float16'
    ),
    refused("whole numbers", lambda: row_model(dtype=int), r'must be "float32" or "float64", got'),
    refused("no dtype", lambda: row_model(dtype=None), r'"float32" or "float64", got None'),
    refused(
        "no such dtype", lambda: row_model(dtype="double precision"), r'"float32" or "float64"'
    ),
    refused(
        "negative seed", lambda: row_model(seed=-1), r"Sequential: seed must be an integer >= 0 or"
    ),
    refused("text seed", lambda: row_model(seed="zero"), r"numpy\.random\.Generator, got 'zero'"),
    refused("float seed", lambda: Dense(2).build((3,), rng=0.5), r"rng must be an integer >= 0"),
    refused(
        "no model", lambda: Trainer(Dense(2), SGD()), r"model must be a Sequential object, got Den"
    ),
    refused(
        "class SGD",
        lambda: Trainer(row_model(), SGD),
        r"optimizer must be an Optimizer object, such as SGD\(0\.01\), got <cl",
    ),
    refused(
        "unknown loss",
        lambda: Trainer(row_model(), SGD(), loss="crossentropy"),
        r"'crossentropy' is unknown: use one of binary_cross_entropy, mean_squared_error, softmax",
    ),
    refused(
        "batch of 0", lambda: Trainer(row_model(), SGD(), batch_size=0), r"batch_size must be >= 1"
    ),
    refused(
        "trainer's seed", lambda: Trainer(row_model(), SGD(), seed=-3), r"Trainer: seed .* got -3"
    ),
]

SLIPS = [*WINDOWS, *WEIGHTS, *NUMBERS, *MODELS]
