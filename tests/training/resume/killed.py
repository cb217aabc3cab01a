"""A training to be killed: `python -m tests.training.resume.killed CHECKPOINT EPOCHS [...]`.

It writes a checkpoint after each step and says on standard output, unbuffered, before and after
each write which update it is about.
"""

import os
import sys
from pathlib import Path

from minitorchcnn import Checkpoint
from tests.training.resume.trainings import enduring, fit


class Loud(Checkpoint):
    """A checkpoint that says when it begins and ends to write."""

    def on_step_end(self, trainer, x, targets, loss):
        os.write(1, b"begin %d\n" % trainer.run.updates)
        super().on_step_end(trainer, x, targets, loss)
        os.write(1, b"done %d\n" % trainer.run.updates)


def main(path, epochs):
    resume = path if Path(path).exists() else None
    weights, _, _ = fit(enduring, epochs=int(epochs), more=[Loud(path, every=1)], resume=resume)
    os.write(1, f"weights {weights}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
