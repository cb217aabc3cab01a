"""Data as people bring it: what must be refused, and what must be doubted."""

import numpy as np

from minitorchcnn import DataError, ShapeError, datasets

X, Y = datasets.handwriting()
X, Y = X[:200], Y[:200]

REFUSED = [
    ("no channel axis", X[:, 0], Y, ShapeError, r"channel axis is missing, use x\[:, np.newaxis\]"),
    ("one bare image", X[0, 0], Y[:1], ShapeError, r"batch and channel axis are missing"),
    ("channels last", X.transpose(0, 2, 3, 1), Y, ShapeError, r"channels come last .*\(0, 3, 1, 2"),
    ("flat rows", X.reshape(200, 64), Y, ShapeError, r"in rows, use x\.reshape\(-1, 1, 8, 8\)"),
    ("bytes", X.astype("uint8"), Y, ShapeError, r"uint8.*Nothing is cast .* scaled to \[-1, 1\]"),
    ("NaN", X * np.float32(np.nan), Y, DataError, r"NaN or infinity, first in sample 0"),
    ("labels 1 .. 10", X, Y + 1, DataError, r"0 \.\. 9 .* got 1 \.\. 10.* subtract 1"),
    ("one-hot", X, np.eye(10)[Y], DataError, r"One-hot .*labels\.argmax\(axis=1\)"),
    ("one-hot of 12", X, np.eye(12, dtype=int)[Y], DataError, r"One-hot .*argmax\(axis=1\)"),
    ("column of labels", X, Y[:, np.newaxis], DataError, r"Take the column: labels\[:, 0\]"),
    ("labels as floats", X, Y.astype(float), DataError, r"integers by labels\.astype\(int\)"),
    ("fewer labels", X, Y[:-1], DataError, r"shape \(200,\), .* got int64 of shape \(199,\)"),
]

GREY = (X + 1) / 2  # 0 .. 1
DOUBTED = [
    (
        "0 .. 255",
        (GREY * 255).round(),
        Y,
        r"pixels lie in 0 \.\. 255, expected .*x / 127\.5 - 1, or",
    ),
    ("0 .. 16", (GREY * 16).round(), Y, r"0 \.\. 16, .*use x / 8 - 1, or 1 - x / 8 where paper"),
    ("0 .. 60000", GREY * 60000, Y, r"use x / 32767\.5 - 1"),
    ("0 .. 1e6", GREY * np.float32(1e6), Y, r"0 \.\. 1e\+06, .*x / 500000 - 1"),
    (
        "unscaled",
        X * 80,
        Y,
        r"x lies in -80 \.\. 80, expected values near \[-1, 1\]: .*\.std\(axis",
    ),
    (
        "inverted",
        -X,
        Y,
        r"^\d\d% of the pixels are near 1, which means ink.*use -x",
    ),
    ("inverted 0 .. 1", 1 - GREY, Y, r"pixels are near 1, .* Then use 1 - 2 \* x\."),
    (
        "one class",
        X,
        0 * Y + 4,
        r"all 200 labels are 4: the model can only .* at least two classes",
    ),
    ("from 1", X, Y % 9 + 1, r"labels lie in 1 \.\. 9, so class 0 has no sample: .* Dense\(9\)"),
]
