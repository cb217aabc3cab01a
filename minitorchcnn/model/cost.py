"""What a model will cost, said before it runs: no batch too large for the memory is a surprise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """Memory and work of one training step, and of one batch in `predict`.

    Memory is in bytes and counts arrays only: Python and NumPy themselves take some 30 MB, the
    linear algebra library a few more for each thread. `str` of it is a small table.

    Attributes
    ----------
    batch_size : int
    parameters : int
        Weights and biases.
    gradients : int
        One for each trained parameter.
    optimizer : int
        What it keeps for each trained weight, such as the velocity of SGD with momentum.
    activations : int
        The batch and the maps that are there at the worst moment, kept for backward or just
        being made.
    workspace : int
        Scratch memory of all threads and sums in progress.
    training_flops, inference_flops : int
        Multiplications and additions of all convolutions and dense layers; the rest is little.
    inference_memory : int
        Of `predict`, parameters included.
    """

    batch_size: int
    parameters: int
    gradients: int
    optimizer: int
    activations: int
    workspace: int
    inference_memory: int
    training_flops: int
    inference_flops: int

    @property
    def training_memory(self) -> int:
        """Peak of a training step: the sum of the five parts."""
        parts = (self.parameters, self.gradients, self.optimizer, self.activations, self.workspace)
        return sum(parts)

    def __str__(self) -> str:
        parts = ("parameters", "gradients", "optimizer", "activations", "workspace")
        rows = [(f"  {part}", _told(getattr(self, part), "B")) for part in parts]
        rows.insert(0, ("training step", _told(self.training_memory, "B")))
        rows.append(("predict", _told(self.inference_memory, "B")))
        lines = [f"{name:16}{size:>12}" for name, size in rows]
        lines[0] += f"  {_told(self.training_flops, 'FLOP')}"
        lines[-1] += f"  {_told(self.inference_flops, 'FLOP')}"
        return "\n".join([f"batch of {self.batch_size}", *lines])

    def brief(self) -> str:
        """Return one line: what a training step takes."""
        samples = "1 sample" if self.batch_size == 1 else f"{self.batch_size} samples"
        return (
            f"training on {samples} at a time: {_told(self.training_memory, 'B')} of memory, "
            f"{_told(self.training_flops, 'FLOP')} a step"
        )


def _told(value: float, unit: str) -> str:
    """Write two digits of a number, with the prefix that keeps it short: more would be feigned."""
    for prefix in ("", "k", "M"):
        if value < 995:
            return f"{float(f'{value:.2g}'):g} {prefix}{unit}"
        value /= 1000
    return f"{float(f'{value:.2g}'):,g} G{unit}"
