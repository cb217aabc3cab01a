"""Files of every kind, written by hand: byte by byte, by NumPy, or by Pillow."""

import gzip
import struct

import numpy as np
from PIL import Image

# 6 images of 3 x 5 pixels; black, white and the grey steps between; borders mostly black
RAW = (np.arange(90).reshape(6, 3, 5) * 7 % 256).astype(np.uint8)
RAW[:, [0, -1]] = 0
RAW[0, 1, 1:4] = [0, 128, 255]
LABELS = np.array([2, 0, 1, 1, 0, 2])


def ink(raw, *, light_ink=True):
    """Return what a pixel of 0 .. 255 means, one by one, as the house's convention says it."""
    x = np.empty(raw.shape, np.float32)
    for at, value in np.ndenumerate(raw):
        x[at] = int(value) / 127.5 - 1 if light_ink else 1 - int(value) / 127.5
    return x


def idx_bytes(array, code=0x08, big=">B"):
    header = bytes([0, 0, code, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return header + b"".join(struct.pack(big, value) for value in array.reshape(-1).tolist())


def write_idx(folder, stem="train", *, packed=False, raw=RAW, labels=LABELS):
    """Write a pair under MNIST's names and return the file of images."""
    for name, content in (("images-idx3", raw), ("labels-idx1", labels)):
        path = folder / f"{stem}-{name}-ubyte"
        if packed:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(idx_bytes(content)))
        else:
            path.write_bytes(idx_bytes(content))
    return folder / (f"{stem}-images-idx3-ubyte" + (".gz" if packed else ""))


def write_folders(root, classes=("cat", "dog"), *, n=3, size=(6, 4), mode="L"):
    """Write pictures of dark ink on white paper: class k has its k-th row inked."""
    height, width = size
    for number, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True)
        for index in range(n):
            pixels = np.full((height, width), 255, np.uint8)
            pixels[1 + number, 1:-1] = 10 * index
            Image.fromarray(pixels).convert(mode).save(folder / f"{index}.png")
    return root


def assert_ink(x, expected):
    """Compare with float64 arithmetic; float32 is as near as it can be."""
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, expected, rtol=0, atol=1.2e-7)
