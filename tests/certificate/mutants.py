"""Plants a mistake in the package's own source text, for as long as a `with` lasts."""

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Edit(NamedTuple):
    """One change to the text of a function: "ops.dense:dense_backward" is where it stands."""

    where: str
    old: str
    new: str


@contextmanager
def planted(edit: Edit) -> Iterator[None]:
    """Replace a function by its changed self, in every module that knows it."""
    module_name, _, path = edit.where.partition(":")
    module = importlib.import_module(f"minitorchcnn.{module_name}")
    owner, _, name = path.rpartition(".")
    holder = getattr(module, owner) if owner else module
    original = getattr(holder, name)
    changed = _changed(original, edit, vars(module))
    places = [(holder, name)] if owner else _places(original)
    try:
        for place, known_as in places:
            setattr(place, known_as, changed)
        yield
    finally:
        for place, known_as in places:
            setattr(place, known_as, original)


def _changed(original: Any, edit: Edit, names: dict[str, Any]) -> Any:
    source = textwrap.dedent(inspect.getsource(original))
    if source.count(edit.old) != 1:
        raise ValueError(f"{edit.where}: {edit.old!r} stands there {source.count(edit.old)} times")
    made = dict(names)
    code = "from __future__ import annotations\n" + source.replace(edit.old, edit.new)
    exec(compile(code, edit.where, "exec"), made)
    return made[original.__name__]


def _places(original: Any) -> list[tuple[Any, str]]:
    ours = [m for name, m in sys.modules.items() if name.split(".")[0] == "minitorchcnn"]
    return [(m, name) for m in ours for name, value in vars(m).items() if value is original]
