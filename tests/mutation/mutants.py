"""Lists all mutants of the operations, and puts one in place of the original while tests run."""

import __future__

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from tests.floors import ROOT
from tests.mutation.operators import edits
from tests.mutation.source import Edit, Source

OPS = ROOT / "minitorchcnn" / "ops"

#: Sizes found by measuring. Every result is right for any value of them; tests move them about.
SPEED_ONLY = {"TILE_BYTES", "SHALLOW", "WORTHWHILE"}

#: Functions that set up the process and compute no numbers: its thread pools, the threads of the
#: linear algebra library, the memory the C library keeps. What a mutant did there would outlive
#: it or need a process of its own; tests/ops/engine/test_threads.py looks at each from outside.
PROCESS_WIDE = {"threads", "_executor", "_blas", "_keep_freed_memory"}


@dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes
    ----------
    module : str
        Such as "minitorchcnn.ops.conv".
    target : str
        The function, or the constant, at the top of the module that holds the change.
    name : str
        Target and lines before and after; no two mutants have the same.
    definition : str
        The whole changed statement that defines the target.
    """

    module: str
    target: str
    name: str
    definition: str

    def install(self) -> None:
        """Change the function where it is: whoever has imported it calls the mutant."""
        if not self.definition:
            return
        module = importlib.import_module(self.module)
        changed = defined(module, self.target, ast.parse(self.definition))
        original = getattr(module, self.target)
        if not isinstance(original, FunctionType):
            setattr(module, self.target, changed)
            return
        original.__code__ = changed.__code__
        original.__defaults__ = changed.__defaults__
        original.__kwdefaults__ = changed.__kwdefaults__


def defined(module: ModuleType, target: str, tree: ast.Module, **names: Any) -> Any:
    """Run a definition as if it stood in the module, with further names, and return its value."""
    namespace = {**vars(module), **names}
    flags = __future__.annotations.compiler_flag
    exec(compile(tree, f"<{target}>", "exec", flags), namespace)
    return namespace[target]


def all_mutants() -> list[Mutant]:
    """List the mutants of every file of ops/, in the order of their places."""
    return [
        mutant
        for path in sorted(OPS.rglob("*.py"))
        for mutant in mutants_of(_module(path), path.read_text(encoding="utf-8"))
    ]


def _module(path: Path) -> str:
    """Name the module of a file of ops/."""
    return ".".join(("minitorchcnn.ops", *path.relative_to(OPS).with_suffix("").parts))


def mutants_of(module: str, text: str) -> Iterator[Mutant]:
    """Yield the mutants of one module's source; those that are no program are left out."""
    source = Source(text)
    seen = {ast.dump(statement) for statement in source.tree.body}
    names: dict[str, int] = {}
    for statement in source.tree.body:
        target = target_of(statement)
        if target is None or target in SPEED_ONLY:
            continue
        for edit in _edits_within(statement, source):
            definition = source.changed(statement, edit)
            meaning = _meaning(definition)
            if meaning is None or meaning in seen:
                continue
            seen.add(meaning)
            name = f"{module.rpartition('.')[2]}.{target}: {source.shown(edit)}"
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:  # the same line twice in a function
                name += f" ({names[name]})"
            yield Mutant(module, target, name, definition)


def target_of(statement: ast.stmt) -> str | None:
    """Name what a statement at the top of a module defines, if it can be mutated."""
    if isinstance(statement, ast.FunctionDef):
        return None if statement.name in PROCESS_WIDE else statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        return name if name.isupper() else None
    return None


def _edits_within(statement: ast.AST, source: Source) -> Iterator[Edit]:
    """Yield all edits below a node, but not in its types, docstrings and messages."""
    for node in _walk(statement):
        yield from edits(node, source)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return  # a guard that only speaks where there is a mistake already
    yield node
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _meaning(definition: str) -> str | None:
    """Return what tells two definitions apart, or None for what is no program."""
    try:
        tree = ast.parse(definition)
        compile(tree, "mutant", "exec")
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree.body[0])
