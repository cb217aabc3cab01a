"""Small trainings, each with something that a checkpoint must remember."""

import hashlib

import numpy as np

from minitorchcnn import (
    SGD,
    BatchNorm,
    Callback,
    Conv2D,
    CosineSchedule,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    MaxPool,
    ReLU,
    Sequential,
    StepSchedule,
    ThawAt,
    Trainer,
)

RNG = np.random.default_rng(8)
X = RNG.normal(size=(26, 1, 6, 6)).astype(np.float32)
Y = np.arange(26) % 3


def jitter(x, rng):
    return x + rng.normal(0, 0.1, x.shape).astype(x.dtype)


def convolutional(*before_last, **options):
    layers = [Conv2D(3, 3, **options), ReLU(), MaxPool(2), Flatten(), *before_last, Dense(3)]
    return Sequential(layers, (1, 6, 6), seed=4)


def trainer(model, optimizer=None, **options):
    optimizer = optimizer or SGD(0.1, momentum=0.9)
    return Trainer(model, optimizer, batch_size=6, seed=2, **options)


def plain(workers):
    return trainer(convolutional(), workers=workers), {}


def plain_without_momentum(workers):
    return trainer(convolutional(), SGD(0.1, weight_decay=0.01), workers=workers), {}


def early_stopping(workers):
    """Stop after the second of three epochs: the first was the best."""
    options = {"validation": 0.3, "callbacks": [EarlyStopping(patience=1)]}
    return trainer(convolutional(), SGD(0.5, 0.9), workers=workers), options


def falling_rate(workers):
    return trainer(
        convolutional(), SGD(0.1, 0.9, True, 0.01, CosineSchedule(3)), workers=workers
    ), {}


def stepped_rate(workers):
    return trainer(convolutional(), SGD(0.1, schedule=StepSchedule(1, 0.5)), workers=workers), {}


def dropout(workers):
    return trainer(convolutional(Dropout(0.5), Dense(4), Dropout(0.2)), workers=workers), {}


def batch_norm(workers):
    return trainer(convolutional(BatchNorm()), workers=workers), {"validation": (X[::-1], Y)}


def augmentation(workers):
    return trainer(convolutional(), workers=workers, augment=jitter), {}


def frozen(workers):
    model = convolutional(trainable=[True, False, False])
    thawing = [ThawAt(0, 2, filters=[2]), ThawAt(0, 3)]
    return trainer(model, workers=workers), {"callbacks": thawing}


class ThawOnce(Callback):
    """Thaw at one epoch only: afterwards the model alone knows."""

    def on_epoch_start(self, trainer, epoch):
        if epoch == 2:
            trainer.model.layers[0].trainable = True


def thawed_once(workers):
    return trainer(convolutional(trainable=False), workers=workers), {"callbacks": [ThawOnce()]}


def enduring(workers):
    """Stay within finite numbers for thousands of epochs."""
    model = convolutional(Dropout(0.3))
    return trainer(model, SGD(0.01, 0.5, weight_decay=0.01), workers=workers, augment=jitter), {}


def everything(workers):
    model = convolutional(BatchNorm(), Dropout(0.3), trainable=[False, True, False])
    optimizer = SGD(0.1, 0.9, weight_decay=0.01, schedule=CosineSchedule(3))
    callbacks = [EarlyStopping("val_accuracy", patience=2), ThawAt(0, 2)]
    options = {"validation": 0.3, "callbacks": callbacks}
    return trainer(model, optimizer, workers=workers, augment=jitter), options


TRAININGS = [
    plain,
    plain_without_momentum,
    early_stopping,
    falling_rate,
    stepped_rate,
    dropout,
    batch_norm,
    augmentation,
    frozen,
    thawed_once,
    everything,
]


def fit(training, workers=1, epochs=3, more=(), **options):
    """Train; return the sha256 of the last weights, the History and the Trainer."""
    one, own = training(workers)
    callbacks = [*own.pop("callbacks", []), *more]
    history = one.fit(X, Y, epochs, callbacks=callbacks, progress=False, **own, **options)
    return sha256(one.model), history, one


def sha256(model):
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(f"{name} {value.dtype} {value.shape}".encode() + value.tobytes())
    return digest.hexdigest()


def without_seconds(history):
    return [{k: v for k, v in record.items() if k != "seconds"} for record in history.records]
