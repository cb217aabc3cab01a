"""What is read, from which good files, and how many of the hundred thousand it gets."""

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minitorchcnn import (
    SGD,
    BatchNorm,
    Checkpoint,
    Conv2D,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    FormatError,
    MaxPool,
    MinitorchcnnError,
    ReLU,
    Sequential,
    Trainer,
    datasets,
    load_model,
)
from minitorchcnn.training.checkpointing import read_checkpoint
from tests.fuzz import forgeries

LIMIT = 16 * 2**20  # bytes
MAX_PIXELS = 2_000_000
X = np.random.default_rng(0).uniform(-1, 1, (6, 1, 8, 8)).astype("f4")
BYTES = ((X[:, 0] + 1) * 127).astype(np.uint8)
LABELS = np.arange(6) % 3


class Reader(NamedTuple):
    """One kind of file."""

    suffix: str
    share: int  # of 100 files
    good: Callable[[Path], list[bytes]]  # makes good files in a folder
    read: Callable[[Path], object]
    forge: Callable | None = None
    forged: float = 0.5  # so many are forged rather than damaged
    same: Callable[[object], object] | None = None  # what a damaged file may not change
    refusals: tuple[type[Exception], ...] = (FormatError,)


def model(size=4, dtype="float32"):
    layers = [Conv2D(size, 3), ReLU(), MaxPool(2), BatchNorm(), Flatten(), Dropout(0.2), Dense(3)]
    names, told = ["a", "b", "ü"], {"height": 8, "light_ink": True}
    return Sequential(layers, (1, 8, 8), 3, dtype, class_names=names, preprocessing=told)


def fit(path=None, resume=None):
    trainer = Trainer(model(), SGD(0.1, momentum=0.9), batch_size=3, workers=1)
    callbacks = [EarlyStopping(patience=9, monitor="loss"), Checkpoint(path or os.devnull)]
    trainer.fit(
        X, LABELS, 2, callbacks=callbacks if path else callbacks[:1], progress=False, resume=resume
    )
    return trainer


def written(folder, *writers):
    files = []
    for writer in writers:
        writer(folder / "good")
        files.append((folder / "good").read_bytes())
    return files


def models(folder):
    return written(folder, model().save, model(2, "float64").save, Sequential([ReLU()], (3,)).save)


def checkpoints(folder):
    return written(folder, lambda path: fit(path))


def described(model):
    """Return all that a model is: every byte of it and every word."""
    state = {name: value.tobytes() for name, value in model.state_dict().items()}
    return repr(model), state, model.class_names, model.preprocessing, model.seed


def resumed(path):
    read_checkpoint(path)
    fit(Path(path).parent / "again", resume=path)


def arrays(path):
    """Read a set of images and look at all of it."""
    images = datasets.load(path, labels=labels_for(path), limit_bytes=LIMIT)
    x = np.asarray(images.x[:])
    if not (x.dtype == np.float32 and np.isfinite(x).all() and -1 <= x.min() <= x.max() <= 1):
        raise ArithmeticError(f"images of {x.dtype} in {x.min()} .. {x.max()}")
    if len(images.y) != len(x) or images.y.min() < 0:
        raise ArithmeticError(f"{len(images.y)} labels from {images.y.min()} for {len(x)} images")
    return images


def labels_for(path):
    if path.suffix in (".npz", ".csv"):
        return None
    if path.suffix == ".npy":
        return LABELS
    file = path.with_name("labels")
    file.write_bytes(b"\0\0\x08\1" + (6).to_bytes(4, "big") + LABELS.astype("u1").tobytes())
    return file


def picture(kind):
    def make(folder):
        from PIL import Image

        made = []
        for mode in ("L", "RGB"):
            pixels = np.random.default_rng(1).integers(0, 256, (20, 24, 3), np.uint8)
            file = io.BytesIO()
            Image.fromarray(pixels).convert(mode).save(file, kind)
            made.append(file.getvalue())
        return made

    return make


def image(path):
    pixels = datasets.read_image(path, max_pixels=MAX_PIXELS)
    if pixels.dtype != np.uint8 or not pixels.size:
        raise ArithmeticError(f"pixels of {pixels.dtype}, shape {pixels.shape}")
    return pixels


def as_npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def as_npz(save):
    file = io.BytesIO()
    save(file, x=BYTES, y=LABELS)
    return file.getvalue()


def as_idx(folder):
    return [b"\0\0\x08\3" + b"".join(n.to_bytes(4, "big") for n in (6, 8, 8)) + BYTES.tobytes()]


def as_csv(folder):
    header = ",".join(["label", *(f"p{i}" for i in range(64))])
    rows = [",".join(map(str, [k, *b.reshape(-1)])) for k, b in zip(LABELS, BYTES, strict=True)]
    return ["\n".join([header, *rows]).encode(), "\n".join(rows).encode()]


def _load(path):
    return load_model(path, limit_bytes=LIMIT)


READERS = {
    "model file": Reader(".safetensors", 16, models, _load, same=described),
    "model file, forged": Reader(".safetensors", 9, models, _load, forgeries.tensor_file, 1.0),
    "checkpoint": Reader(".safetensors", 11, checkpoints, read_checkpoint, same=repr),
    "checkpoint, forged": Reader(
        *(".safetensors", 4, checkpoints, resumed, forgeries.tensor_file, 1.0),
        refusals=(MinitorchcnnError,),  # some of it is for the training to refuse
    ),
    "npz": Reader(
        ".npz", 11, lambda f: [as_npz(np.savez), as_npz(np.savez_compressed)], arrays, forgeries.npz
    ),
    "npy": Reader(".npy", 10, lambda f: [as_npy(BYTES), as_npy(X)], arrays, forgeries.npy),
    "IDX": Reader(".idx", 8, as_idx, arrays, forgeries.idx),
    "IDX, packed": Reader(
        ".gz", 8, lambda f: [gzip.compress(b) for b in as_idx(f)], arrays, forgeries.packed_idx
    ),
    "PNG": Reader(".png", 7, picture("PNG"), image, forgeries.png),
    "JPEG": Reader(".jpg", 5, picture("JPEG"), image),
    "BMP": Reader(".bmp", 3, picture("BMP"), image),
    "CSV": Reader(".csv", 8, as_csv, arrays, forgeries.csv),
}
