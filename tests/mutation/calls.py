"""Finds out which functions a test calls, so that a mutant meets the tests that can see it."""

import ast
import functools
import importlib
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType

from tests.mutation.mutants import defined, target_of


@contextmanager
def noted_calls(modules: Iterable[str]) -> Iterator[set[tuple[str, str]]]:
    """Collect (module, name) of every function at the top of the modules that is called."""
    calls: set[tuple[str, str]] = set()
    originals = {}
    for name in modules:
        module = importlib.import_module(name)
        for tree in ast.parse(inspect.getsource(module)).body:
            if isinstance(tree, ast.FunctionDef) and target_of(tree):
                function = getattr(module, tree.name)
                note = functools.partial(calls.add, (name, tree.name))
                originals[function] = function.__code__
                function.__code__ = _noting(function, tree).__code__
                function.__globals__[f"_note_{tree.name}"] = note
    try:
        yield calls
    finally:
        for function, code in originals.items():
            function.__code__ = code


def _noting(function: FunctionType, tree: ast.FunctionDef) -> FunctionType:
    """Return the function with a call of `_note_...` as its first statement."""
    first = ast.parse(f"_note_{tree.name}()").body
    noting = ast.Module([tree], [])
    tree.body[:0] = (ast.copy_location(first[0], tree.body[0]),)
    module = importlib.import_module(function.__module__)
    return defined(module, tree.name, ast.fix_missing_locations(noting))
