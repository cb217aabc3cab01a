"""Train a small network from one large file, and print how much memory that took.

A process of its own, as memory once taken stays taken: ``train_from_file.py FOLDER BYTES``.
"""

import sys
from pathlib import Path

import numpy as np

SIDE = 64  # pixels


def peak():
    """Return the most bytes of memory that this process has ever filled, mapped files included."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM in /proc/self/status")


def write(folder, size):
    """Write x.npy of about `size` bytes, random pixels, and y.npy."""
    n = size // SIDE**2
    rng = np.random.default_rng(0)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.uint8, (n, SIDE, SIDE))
    del x  # the file has its length; now its contents
    with (folder / "x.npy").open("r+b") as file:
        file.seek(-n * SIDE**2, 2)
        for start in range(0, n, 1024):
            rows = min(1024, n - start)
            file.write(rng.integers(0, 256, (rows, SIDE, SIDE), np.uint8).tobytes())
    np.save(folder / "y.npy", rng.integers(0, 10, n).astype(np.uint8))


def main(folder, size):
    from minitorchcnn import SGD, AvgPool, Dense, Flatten, Sequential, Trainer, datasets

    write(folder, size)
    before = peak()
    images = datasets.load(folder, in_memory_bytes=0, light_ink=True)
    layers = [AvgPool(8), Flatten(), Dense(10)]
    trainer = Trainer(Sequential(layers, images.x.shape[1:]), SGD(0.01), batch_size=256)
    history = trainer.fit(images.x, images.y, epochs=1, validation=0.1, progress=False)
    measured = trainer.evaluate(images.x, images.y)
    print(len(images), before, peak(), history.records[0]["loss"], measured["loss"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
