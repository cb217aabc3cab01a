"""What a planted fault is, and the networks that show one."""

from collections.abc import Callable
from typing import Any, NamedTuple

from minitorchcnn import Dense, Flatten, GlobalAvgPool, LeakyReLU, Tanh
from tests.certificate.mutants import Edit


class Fault(NamedTuple):
    """A planted fault, the layers of a network that shows it, and what the report must say.

    `expected` is the layer (or the loss), the array and the kind: "1.x sign". Kinds with "/"
    between them mean the same there; "?" stands for a fault that has to be caught and located
    but has no pattern to be named by.
    """

    edit: Edit
    chain: Callable[[], list[Any]]
    expected: str
    look: str = "normal"
    loss: str = ""

    @property
    def layer(self) -> int | None:
        place = self.expected.partition(".")[0]
        return None if place == "loss" else int(place)

    @property
    def array(self) -> str:
        return self.expected.partition(" ")[0].partition(".")[2]

    @property
    def kinds(self) -> list[str]:
        return self.expected.partition(" ")[2].split("/")


def between(layer):
    """Put a layer of images between innocent ones of other kinds."""
    return [LeakyReLU(0.5), layer, Tanh(), Flatten(), Dense(3)]


def rows(make, units=4):
    """Put a layer of rows between innocent ones; Dense layers are innocent unless it is one."""
    return lambda: [Flatten(), Dense(units), make(), Tanh(), Dense(3)]


def square():
    """A Dense layer that has as many units as features."""
    return [GlobalAvgPool(), Tanh(), Dense(2)]


def edit(where, old, new):
    return Edit(f"ops.{where}", old, new)
