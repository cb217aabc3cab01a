"""The cost of a model, in memory and work, estimated before it runs: no surprise when it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from minitorchcnn.layers.declared import Slots, StepCost
from minitorchcnn.model.fusion import Step, plan
from minitorchcnn.model.step_cost import largest, step_cost
from minitorchcnn.validation import integer, worker_count

if TYPE_CHECKING:
    from minitorchcnn.model.sequential import Sequential


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
        rows = [(f"  {part}", _short(getattr(self, part), "B")) for part in parts]
        rows.insert(0, ("training step", _short(self.training_memory, "B")))
        rows.append(("predict", _short(self.inference_memory, "B")))
        lines = [f"{name:16}{size:>12}" for name, size in rows]
        lines[0] += f"  {_short(self.training_flops, 'FLOP')}"
        lines[-1] += f"  {_short(self.inference_flops, 'FLOP')}"
        return "\n".join([f"batch of {self.batch_size}", *lines])

    def brief(self) -> str:
        """Return one line: what a training step takes."""
        samples = "1 sample" if self.batch_size == 1 else f"{self.batch_size} samples"
        return (
            f"training on {samples} at a time: {_short(self.training_memory, 'B')} of memory, "
            f"{_short(self.training_flops, 'FLOP')} a step"
        )


def _short(value: float, unit: str) -> str:
    """Write two digits of a number, with the prefix that keeps it short: more would be feigned."""
    for prefix in ("", "k", "M"):
        if value < 995:
            return f"{float(f'{value:.2g}'):g} {prefix}{unit}"
        value /= 1000
    return f"{float(f'{value:.2g}'):,g} G{unit}"


def estimate(
    model: Sequential, batch_size: int, workers: int | None = None, slots: int = 1
) -> Estimate:
    """Return what `model` costs for batches of `batch_size`; see `Sequential.estimate`."""
    n, threads = integer(batch_size, "batch_size", minimum=1), worker_count(workers)
    steps = plan(model.layers)
    costs = [step_cost(step, n) for step in steps]
    parameters = [parameter.value.nbytes for parameter in model.parameters()]
    trained = [p.value.nbytes for p in model.parameters() if not p.frozen]
    # nothing is computed below the lowest step that is trained
    lowest = next((i for i, step in enumerate(steps) if step.trained), len(steps))
    activations, passing = max([*_forward(costs), *_backward(costs, lowest)], key=sum)
    predicting = _scratch([[cost.scratch] for cost in costs], costs, threads)
    training = _scratch(_training_needs(costs, lowest), costs, threads)
    forward = sum(cost.products for cost in costs)
    return Estimate(
        batch_size=n,
        parameters=sum(parameters),
        gradients=sum(trained),
        optimizer=integer(slots, "slots", minimum=0) * sum(trained),
        activations=activations,
        # the last step's gradients stay until the new ones are complete
        workspace=training + max(passing + sum(trained), max(trained, default=0)),
        inference_memory=sum(parameters) + predicting + costs[0].x + _inference(costs),
        training_flops=2 * (forward + _backward_products(steps, costs, lowest)),
        inference_flops=2 * forward,
    )


def _forward(costs: list[StepCost]) -> Iterator[tuple[int, int]]:
    """Yield the bytes of maps and of passing arrays, at each step of the way up."""
    kept = costs[0].x  # the batch, which the caller holds
    for (here, there), cost in zip(pairwise(_maps(costs)), costs, strict=True):
        kept += cost.kept + (0 if here is there or not there.kept else there.size)
        passing = sum(map_.size for map_ in {here, there} if not map_.kept)
        yield kept + passing, cost.forward


def _backward(costs: list[StepCost], lowest: int) -> Iterator[tuple[int, int]]:
    """Yield the same for the way down, where gradients come beside all that was kept."""
    kept = sum(m.size for m in set(_maps(costs)) if m.kept) + sum(cost.kept for cost in costs)
    for index, cost in enumerate(costs):
        if index >= lowest:
            grad_x = 0 if cost.view or index == lowest else cost.x
            yield kept + cost.y + grad_x, cost.backward


@dataclass(eq=False)
class _Map:
    size: int
    kept: bool


def _maps(costs: list[StepCost]) -> list[_Map]:
    """Return the array before the first step and after each; a view is the same array again."""
    maps = [_Map(costs[0].x, True)]
    for cost in costs:
        maps[-1].kept |= cost.keeps_x
        maps.append(maps[-1] if cost.view else _Map(cost.y, cost.keeps_y))
    maps[-1].kept = True  # the loss needs the outputs
    return maps


def _inference(costs: list[StepCost]) -> int:
    """Return the bytes of the two neighbouring maps that are largest together."""
    inputs = [0, *(cost.x for cost in costs[1:])]  # the batch itself is counted by the caller
    made = [cost.y + cost.forward if cost.predict is None else cost.predict for cost in costs]
    return max(map(sum, zip(inputs, made, strict=True)))


def _training_needs(costs: list[StepCost], lowest: int) -> list[list[Slots]]:
    """Return for each step the scratch memory it needs: less where no gradient is computed."""
    return [
        [cost.scratch]
        + [cost.training_scratch] * (index >= lowest)
        + [cost.descent_scratch] * (index > lowest)
        for index, cost in enumerate(costs)
    ]


def _scratch(needs: list[list[Slots]], costs: list[StepCost], threads: int) -> int:
    """Return the bytes of scratch memory in all threads, where steps use the same in turn."""
    total = 0
    for thread in range(threads):
        slots: Slots = {}
        for needed, cost in zip(needs, costs, strict=True):
            for more in needed if thread < cost.pieces else ():
                slots = largest(slots, more)
        total += sum(slots.values())
    return total


def _backward_products(steps: Sequence[Step], costs: Sequence[StepCost], lowest: int) -> int:
    """Return the multiplications of all gradients that are needed."""
    return sum(
        cost.products * ((index > lowest) + step.trained)
        for index, (step, cost) in enumerate(zip(steps, costs, strict=True))
        if index >= lowest
    )
